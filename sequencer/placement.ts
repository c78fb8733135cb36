import { isClosedTask, RESERVED_CELL } from "../state/ledger/cells.ts";
import type { AccountIdentity, Ledger } from "../state/ledger/ledger.ts";
import { isCreating, type OpFields } from "../state/ledger/operation.ts";

export interface PlacementOptions {
  /** The state that the ops are executed on. */
  readonly ledger: Ledger;
  /** The account that a deposit names, as of before the block. */
  readonly accountIdOf: (identity: AccountIdentity) => number | undefined;
  /** Cells of closed tasks as of before the block, in ascending order; looked at only when the tree is full. */
  readonly closedTasks: Iterable<number>;
}

/** Where the ops of one block find their objects: the part of an op that the sequencer chooses (docs/LEDGER.md, "Placement"). */
export class Placement {
  readonly #ledger: Ledger;
  readonly #accountIdOf: PlacementOptions["accountIdOf"];
  readonly #closedTasks: Iterator<number>;
  /** The closed task whose cell the next one takes; undefined if that was not looked for yet, or there is none. */
  #reusable: number | undefined;
  /** Accounts that the block has created. */
  readonly #created = new Map<string, number>();

  constructor({ ledger, accountIdOf, closedTasks }: PlacementOptions) {
    this.#ledger = ledger;
    this.#accountIdOf = accountIdOf;
    this.#closedTasks = closedTasks[Symbol.iterator]();
  }

  /**
   * The object of a creating kind: a deposit's existing account, the next never-used cell, or, when the tree is full, that of a closed task
   * for a new one. 0 if there is none, so that the op fails with that reason. For other kinds the author's own.
   */
  objectFor(op: OpFields): number {
    if (!isCreating(op.kind)) return op.object;
    if (op.kind === "deposit") {
      const identity = { l1Address: op.w1, pubX: op.w2, pubY: op.w3 };
      const known = this.#created.get(keyOf(op)) ?? this.#accountIdOf(identity);
      if (known !== undefined && known !== RESERVED_CELL.gateway) return known;
    }
    if (!isFull(this.#ledger)) return this.#ledger.cellCount;
    return op.kind === "postTask" ? (this.#closedTask() ?? 0) : 0;
  }

  /** Notes a valid op with the object that it was given. */
  executed(op: OpFields, object: number): void {
    // A task that takes the cell and ends in the same block does not free it for this block again.
    if (op.kind === "postTask" && object === this.#reusable) this.#reusable = undefined;
    if (op.kind !== "deposit" && op.kind !== "openAccount") return;
    const key = keyOf(op);
    if (!this.#created.has(key)) this.#created.set(key, object);
  }

  #closedTask(): number | undefined {
    while (this.#reusable === undefined || !isClosedTask(this.#ledger.cell(this.#reusable))) {
      const next = this.#closedTasks.next();
      if (next.done === true) return undefined;
      this.#reusable = next.value;
    }
    return this.#reusable;
  }
}

export const isFull = ({ cellCount, capacity }: Ledger): boolean => cellCount >= capacity;

const keyOf = ({ w1, w2, w3 }: OpFields): string => `${w1}:${w2}:${w3}`;
