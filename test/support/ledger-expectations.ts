import { expect } from "vitest";
import type { Cell } from "../../state/ledger/cells.ts";
import { LedgerError, type LedgerErrorCode } from "../../state/ledger/errors.ts";
import type { LedgerOp } from "../../state/ledger/operation.ts";
import type { LedgerScenario } from "./ledger-scenario.ts";

/** The error that `run` throws; fails if it throws none, or another. */
export function ledgerErrorOf(run: () => unknown): LedgerError {
  try {
    run();
  } catch (error) {
    if (error instanceof LedgerError) return error;
    throw error;
  }
  throw new Error("expected a LedgerError, but nothing was thrown");
}

const totalsOf = ({ ledger, batch }: LedgerScenario) => ({
  root: ledger.root(),
  cellCount: ledger.cellCount,
  feeUnits: batch.feeUnits,
  treasuryUnits: batch.treasuryUnits,
});

/** Applies an op that must not be valid, and expects this error and that nothing in the ledger changed. */
export function expectRefused(
  scenario: LedgerScenario,
  op: LedgerOp,
  code: LedgerErrorCode,
  values: { expected?: string; actual?: string } = {},
): void {
  const before = totalsOf(scenario);
  const opsBefore = scenario.batch.ops.length;
  let reason: LedgerError | undefined;
  if ("caller" in op) {
    const applied = scenario.apply(op);
    reason = applied.valid ? undefined : applied.reason;
    expect(scenario.batch.ops[opsBefore]?.valid).toBe(false);
  } else {
    reason = ledgerErrorOf(() => scenario.apply(op));
    expect(scenario.batch.ops).toHaveLength(opsBefore);
  }
  expect({ code: reason?.code, ...pickValues(reason, values) }).toEqual({ code, ...values });
  expect(totalsOf(scenario)).toEqual(before);
}

const pickValues = (error: LedgerError | undefined, values: object): object =>
  Object.fromEntries(Object.keys(values).map((name) => [name, error?.[name as "expected" | "actual"]]));

/** Applies an op that must be valid and returns every cell that it changed. */
export function cellsChangedBy(scenario: LedgerScenario, op: LedgerOp): Record<number, Cell> {
  const cells = (): Cell[] =>
    Array.from({ length: scenario.ledger.capacity }, (_, id) => scenario.ledger.cell(id));
  const before = cells();
  const applied = scenario.apply(op);
  if (!applied.valid) throw applied.reason;
  const changed: Record<number, Cell> = {};
  for (const [id, cell] of cells().entries()) {
    if (cell.some((field, i) => field !== before[id]?.[i])) changed[id] = cell;
  }
  return changed;
}
