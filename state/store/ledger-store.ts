import { type Database, type KeySpace, keySpace, numberFromKey, numberKey, type Write } from "../database.ts";
import { type Cell, EMPTY_CELL } from "../ledger/cells.ts";
import { fromBytes32, toBytes32 } from "../ledger/field.ts";
import { type GenesisAccounts, Ledger } from "../ledger/ledger.ts";
import type { BatchSize } from "../ledger/sizes.ts";
import type { ChangedCell } from "../ledger/solvency.ts";
import type { TreeStore } from "../ledger/tree.ts";
import { CURSORS } from "./records.ts";

const NODE_KEY_BYTES = 9;

/**
 * A ledger kept in the database. There are two: the *head*, after the newest block, and the *batched*, after the newest
 * closed batch, from which the witnesses of the next batch are made.
 */
export class LedgerStore implements TreeStore {
  readonly #database: Database;
  readonly #cells: KeySpace;
  readonly #nodes: KeySpace;
  readonly #cellCountCursor: string;

  constructor(database: Database, name: "head" | "batched") {
    this.#database = database;
    this.#cells = keySpace(`${name}-cell`);
    this.#nodes = keySpace(`${name}-node`);
    this.#cellCountCursor = `${name}-cell-count`;
  }

  readonly readCell = (id: number): Cell | undefined => {
    const bytes = this.#database.get(this.#cells, numberKey(id));
    if (bytes === undefined) return undefined;
    return cellOf(bytes);
  };

  readonly readNode = (level: number, index: number): bigint | undefined => {
    const bytes = this.#database.get(this.#nodes, nodeKey(level, index));
    return bytes === undefined ? undefined : fromBytes32(bytes);
  };

  /** The stored ledger, or the genesis ledger if nothing is stored yet. */
  open(size: BatchSize, genesis: GenesisAccounts): Ledger {
    const cellCount = CURSORS.get(this.#database, this.#cellCountCursor);
    if (cellCount === undefined) return Ledger.genesis(size, genesis, this);
    return new Ledger(size, this, cellCount);
  }

  /**
   * A cell under a root: the ledger's as it is now, or the stored one. While a block is being written they differ, and calls at
   * the newest block still name the stored one. Undefined for any other root.
   */
  cellUnder(ledger: Ledger, id: number, root: bigint): Cell | undefined {
    if (root === ledger.root()) return ledger.cell(id);
    if (root !== this.readNode(ledger.tree.levels - 1, 0)) return undefined;
    return this.readCell(id) ?? EMPTY_CELL;
  }

  /** The cells that `changes` will hand out, with what is stored of them. */
  *changedCells(ledger: Ledger): Generator<ChangedCell> {
    for (const [id, after] of ledger.tree.changedCells())
      yield { id, before: this.readCell(id) ?? EMPTY_CELL, after };
  }

  /** Every stored cell as it is at the moment of this call, whatever is written while they are read. */
  storedCells(): AsyncIterable<readonly [id: number, cell: Cell]> {
    const entries = this.#database.snapshot(this.#cells);
    return (async function* () {
      for await (const [key, bytes] of entries) yield [numberFromKey(key), cellOf(bytes)] as const;
    })();
  }

  /** What changed in the ledger since the last call; to be written in the same batch as what caused it. */
  changes(ledger: Ledger): Write[] {
    const { cells, nodes } = ledger.tree.takeChanges();
    return [
      CURSORS.put(this.#cellCountCursor, ledger.cellCount),
      ...cells.map(([id, cell]) => ({ space: this.#cells, key: numberKey(id), value: cellBytes(cell) })),
      ...nodes.map(([level, index, hash]) => ({
        space: this.#nodes,
        key: nodeKey(level, index),
        value: toBytes32(hash),
      })),
    ];
  }
}

function nodeKey(level: number, index: number): Uint8Array {
  const key = new Uint8Array(NODE_KEY_BYTES);
  key[0] = level;
  key.set(numberKey(index), 1);
  return key;
}

const cellOf = (bytes: Uint8Array): Cell => [
  fromBytes32(bytes, 0),
  fromBytes32(bytes, 32),
  fromBytes32(bytes, 64),
  fromBytes32(bytes, 96),
];

function cellBytes(cell: Cell): Uint8Array {
  const bytes = new Uint8Array(128);
  cell.forEach((field, i) => {
    bytes.set(toBytes32(field), 32 * i);
  });
  return bytes;
}
