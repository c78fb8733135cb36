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
  const isStored = () => readCursor(database, CURSOR.batches) > 0;
  if (!isStored()) {
    for (const id of Object.values(RESERVED_CELL)) genesis.setCell(id, batchedLedger.cell(id));
  }
  return (id: number) => {
    const tree = isStored() ? new CellTree(levels, store) : genesis;
    return {
      id: hexQuantity(id),
      fields: (id === 0 ? EMPTY_CELL : tree.cell(id)).map(hexWord),
      batchNumber: hexQuantity(readCursor(database, CURSOR.batches)),
      root: hexWord(tree.root()),
      path: tree.path(id).map((children) => children.map(hexWord)),
    };
  };
}
