import { concatHex, type Hex, keccak256, numberToHex } from "viem";
import type { QueueEntry } from "../../bridge/home-history.ts";
import { priorityWord } from "../../bridge/priority-word.ts";
import type { CircuitInput } from "../../prover/backend.ts";
import { batchCircuitInput } from "../../prover/batch-witness.ts";
import type { EvmProof } from "../../prover/proof.ts";
import { applyToBatch, hasRoomFor, type OpenBatch, openBatch } from "../../state/ledger/batch.ts";
import { GENESIS_CELL_COUNT, isClosedTask } from "../../state/ledger/cells.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import { isSigned, opFields, type PriorityOp, withObject } from "../../state/ledger/operation.ts";
import { type BatchStream, publicInputsOf, streamWords } from "../../state/ledger/stream.ts";
import { type BatchTrace, traceBatch } from "../../state/ledger/trace.ts";
import { Placement } from "../placement.ts";
import type { AccountIndex } from "./account-index.ts";
import type { HomeState } from "./home-state.ts";

/** A batch of waiting entries, executed, with the input of its proof. */
export interface PlannedBatch {
  readonly number: number;
  readonly trace: BatchTrace;
  readonly validityBits: bigint;
  readonly priorityBits: bigint;
  /** C, r and e. */
  readonly publicInputs: readonly [bigint, bigint, bigint];
  readonly proofInput: CircuitInput;
}

/** A batch made without the node has no block of the contract lane, and no data of one. */
const NO_LANE_DATA: Hex = "0x";
const NO_LANE_BLOCK = 0n;

const NUMBER_OF_PRIORITY_BITS_WORD = 10;
const NUMBER_OF_VALIDITY_BITS_WORD = 11;

/**
 * The next batch: the waiting entries in order, as many as fit the circuit. Undefined if nothing waits. `timeSeconds` is at most the chain's time, and not before any entry.
 */
export function planBatch(
  state: HomeState,
  accounts: AccountIndex,
  timeSeconds: bigint,
): PlannedBatch | undefined {
  const { domain, size } = state.created;
  const number = state.newest.number + 1;
  const ops = chooseOps(state, accounts, timeSeconds);
  if (ops.length === 0) return undefined;
  const trace = traceBatch(state.fork(), { number: BigInt(number), timeSeconds }, ops, domain);
  const stream: BatchStream = {
    ...trace,
    domain,
    blockHash: NO_LANE_BLOCK,
    laneDataHash: BigInt(keccak256(NO_LANE_DATA)),
    ops: trace.ops.map(({ op, valid }) => ({
      words: op.words,
      valid,
      ...(isSigned(op) ? {} : { caller: op.caller }),
    })),
  };
  const words = streamWords(stream, size);
  return {
    number,
    trace,
    priorityBits: words[NUMBER_OF_PRIORITY_BITS_WORD] ?? 0n,
    validityBits: words[NUMBER_OF_VALIDITY_BITS_WORD] ?? 0n,
    publicInputs: publicInputsOf(words),
    proofInput: batchCircuitInput(trace, words, size),
  };
}

/** Executes the entries on a ledger of their own, each in its place, until one does not fit. */
function chooseOps(state: HomeState, accounts: AccountIndex, timeSeconds: bigint): PriorityOp[] {
  const { domain, size } = state.created;
  const ledger = state.fork();
  const batch = openBatch(ledger, BigInt(state.newest.number + 1), timeSeconds);
  const placement = new Placement({
    ledger,
    accountIdOf: (identity) => accounts.idOf(identity),
    closedTasks: closedTasksOf(ledger),
  });
  const ops: PriorityOp[] = [];
  for (const entry of state.waiting.values()) {
    if (entry.queuedAt > timeSeconds) break;
    const op = placed(entry, placement);
    if (!hasRoomFor(batch, op, ledger, size)) break;
    execute(ledger, batch, op, domain, placement);
    ops.push(op);
  }
  return ops;
}

/** There is no index of a rebuilt ledger's tasks: all its cells are looked at, and that only if the tree is full. */
function* closedTasksOf(ledger: Ledger): Generator<number> {
  for (let id = GENESIS_CELL_COUNT; id < ledger.cellCount; id++) if (isClosedTask(ledger.cell(id))) yield id;
}

function placed({ words, caller, queuedAt }: QueueEntry, placement: Placement): PriorityOp {
  return { words: withObject(words, placement.objectFor(opFields(words))), caller, queuedAt };
}

function execute(
  ledger: Ledger,
  batch: OpenBatch,
  op: PriorityOp,
  domain: bigint,
  placement: Placement,
): void {
  const applied = applyToBatch(ledger, batch, op, domain);
  if (applied.valid) placement.executed(applied.transition.op, applied.transition.op.object);
}

/** The arguments of `submitBatch` on home: the batch, no lane data, no signature. */
export function submissionOf(planned: PlannedBatch, proof: EvmProof) {
  const { trace, priorityBits, validityBits, publicInputs } = planned;
  const priority = trace.ops.flatMap(({ op }) => (isSigned(op) ? [] : [priorityWord(op)]));
  const batch = {
    number: trace.number,
    time: Number(trace.timeSeconds),
    cellCount: trace.cellCountAfter,
    previousRoot: trace.rootBefore,
    root: trace.rootAfter,
    blockHash: numberToHex(NO_LANE_BLOCK, { size: 32 }),
    priorityBits,
    validityBits,
    ops: concatHex(trace.ops.flatMap(({ op }) => op.words.map((word) => numberToHex(word, { size: 32 })))),
    priority,
    commitment: publicInputs[0],
    proof,
  };
  return [batch, NO_LANE_DATA, "0x"] as const;
}
