import { concatHex, type Hex, keccak256, numberToHex } from "viem";
import type { QueueEntry } from "../../bridge/home-history.ts";
import type { CircuitInput } from "../../prover/backend.ts";
import { batchCircuitInput } from "../../prover/batch-witness.ts";
import type { EvmProof } from "../../prover/proof.ts";
import { applyToBatch, hasRoomFor, type OpenBatch, openBatch } from "../../state/ledger/batch.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import { isSigned, opFields, type PriorityOp, withObject } from "../../state/ledger/operation.ts";
import { type BatchStream, publicInputsOf, streamWords } from "../../state/ledger/stream.ts";
import { type BatchTrace, traceBatch } from "../../state/ledger/trace.ts";
import { NewAccounts, placeOf } from "../placement.ts";
import type { AccountIndex } from "./account-index.ts";
import type { HomeState } from "./home-state.ts";

/** A batch of waiting entries, executed, with the input of its proof. */
export interface PlannedBatch {
  readonly number: number;
  readonly trace: BatchTrace;
  readonly blockHash: Hex;
  readonly validityBits: bigint;
  readonly priorityBits: bigint;
  /** C, r and e. */
  readonly publicInputs: readonly [bigint, bigint, bigint];
  readonly proofInput: CircuitInput;
}

/** A batch made without the node has no contract-lane data. */
const NO_LANE_DATA: Hex = "0x";

const NUMBER_OF_PRIORITY_BITS_WORD = 10;
const NUMBER_OF_VALIDITY_BITS_WORD = 11;

/**
 * The next batch: the waiting entries in order, as many as fit the circuit. It repeats the block hash of the batch before it
 * (docs/SETTLEMENT.md, section 2). Undefined if nothing waits. `timeSeconds` is at most the chain's time, and not before any entry.
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
    blockHash: state.newest.blockHash,
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
    blockHash: numberToHex(state.newest.blockHash, { size: 32 }),
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
  const created = new NewAccounts();
  const ops: PriorityOp[] = [];
  for (const entry of state.waiting.values()) {
    if (entry.queuedAt > timeSeconds) break;
    const op = placed(entry, ledger, accounts, created);
    if (!hasRoomFor(batch, op, ledger, size)) break;
    execute(ledger, batch, op, domain, created);
    ops.push(op);
  }
  return ops;
}

function placed(entry: QueueEntry, ledger: Ledger, accounts: AccountIndex, created: NewAccounts): PriorityOp {
  const { words, caller, queuedAt } = entry;
  const op = opFields(words);
  const named = () => created.idOf(op) ?? accounts.idOf({ l1Address: op.w1, pubX: op.w2, pubY: op.w3 });
  return { words: withObject(words, placeOf(op, ledger, named)), caller, queuedAt };
}

function execute(
  ledger: Ledger,
  batch: OpenBatch,
  op: PriorityOp,
  domain: bigint,
  created: NewAccounts,
): void {
  const applied = applyToBatch(ledger, batch, op, domain);
  if (!applied.valid || !applied.transition.isFresh) return;
  const { op: fields } = applied.transition;
  if (fields.kind === "deposit" || fields.kind === "openAccount") created.add(fields, fields.object);
}

/** The arguments of `submitBatch` on home: the batch, no lane data, no signature. */
export function submissionOf(planned: PlannedBatch, proof: EvmProof) {
  const { trace, blockHash, priorityBits, validityBits, publicInputs } = planned;
  const priority = trace.ops.flatMap(({ op }) =>
    isSigned(op) ? [] : [{ caller: numberToHex(op.caller, { size: 20 }), queuedAt: Number(op.queuedAt) }],
  );
  const batch = {
    number: trace.number,
    time: Number(trace.timeSeconds),
    cellCount: trace.cellCountAfter,
    previousRoot: trace.rootBefore,
    root: trace.rootAfter,
    blockHash,
    priorityBits,
    validityBits,
    ops: concatHex(trace.ops.flatMap(({ op }) => op.words.map((word) => numberToHex(word, { size: 32 })))),
    priority,
    commitment: publicInputs[0],
    proof,
  };
  return [batch, NO_LANE_DATA, "0x"] as const;
}
