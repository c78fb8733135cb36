import { withdrawalsOf } from "./batch.ts";
import { CELL_TAG, type Cell, RESERVED_CELL, tagOf, unitsHeldBy } from "./cells.ts";
import { type OpWords, opFields } from "./operation.ts";

/** Units in cells, by what holds them. The gateway's account holds the funds of the contract lane. */
export interface HeldUnits {
  readonly accounts: bigint;
  readonly gateway: bigint;
  readonly tasks: bigint;
  readonly revenues: bigint;
}

/** What the ledger holds after a batch, and everything that came in and went out until then (docs/LEDGER.md, section 8). */
export interface LedgerTotals {
  readonly held: HeldUnits;
  /** Deposits that were consumed, valid or refunded. */
  readonly depositedUnits: bigint;
  /** Withdrawals and refunds by chain: home, then the mirrors. */
  readonly withdrawnUnits: readonly bigint[];
  /** Entries of home's queue that were consumed, which is the index of its first waiting entry. */
  readonly consumedEntries: number;
}

/** A cell that a batch changed. */
export interface ChangedCell {
  readonly id: number;
  readonly before: Cell;
  readonly after: Cell;
}

/** An op of a batch. */
export interface JudgedOp {
  readonly words: OpWords;
  readonly valid: boolean;
  /** It comes from home's queue. */
  readonly isQueued: boolean;
}

export const NOTHING_HELD: HeldUnits = { accounts: 0n, gateway: 0n, tasks: 0n, revenues: 0n };

export const genesisTotals = (mirrorCount: number): LedgerTotals => ({
  held: NOTHING_HELD,
  depositedUnits: 0n,
  withdrawnUnits: new Array<bigint>(1 + mirrorCount).fill(0n),
  consumedEntries: 0,
});

/** `held` with the units of a cell added, or with `sign` −1 taken away. */
export function withCell(held: HeldUnits, id: number, cell: Cell, sign: 1n | -1n = 1n): HeldUnits {
  const units = sign * unitsHeldBy(cell);
  if (id === RESERVED_CELL.gateway) return { ...held, gateway: held.gateway + units };
  switch (tagOf(cell)) {
    case CELL_TAG.account:
      return { ...held, accounts: held.accounts + units };
    case CELL_TAG.model:
      return { ...held, revenues: held.revenues + units };
    case CELL_TAG.task:
      return { ...held, tasks: held.tasks + units };
    default:
      return held;
  }
}

export const heldUnits = ({ accounts, gateway, tasks, revenues }: HeldUnits): bigint =>
  accounts + gateway + tasks + revenues;

const sum = (units: readonly bigint[]): bigint => units.reduce((total, each) => total + each, 0n);

/** What the ledger holds and has paid out beyond what came in: 0, or the ledger mints (above) or burns (below). */
export const imbalanceUnits = ({ held, depositedUnits, withdrawnUnits }: LedgerTotals): bigint =>
  heldUnits(held) + sum(withdrawnUnits) - depositedUnits;

/**
 * The totals after a batch. The cells and the ops are two independent accounts of it: the first says what the ledger holds,
 * the second what came in and went out.
 */
export function totalsAfter(
  before: LedgerTotals,
  cells: Iterable<ChangedCell>,
  ops: readonly JudgedOp[],
): LedgerTotals {
  let { held } = before;
  for (const { id, before: old, after } of cells) held = withCell(withCell(held, id, old, -1n), id, after);
  const withdrawnUnits = [...before.withdrawnUnits];
  for (const { chain, units } of withdrawalsOf(ops, withdrawnUnits.length - 1))
    withdrawnUnits[chain] = (withdrawnUnits[chain] ?? 0n) + units;
  return {
    held,
    depositedUnits: before.depositedUnits + depositsOf(ops),
    withdrawnUnits,
    consumedEntries: before.consumedEntries + ops.filter(({ isQueued }) => isQueued).length,
  };
}

/** The money that a batch's deposits bring. The home contract queues no deposit to the contract lane that could be invalid. */
const depositsOf = (ops: readonly { readonly words: OpWords }[]): bigint =>
  sum(
    ops.map(({ words }) => {
      const { kind, amountUnits } = opFields(words);
      return kind === "deposit" || kind === "depositToEvm" ? amountUnits : 0n;
    }),
  );

/** The ledger holds more or less than came in. */
export class SolvencyError extends Error {
  override readonly name = "SolvencyError";
  readonly code = "LEDGER_NOT_SOLVENT";
  constructor(
    readonly at: string,
    readonly expected: bigint,
    readonly actual: bigint,
  ) {
    super(
      `${at}: the ledger must hold ${expected} units, it holds ${actual}; nothing of it was proven or sent. Stop here: keep the data folder, compare with npm run rebuild, and do not start this version again before the cause is known`,
    );
  }
}

/** Throws a SolvencyError unless everything adds up. */
export function demandSolvent(totals: LedgerTotals, at: string): void {
  const actual = heldUnits(totals.held);
  const imbalance = imbalanceUnits(totals);
  if (imbalance !== 0n) throw new SolvencyError(at, actual - imbalance, actual);
}
