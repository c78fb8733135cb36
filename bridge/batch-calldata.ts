/**
 * The arguments of `submitBatch` on home, read as the contract reads them.
 *
 * A decoder of a library does not do: Solidity takes every encoding whose offsets lead somewhere inside of the calldata, backwards and
 * into each other too, and libraries refuse most of those. A batch that the contract takes and no tool can read would keep
 * everybody from leaving.
 */
import { bytesToHex, getAbiItem, type Hex, hexToBytes, size, slice, toFunctionSelector } from "viem";
import { neuraRollupAbi } from "../contracts/abi.ts";

export interface SubmittedBatch {
  readonly number: bigint;
  readonly time: bigint;
  readonly cellCount: bigint;
  readonly previousRoot: bigint;
  readonly root: bigint;
  readonly blockHash: bigint;
  readonly priorityBits: bigint;
  readonly validityBits: bigint;
  readonly ops: Hex;
  readonly priority: readonly bigint[];
  readonly commitment: bigint;
  readonly proof: readonly bigint[];
}

export interface BatchArguments {
  readonly batch: SubmittedBatch;
  readonly laneData: Hex;
}

/** The contract would not take it. */
export class BatchCalldataError extends Error {
  override readonly name = "BatchCalldataError";
  readonly code = "BATCH_CALLDATA_UNREADABLE";
}

const selector = toFunctionSelector(getAbiItem({ abi: neuraRollupAbi, name: "submitBatch" }));
const selectorBytes = 4n;
const wordBytes = 32n;
const modulus = 1n << 256n;
const maxLength = (1n << 64n) - 1n;
/** Places in the struct, in words. */
const OPS = 8;
const PRIORITY = 9;
const COMMITMENT = 10;
const PROOF = 11;
const PROOF_WORDS = 8;

/** Throws a {@link BatchCalldataError}. */
export function batchArguments(calldata: Hex): BatchArguments {
  if (size(calldata) < selectorBytes || slice(calldata, 0, Number(selectorBytes)) !== selector)
    throw new BatchCalldataError("it calls another function than submitBatch");
  const data = new Calldata(hexToBytes(calldata));
  const struct = selectorBytes + data.word(selectorBytes);
  const field = (place: number): bigint => data.word(struct + BigInt(place) * wordBytes);
  const laneData = data.tail(selectorBytes, data.word(selectorBytes + wordBytes), 1n);
  const ops = data.tail(struct, field(OPS), 1n);
  const priority = data.tail(struct, field(PRIORITY), wordBytes);
  const [number, time, cellCount, previousRoot, root, blockHash, priorityBits, validityBits] = Array.from(
    { length: OPS },
    (_, place) => field(place),
  ) as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  return {
    batch: {
      number,
      time,
      cellCount,
      previousRoot,
      root,
      blockHash,
      priorityBits,
      validityBits,
      ops: data.bytes(ops.start, ops.length),
      priority: Array.from({ length: Number(priority.length) }, (_, i) =>
        data.word(priority.start + BigInt(i) * wordBytes),
      ),
      commitment: field(COMMITMENT),
      proof: Array.from({ length: PROOF_WORDS }, (_, i) => field(PROOF + i)),
    },
    laneData: data.bytes(laneData.start, laneData.length),
  };
}

/** Positions are numbers of 256 bits, as the EVM has them; beyond the end there are zeros. */
class Calldata {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  word(position: bigint): bigint {
    const start = position % modulus;
    let word = 0n;
    for (let i = 0n; i < wordBytes; i++) word = (word << 8n) | BigInt(this.#bytes[Number(start + i)] ?? 0);
    return word;
  }

  /** What an offset from a base leads to: its length in items, and where they begin. */
  tail(base: bigint, offset: bigint, itemBytes: bigint): { readonly start: bigint; readonly length: bigint } {
    const at = (base + offset) % modulus;
    const length = this.word(at);
    const start = (at + wordBytes) % modulus;
    const end = BigInt.asIntN(256, start) + length * itemBytes;
    if (length > maxLength || end > BigInt(this.#bytes.length))
      throw new BatchCalldataError(`${length} items at byte ${start} are more than it has`);
    return { start, length };
  }

  bytes(start: bigint, length: bigint): Hex {
    if (length === 0n) return "0x";
    const from = Number(start);
    return bytesToHex(this.#bytes.subarray(from, from + Number(length)));
  }
}
