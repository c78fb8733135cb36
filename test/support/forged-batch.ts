import { type BatchCircuitInput, batchCircuitInput } from "../../prover/batch-witness.ts";
import type { Cell } from "../../state/ledger/cells.ts";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { isSigned, type LedgerOp } from "../../state/ledger/operation.ts";
import { poseidon } from "../../state/ledger/poseidon.ts";
import { streamWords } from "../../state/ledger/stream.ts";
import { type TraceRow, traceBatch } from "../../state/ledger/trace.ts";
import { ARITY } from "../../state/ledger/tree.ts";
import type { LedgerScenario } from "./ledger-scenario.ts";

/** A row of the circuit with what the forger claims about it. */
export interface ForgedRow {
  readonly id: number;
  cell: Cell;
  after: Cell;
  path: bigint[][];
}

export interface Forgery {
  /** What the honest ledger executes, to have something to change. */
  readonly ops: readonly LedgerOp[];
  /** What the circuit is shown in their place. */
  readonly shown?: readonly LedgerOp[];
  /** Cells to be opened besides those of the ops. */
  readonly extraCells?: readonly number[];
  /** Changes the claimed cells, before the paths are taken (a row may be doubled) or after. */
  readonly claim?: (rows: ForgedRow[]) => ForgedRow[] | undefined;
  readonly claimPaths?: (rows: ForgedRow[]) => void;
  /** Stream word 9, by which the weakened circuits are told how to cheat. */
  readonly cheat?: bigint;
  readonly valid?: boolean;
}

const leafOf = (cell: Cell): bigint => (cell[0] === 0n ? 0n : poseidon(cell));

/** The digit of a cell's way to the root at a level. */
const digitOf = (id: number, level: number): number => Math.floor(id / ARITY ** level) % ARITY;

/** The child of the root reached from a leaf over the given children. */
function climb(leaf: bigint, { id, path }: ForgedRow): bigint {
  return path.slice(0, -1).reduce((node, children, level) => {
    return poseidon(children.map((child, digit) => (digit === digitOf(id, level) ? node : child)));
  }, leaf);
}

/** The root that the circuit arrives at if it believes the rows. */
function claimedRoot(rows: readonly ForgedRow[], rootChildren: readonly bigint[], levels: number): bigint {
  const running = [...rootChildren];
  for (const row of rows) {
    const digit = digitOf(row.id, levels - 1);
    const change = climb(leafOf(row.after), row) - climb(leafOf(row.cell), row);
    running[digit] = (running[digit] as bigint) + change;
  }
  return poseidon(running.map((node) => ((node % FIELD_PRIME) + FIELD_PRIME) % FIELD_PRIME));
}

/** The batch that a forger would send: its stream is consistent with what the forged rows claim. */
export function forgeBatch(before: LedgerScenario, forgery: Forgery): BatchCircuitInput {
  const { size, domain, batch } = before;
  const honest = before.fork();
  const trace = traceBatch(honest.ledger, batch, forgery.ops, domain);
  const ids = new Set([...trace.rows.map(({ id }) => id), ...(forgery.extraCells ?? [])]);
  let rows: ForgedRow[] = [...ids]
    .sort((a, b) => a - b)
    .map((id) => ({ id, cell: before.ledger.cell(id), after: honest.ledger.cell(id), path: [] }));
  rows = forgery.claim?.(rows) ?? rows;
  const { tree } = before.fork().ledger;
  const rootChildren = tree.path(1)[size.levels - 1] as bigint[];
  for (const row of rows) {
    row.path = tree.path(row.id);
    tree.setCell(row.id, row.after);
  }
  forgery.claimPaths?.(rows);

  const shown = forgery.shown ?? forgery.ops;
  const words = streamWords(
    {
      ...trace,
      domain,
      rootAfter: claimedRoot(rows, rootChildren, size.levels),
      blockHash: 0n,
      laneDataHash: (forgery.cheat ?? 0n) << 8n,
      ops: shown.map((op, i) => ({
        words: op.words,
        valid: forgery.valid ?? trace.ops[i]?.valid ?? true,
        ...(isSigned(op) ? {} : { caller: op.caller }),
      })),
    },
    size,
  );
  const forgedTrace = {
    ops: shown.map((op) => ({ op, valid: true })),
    rows: rows.map(({ id, cell, path }): TraceRow => ({ id, cell, path })),
  };
  return batchCircuitInput(forgedTrace, words, size);
}

/** The row of a cell. Throws if the batch has none. */
export function rowOf(rows: readonly ForgedRow[], id: number): ForgedRow {
  const row = rows.find((each) => each.id === id);
  if (row === undefined) throw new Error(`no row of cell ${id}`);
  return row;
}

/** The cell with its balance changed. */
export const withBalance = ([f0, ...rest]: Cell, units: bigint): Cell => [f0 + (units << 40n), ...rest];
