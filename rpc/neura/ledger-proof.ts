import type { Database } from "../../state/database.ts";
import { EMPTY_CELL, RESERVED_CELL } from "../../state/ledger/cells.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import { CellTree, EMPTY_STORE } from "../../state/ledger/tree.ts";
import { LedgerStore } from "../../state/store/ledger-store.ts";
import { CURSOR, readCursor } from "../../state/store/records.ts";
import { hexQuantity, hexWord } from "./views.ts";

/**
 * Cells with their paths under the root after the newest closed batch. They come from the database, where a batch's number, cells
 * and nodes are written at once: the ledger in memory is ahead of that number while a batch is being closed.
 * Called before the first batch can be closed, so that the ledger which is stored nowhere can be remembered.
 */
export function ledgerProofs(database: Database, batchedLedger: Ledger) {
  const { levels } = batchedLedger.tree;
  const store = new LedgerStore(database, "batched");
  const genesis = new CellTree(levels, EMPTY_STORE);
  if (readCursor(database, CURSOR.batches) === 0) {
    for (const id of Object.values(RESERVED_CELL)) genesis.setCell(id, batchedLedger.cell(id));
  }
  const proofAt = (id: number, batchNumber: number) => {
    const tree = batchNumber > 0 ? new CellTree(levels, store) : genesis;
    return {
      id: hexQuantity(id),
      fields: (id === 0 ? EMPTY_CELL : tree.cell(id)).map(hexWord),
      batchNumber: hexQuantity(batchNumber),
      root: hexWord(tree.root()),
      path: tree.path(id).map((children) => children.map(hexWord)),
    };
  };
  return (id: number) => {
    // The write of a batch ends in another thread, and so between any two of these reads: then they are made again.
    for (;;) {
      const batchNumber = readCursor(database, CURSOR.batches);
      const proof = proofAt(id, batchNumber);
      if (readCursor(database, CURSOR.batches) === batchNumber) return proof;
    }
  };
}
