import { concatHex, encodeFunctionData, type Hex, numberToHex } from "viem";
import { neuraMirrorAbi, neuraRollupAbi } from "../contracts/abi.ts";
import type { PublicBatch } from "../state/store/batch-stream.ts";
import type { BatchOpRecord, ProofRecord } from "../state/store/records.ts";
import { priorityWord } from "./priority-word.ts";

/** Home takes a batch with its contract-lane data; a mirror takes the data's hash. */
export type SettlementRole = "home" | "mirror";

const PROOF_WORDS = 8;

export class MalformedBatchError extends Error {
  override readonly name = "MalformedBatchError";
  readonly code = "MALFORMED_BATCH";
  constructor(
    readonly batchNumber: number,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `batch ${batchNumber} cannot be posted: expected ${expected}, got ${actual}; the database was written by another version of the node or is damaged: rebuild it`,
    );
  }
}

/**
 * Calldata of `submitBatch` (contracts/interfaces/INeuraRollup.sol and INeuraMirror.sol). `maxOps` is N of the circuit's size,
 * the signature the operator's, or empty for a permissionless batch at home.
 */
export function submissionCalldata(
  role: SettlementRole,
  batch: PublicBatch,
  proof: ProofRecord,
  maxOps: number,
  signature: Hex,
): Hex {
  const argument = batchArgument(batch, proof, maxOps);
  if (role === "home") {
    return encodeFunctionData({
      abi: neuraRollupAbi,
      functionName: "submitBatch",
      args: [argument, batch.laneData, signature],
    });
  }
  return encodeFunctionData({
    abi: neuraMirrorAbi,
    functionName: "submitBatch",
    args: [argument, word(batch.laneDataHash), signature],
  });
}

function batchArgument(batch: PublicBatch, proof: ProofRecord, maxOps: number) {
  const { number, ops } = batch;
  if (ops.length > maxOps) throw new MalformedBatchError(number, `at most ${maxOps} ops`, String(ops.length));
  if (proof.batchNumber !== number) {
    throw new MalformedBatchError(number, `a proof of batch ${number}`, `one of ${proof.batchNumber}`);
  }
  const priority = ops.filter((op) => op.caller !== undefined);
  return {
    number: BigInt(number),
    time: Number(batch.timeSeconds),
    cellCount: batch.cellCountAfter,
    previousRoot: batch.rootBefore,
    root: batch.rootAfter,
    blockHash: word(batch.blockHash),
    priorityBits: bits(ops, (op) => op.caller !== undefined),
    validityBits: bits(ops, (op) => op.valid) | paddingBits(ops.length, maxOps),
    ops: concatHex(ops.flatMap((op) => op.words.map(word))),
    priority: priority.map((op) => priorityOf(number, op)),
    commitment: proof.commitment,
    proof: proofWords(number, proof),
  };
}

function priorityOf(batchNumber: number, { caller, queuedAt }: BatchOpRecord): bigint {
  if (caller === undefined || queuedAt === undefined) {
    throw new MalformedBatchError(batchNumber, "priority ops with their queueing time", "one without");
  }
  return priorityWord({ caller, queuedAt });
}

function proofWords(batchNumber: number, { proof }: ProofRecord) {
  if (proof.length !== PROOF_WORDS) {
    throw new MalformedBatchError(batchNumber, `a proof of ${PROOF_WORDS} coordinates`, String(proof.length));
  }
  const at = (index: number): bigint => proof[index] ?? 0n;
  return [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)] as const;
}

function bits(ops: readonly BatchOpRecord[], isSet: (op: BatchOpRecord) => boolean): bigint {
  return ops.reduce((sum, op, i) => (isSet(op) ? sum | (1n << BigInt(i)) : sum), 0n);
}

/** What is missing up to the size of the circuit is noops, and noops are valid. */
const paddingBits = (opCount: number, maxOps: number): bigint =>
  (1n << BigInt(maxOps)) - (1n << BigInt(opCount));

const word = (value: bigint): Hex => numberToHex(value, { size: 32 });
