/** A batch as it stands in the calldata of its transaction on the home chain. */
import { type Hex, keccak256, size, sliceHex } from "viem";
import type { OpWords } from "../state/ledger/operation.ts";
import type { PostedBatch, PostedOp } from "../state/ledger/replay.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { commitmentOf, streamHashOf, streamWords } from "../state/ledger/stream.ts";
import { type BatchArguments, BatchCalldataError, batchArguments } from "./batch-calldata.ts";
import { type PriorityOrigin, PriorityWordError, priorityOrigin } from "./priority-word.ts";

export interface PublishedBatch extends PostedBatch {
  readonly blockHash: bigint;
  readonly laneData: Hex;
  readonly laneDataHash: bigint;
  /** C, to which the proof is bound. */
  readonly commitment: bigint;
  /** A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y. */
  readonly proof: readonly bigint[];
}

const WORD_BYTES = 32;
const OP_BYTES = 4 * WORD_BYTES;

/** The calldata is not that of a batch, or contradicts itself. */
export class ForeignCalldataError extends Error {
  override readonly name = "ForeignCalldataError";
  readonly code = "FOREIGN_CALLDATA";
  constructor(
    readonly transactionHash: Hex,
    readonly what: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `transaction ${transactionHash}: ${what} is ${actual}, expected ${expected}; the RPC gives wrong data, use another one`,
    );
  }
}

/** The batch in the calldata of `submitBatch` on home. Throws a {@link ForeignCalldataError}. */
export function decodePublishedBatch(calldata: Hex, transactionHash: Hex): PublishedBatch {
  const foreign = (what: string, expected: string, actual: string) =>
    new ForeignCalldataError(transactionHash, what, expected, actual);
  const { batch, laneData } = submitBatchArguments(calldata, foreign);
  const bytes = size(batch.ops);
  if (bytes % OP_BYTES !== 0)
    throw foreign("the length of its operations", `a multiple of ${OP_BYTES}`, `${bytes}`);
  const count = bytes / OP_BYTES;
  const isSet = (bits: bigint, i: number): boolean => ((bits >> BigInt(i)) & 1n) === 1n;
  const origins = [...batch.priority];
  const ops = Array.from({ length: count }, (_, i): PostedOp => {
    const op = { words: wordsAt(batch.ops, i), valid: isSet(batch.validityBits, i) };
    if (!isSet(batch.priorityBits, i)) return op;
    const origin = origins.shift();
    if (origin === undefined)
      throw foreign("the number of its priority operations", "that of its bits", "less");
    return { ...op, origin: originOf(origin, foreign) };
  });
  if (origins.length > 0 || batch.priorityBits >> BigInt(count) !== 0n) {
    throw foreign("the number of its priority operations", "that of its bits", "more");
  }
  return {
    number: batch.number,
    timeSeconds: batch.time,
    rootBefore: batch.previousRoot,
    rootAfter: batch.root,
    cellCountAfter: Number(batch.cellCount),
    blockHash: batch.blockHash,
    laneData,
    laneDataHash: BigInt(keccak256(laneData)),
    commitment: batch.commitment,
    proof: batch.proof,
    ops,
  };
}

type Foreign = (what: string, expected: string, actual: string) => ForeignCalldataError;

function submitBatchArguments(calldata: Hex, foreign: Foreign): BatchArguments {
  try {
    return batchArguments(calldata);
  } catch (error) {
    if (!(error instanceof BatchCalldataError)) throw error;
    const about = `${calldata.slice(0, 10)}… (${size(calldata)} bytes): ${error.message}`;
    throw foreign("its calldata", "a call of submitBatch", about);
  }
}

function originOf(word: bigint, foreign: Foreign): PriorityOrigin {
  try {
    return priorityOrigin(word);
  } catch (error) {
    if (!(error instanceof PriorityWordError)) throw error;
    throw foreign("the origin of a priority operation", error.expected, `0x${word.toString(16)}`);
  }
}

function wordsAt(ops: Hex, i: number): OpWords {
  const at = (word: number): bigint => {
    const start = i * OP_BYTES + word * WORD_BYTES;
    return BigInt(sliceHex(ops, start, start + WORD_BYTES));
  };
  return [at(0), at(1), at(2), at(3)];
}

/**
 * The hash of the batch's stream as home's history contains it. Demands that the batch's commitment is the one of these very words: then the
 * proof that the contract has verified is about them. Throws a {@link ForeignCalldataError}.
 */
export function provenStreamHash(
  batch: PublishedBatch,
  context: { readonly domain: bigint; readonly cellCountBefore: number; readonly size: BatchSize },
  transactionHash: Hex,
): bigint {
  const { domain, cellCountBefore, size: batchSize } = context;
  if (batch.ops.length > batchSize.maxOps) {
    throw new ForeignCalldataError(
      transactionHash,
      "the number of its operations",
      `at most ${batchSize.maxOps}`,
      `${batch.ops.length}`,
    );
  }
  const ops = batch.ops.map(({ words, valid, origin }) => ({
    words,
    valid,
    ...(origin === undefined ? {} : { caller: origin.caller }),
  }));
  const words = streamWords({ ...batch, ops, domain, cellCountBefore }, batchSize);
  const commitment = commitmentOf(words);
  if (commitment === batch.commitment) return streamHashOf(words, commitment);
  throw new ForeignCalldataError(
    transactionHash,
    "the commitment of its words",
    `${batch.commitment}, to which its proof is bound`,
    `${commitment}`,
  );
}
