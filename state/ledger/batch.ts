import { type Cell, RESERVED_CELL } from "./cells.ts";
import { LedgerError } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import {
  demandWordRanges,
  HOME_CHAIN,
  isSigned,
  type LedgerOp,
  type OpWords,
  opFields,
  WITHDRAWAL_PARAM,
} from "./operation.ts";
import { part } from "./packing.ts";
import type { Withdrawal } from "./rule.ts";
import type { BatchSize } from "./sizes.ts";
import {
  applyTransition,
  type SignatureVerifier,
  slotsOf,
  type Transition,
  type TransitionContext,
  transitionOf,
} from "./transition.ts";

/** An op that has its place in a batch. */
export interface BatchOp {
  readonly op: LedgerOp;
  /** False only for a priority op that turned out invalid: it changed nothing. */
  readonly valid: boolean;
}

/** The running totals of an open batch; together with the ledger it is all that is needed to go on after a restart. */
export interface OpenBatch {
  readonly number: bigint;
  /** T, fixed when the batch opens. */
  readonly timeSeconds: bigint;
  readonly rootBefore: bigint;
  readonly cellCountBefore: number;
  readonly ops: BatchOp[];
  /** Distinct cells used so far, operator and treasury included. */
  readonly cells: Set<number>;
  feeUnits: bigint;
  treasuryUnits: bigint;
}

export type Applied =
  | { readonly valid: true; readonly transition: Transition }
  | { readonly valid: false; readonly reason: LedgerError };

export function openBatch(ledger: Ledger, number: bigint, timeSeconds: bigint): OpenBatch {
  return {
    number,
    timeSeconds,
    rootBefore: ledger.root(),
    cellCountBefore: ledger.cellCount,
    ops: [],
    cells: new Set([RESERVED_CELL.operator, RESERVED_CELL.treasury]),
    feeUnits: 0n,
    treasuryUnits: 0n,
  };
}

export function contextOf(ledger: Ledger, domain: bigint, timeSeconds: bigint): TransitionContext {
  return {
    domain,
    timeSeconds,
    cellCount: ledger.cellCount,
    capacity: ledger.capacity,
    read: ledger.cell,
  };
}

/** True if the batch has room for the op: for one op more, and for the cells that it would add. */
export function hasRoomFor(batch: OpenBatch, op: LedgerOp, ledger: Ledger, size: BatchSize): boolean {
  if (batch.ops.length >= size.maxOps) return false;
  const added = cellsUsedBy(op, ledger).filter((id) => !batch.cells.has(id));
  return batch.cells.size + added.length <= size.maxCells;
}

/** Ids of the cells that an op reads, valid or not, each once. */
export function cellsUsedBy(op: LedgerOp, ledger: Ledger): number[] {
  const slots = slotsOf(opFields(op.words), { read: ledger.cell, capacity: ledger.capacity });
  const ids = new Set([slots.sender, slots.object, slots.party, slots.model]);
  ids.delete(0);
  return [...ids];
}

/**
 * Executes an op as the next one of the batch. The caller has made sure that there is room.
 * Throws a LedgerError, with nothing changed, for a signed op that is not valid, and for a priority op that has no valid
 * place (the sequencer named a wrong cell) or is outside the hard ranges (the home queue refuses it).
 */
export function applyToBatch(
  ledger: Ledger,
  batch: OpenBatch,
  op: LedgerOp,
  domain: bigint,
  verifySignature?: SignatureVerifier,
): Applied {
  const context = contextOf(ledger, domain, batch.timeSeconds);
  const used = cellsUsedBy(op, ledger);
  const applied = judge(op, context, verifySignature);
  const written = applied.valid ? applyTransition(applied.transition, ledger.cell) : NOTHING_WRITTEN;

  for (const id of used) batch.cells.add(id);
  batch.ops.push({ op, valid: applied.valid });
  if (!applied.valid) return applied;

  const { transition } = applied;
  for (const [id, cell] of written) ledger.tree.setCell(id, cell);
  if (transition.isFresh) ledger.cellCount += 1;
  batch.feeUnits += transition.op.feeUnits;
  batch.treasuryUnits += transition.change.treasuryUnits ?? 0n;
  return applied;
}

const NOTHING_WRITTEN: ReadonlyMap<number, Cell> = new Map();

function judge(op: LedgerOp, context: TransitionContext, verifySignature?: SignatureVerifier): Applied {
  demandWordRanges(op.words);
  try {
    return { valid: true, transition: transitionOf(op, context, verifySignature) };
  } catch (error) {
    const isNoOp = error instanceof LedgerError && !isSigned(op) && !HARD_ERRORS.has(error.code);
    if (!isNoOp) throw error;
    return { valid: false, reason: error };
  }
}

/** Conditions without a computed no-op: the sequencer guarantees placement, the home queue the ranges checked above. */
const HARD_ERRORS: ReadonlySet<string> = new Set(["wrong-placement"]);

/** Credits the batch's fees to the operator and its cuts to the treasury. The batch takes no op afterwards. */
export function closeBatch(ledger: Ledger, batch: OpenBatch): void {
  ledger.credit(RESERVED_CELL.operator, batch.feeUnits);
  ledger.credit(RESERVED_CELL.treasury, batch.treasuryUnits);
}

/**
 * What a batch pays on each chain, in the order of its ops: valid withdraw ops and, on home, deposits that found the tree
 * full. A withdrawal to a chain beyond the mirrors is paid on home: nothing is lost by naming a mirror that does not exist.
 */
export function withdrawalsOf(
  ops: readonly { readonly words: OpWords; readonly valid: boolean }[],
  mirrorCount: number,
): Withdrawal[] {
  return ops.flatMap(({ words, valid }) => {
    const { kind, w1, amountUnits, param } = opFields(words);
    const payout = { recipient: w1, units: amountUnits };
    if (kind === "deposit" && !valid) return [{ chain: HOME_CHAIN, ...payout }];
    if (kind !== "withdraw" || !valid) return [];
    const named = Number(part(WITHDRAWAL_PARAM, param, "chain"));
    return [{ chain: named > mirrorCount ? HOME_CHAIN : named, ...payout }];
  });
}
