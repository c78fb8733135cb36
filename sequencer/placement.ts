import type { Database } from "../state/database.ts";
import { RESERVED_CELL } from "../state/ledger/cells.ts";
import type { Ledger } from "../state/ledger/ledger.ts";
import { isCreating, type OpFields } from "../state/ledger/operation.ts";
import { accountIdOf } from "../state/store/indexes.ts";

/** Accounts that the block under construction creates: they are not in the index yet. */
export class NewAccounts {
  readonly #ids = new Map<string, number>();

  add(op: OpFields, id: number): void {
    const key = keyOf(op);
    if (!this.#ids.has(key)) this.#ids.set(key, id);
  }

  idOf(op: OpFields): number | undefined {
    return this.#ids.get(keyOf(op));
  }
}

const keyOf = ({ w1, w2, w3 }: OpFields): string => `${w1}:${w2}:${w3}`;

/**
 * The object of a creating kind: a deposit's existing account, or the next never-used cell. 0 when the tree is full, so that
 * the op fails with that reason. For other kinds the author's own.
 */
export function objectFor(op: OpFields, database: Database, ledger: Ledger, created: NewAccounts): number {
  const identity = { l1Address: op.w1, pubX: op.w2, pubY: op.w3 };
  return placeOf(op, ledger, () => created.idOf(op) ?? accountIdOf(database, identity));
}

/** The same with another way to find the account that a deposit names. */
export function placeOf(op: OpFields, ledger: Ledger, namedAccount: () => number | undefined): number {
  if (!isCreating(op.kind)) return op.object;
  if (op.kind === "deposit") {
    const known = namedAccount();
    if (known !== undefined && known !== RESERVED_CELL.gateway) return known;
  }
  return ledger.cellCount < ledger.capacity ? ledger.cellCount : 0;
}
