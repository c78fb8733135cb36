/** The batches that forgers start from: what each may do to the ledger is known from the TypeScript ledger. */
import type { BatchCircuitInput } from "../../prover/batch-witness.ts";
import type { LedgerOp, OpParts } from "../../state/ledger/operation.ts";
import { batchOf } from "../support/batch-witness-check.ts";
import { type Forgery, forgeBatch } from "../support/forged-batch.ts";
import type { LedgerScenario } from "../support/ledger-scenario.ts";

/** What the home chain sees of a batch besides its ops and the root before it. */
export interface BatchResult {
  readonly rootAfter: bigint;
  readonly cellCountAfter: bigint;
  readonly validityBits: bigint;
}

/** Input of the batch or of the membership circuit. */
export type CaseInput = Readonly<Record<string, unknown>>;

export interface SoundnessCase {
  readonly name: string;
  readonly input: CaseInput;
  /** The only result that the ledger allows; null if it allows none: no batch may hold this. */
  readonly allowed: BatchResult | null;
  /** An honest batch like it: its values are what a forger would put in place of free signals. */
  readonly twin?: CaseInput;
  /** Only private inputs are lies, and the twin is allowed: to arrive at what the twin makes public is no forgery. */
  readonly isHonestInPublic?: boolean;
}

export type CaseBuilder = readonly [name: string, build: () => Omit<SoundnessCase, "name">];

export const STREAM_WORD = {
  rootBefore: 3,
  rootAfter: 4,
  cellCountBefore: 5,
  cellCountAfter: 6,
  time: 7,
  priorityBits: 10,
  validityBits: 11,
  w0: 12,
  w1: 13,
  w2: 14,
  w3: 15,
  caller: 16,
} as const;

export function resultOf(stream: readonly bigint[]): BatchResult {
  return {
    rootAfter: stream[STREAM_WORD.rootAfter] as bigint,
    cellCountAfter: stream[STREAM_WORD.cellCountAfter] as bigint,
    validityBits: stream[STREAM_WORD.validityBits] as bigint,
  };
}

/** A batch of one op, as the ledger executes it, that may open more cells than the op names. */
export function executed(
  before: LedgerScenario,
  op: LedgerOp | null,
  extraCells: readonly number[] = [],
): Omit<SoundnessCase, "name"> {
  const ops = op === null ? [] : [op];
  const input = extraCells.length > 0 ? forgeBatch(before, { ops, extraCells }) : batchOf(before, ops).input;
  return { input, allowed: resultOf(input.stream) };
}

/** An op from the queue that the ledger finds valid, or invalid; throws if it does not. */
function queued(
  before: LedgerScenario,
  parts: OpParts,
  valid: boolean,
  caller?: bigint,
  extraCells?: readonly number[],
) {
  const result = executed(before, before.priority(parts, caller), extraCells);
  if (result.allowed?.validityBits !== (valid ? 1n : 0n))
    throw new Error(`unexpected verdict on ${parts.kind}`);
  return result;
}

export const accepted = (
  name: string,
  before: () => LedgerScenario,
  parts: (of: LedgerScenario) => OpParts,
  extraCells?: readonly number[],
): CaseBuilder => [
  `queue: ${name}`,
  () => {
    const world = before();
    return queued(world, parts(world), true, undefined, extraCells);
  },
];

/** An op that breaks one condition: it changes nothing. */
export const failing = (
  name: string,
  before: () => LedgerScenario,
  parts: (of: LedgerScenario) => OpParts,
  caller?: bigint,
): CaseBuilder => [
  `failing: ${name}`,
  () => {
    const world = before();
    return queued(world, parts(world), false, caller);
  },
];

export const signed = (
  name: string,
  before: () => LedgerScenario,
  parts: (of: LedgerScenario) => OpParts & { sender: number },
): CaseBuilder => [
  `signed: ${name}`,
  () => {
    const world = before();
    const { sender, ...rest } = parts(world);
    return executed(world, world.signed(sender, rest, { maxFeeUnits: (rest.feeUnits ?? 0n) + 40n }));
  },
];

/** A batch that no proof may exist of. */
export const refused = (
  name: string,
  before: () => LedgerScenario,
  forgery: (of: LedgerScenario) => Forgery,
  edit?: (input: BatchCircuitInput) => BatchCircuitInput,
): CaseBuilder => [
  `refused: ${name}`,
  () => {
    const world = before();
    const forged = forgery(world);
    const input = forgeBatch(world, forged);
    if (edit !== undefined) return { input: edit(input), allowed: null, twin: input };
    const { ops, extraCells = [] } = forged;
    return { input, allowed: null, twin: forgeBatch(world, { ops, extraCells }) };
  },
];

/** Honest ops with a lie about cells, rows or paths, of which the public data must not show anything. */
export const lied = (...arguments_: Parameters<typeof refused>): CaseBuilder => {
  const [name, build] = refused(...arguments_);
  return [name, () => ({ ...build(), isHonestInPublic: true })];
};

/** An op shown over another ledger than the one that it was signed for. */
export const refusedElsewhere = (
  name: string,
  before: () => LedgerScenario,
  signedFor: () => LedgerScenario,
  parts: (of: LedgerScenario) => OpParts & { sender: number },
): CaseBuilder => [
  `refused: ${name}`,
  () => {
    const world = before();
    const other = signedFor();
    const { sender, ...rest } = parts(other);
    const shown = other.signed(sender, rest);
    const input = forgeBatch(world, { ops: [world.signed(sender, rest)], shown: [shown] });
    return { input, allowed: null, twin: executed(other, shown).input };
  },
];

/** The same op, signed though it is invalid. */
export const refusedSigned = (
  name: string,
  before: () => LedgerScenario,
  parts: (of: LedgerScenario) => OpParts & { sender: number },
): CaseBuilder =>
  refused(name, before, (world) => {
    const { sender, ...rest } = parts(world);
    return { ops: [world.priority(parts(world))], shown: [world.signed(sender, rest)] };
  });

export const withWord = (word: number, change: (value: bigint) => bigint) => (input: BatchCircuitInput) => ({
  ...input,
  stream: input.stream.map((value, i) => (i === word ? change(value) : value)),
});
