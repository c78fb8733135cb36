import { applyToBatch, type BatchOp, cellsUsedBy, closeBatch, openBatch } from "./batch.ts";
import { type Cell, RESERVED_CELL } from "./cells.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerOp } from "./operation.ts";
import type { CellTree } from "./tree.ts";

/** One distinct cell of a batch, as the circuit opens it. */
export interface TraceRow {
  readonly id: number;
  /** The cell before the batch. */
  readonly cell: Cell;
  /**
   * The 8 children of each ancestor, from the leaves up (`levels` × 8), in the tree in which the rows before this one hold
   * their new cells already.
   */
  readonly path: readonly (readonly bigint[])[];
}

/** A whole batch, executed: what its proof is about. */
export interface BatchTrace {
  readonly number: bigint;
  readonly timeSeconds: bigint;
  readonly rootBefore: bigint;
  readonly rootAfter: bigint;
  readonly cellCountBefore: number;
  readonly cellCountAfter: number;
  readonly ops: readonly BatchOp[];
  /** In ascending order of id; the first two are operator and treasury. */
  readonly rows: readonly TraceRow[];
}

/**
 * Executes a batch on the ledger, which moves on to the state after it, and records what the circuit needs to see.
 * Throws a LedgerError if an op has no valid place in the batch.
 */
export function traceBatch(
  ledger: Ledger,
  { number, timeSeconds }: { number: bigint; timeSeconds: bigint },
  ops: readonly LedgerOp[],
  domain: bigint,
): BatchTrace {
  const batch = openBatch(ledger, number, timeSeconds);
  const before = new Map<number, Cell>();
  const remember = (id: number): void => {
    if (!before.has(id)) before.set(id, ledger.cell(id));
  };
  remember(RESERVED_CELL.operator);
  remember(RESERVED_CELL.treasury);
  for (const op of ops) {
    cellsUsedBy(op, ledger).forEach(remember);
    applyToBatch(ledger, batch, op, domain);
  }
  closeBatch(ledger, batch);
  const { rootBefore, cellCountBefore } = batch;
  const rootAfter = ledger.root();
  const cellCountAfter = ledger.cellCount;
  const rows = openRows(ledger.tree, before);
  return {
    number,
    timeSeconds,
    rootBefore,
    rootAfter,
    cellCountBefore,
    cellCountAfter,
    ops: batch.ops,
    rows,
  };
}

/** Goes back to the cells before the batch, then through the rows one by one to those after it. */
function openRows(tree: CellTree, before: ReadonlyMap<number, Cell>): TraceRow[] {
  const ids = [...before.keys()].sort((a, b) => a - b);
  const after = ids.map((id) => tree.cell(id));
  for (const [id, cell] of before) tree.setCell(id, cell);
  return ids.map((id, row) => {
    const opened = { id, cell: before.get(id) as Cell, path: tree.path(id) };
    tree.setCell(id, after[row] as Cell);
    return opened;
  });
}
