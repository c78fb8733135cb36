import {
  type Cell,
  decodeAccount,
  EMPTY_CELL,
  encodeAccount,
  GENESIS_CELL_COUNT,
  RESERVED_CELL,
} from "./cells.ts";
import { type BatchSize, capacityOf } from "./sizes.ts";
import { CellTree, EMPTY_STORE, type TreeStore } from "./tree.ts";

/** An account's fixed triple. */
export interface AccountIdentity {
  readonly l1Address: bigint;
  readonly pubX: bigint;
  readonly pubY: bigint;
}

/** Owners of the reserved accounts; they are fixed at genesis. */
export type GenesisAccounts = Readonly<Record<keyof typeof RESERVED_CELL, AccountIdentity>>;

/** The ledger's state: the tree and how many of its cells were handed out. */
export class Ledger {
  readonly tree: CellTree;
  readonly capacity: number;
  cellCount: number;

  constructor(size: Pick<BatchSize, "levels">, store: TreeStore, cellCount: number) {
    this.tree = new CellTree(size.levels, store);
    this.capacity = capacityOf(size as BatchSize);
    this.cellCount = cellCount;
  }

  /** A new ledger in memory, with the reserved accounts. */
  static genesis(
    size: Pick<BatchSize, "levels">,
    accounts: GenesisAccounts,
    store: TreeStore = EMPTY_STORE,
  ): Ledger {
    const ledger = new Ledger(size, store, GENESIS_CELL_COUNT);
    for (const [role, id] of Object.entries(RESERVED_CELL)) {
      const identity = accounts[role as keyof typeof RESERVED_CELL];
      ledger.tree.setCell(id, encodeAccount({ nonce: 0n, balance: 0n, ...identity }));
    }
    return ledger;
  }

  readonly cell = (id: number): Cell => (id > 0 && id < this.capacity ? this.tree.cell(id) : EMPTY_CELL);

  root(): bigint {
    return this.tree.root();
  }

  /** Credits an account outside of any op: the fees and cuts of a closing batch. */
  credit(id: number, units: bigint): void {
    if (units === 0n) return;
    const account = decodeAccount(this.cell(id));
    this.tree.setCell(id, encodeAccount({ ...account, balance: account.balance + units }));
  }
}
