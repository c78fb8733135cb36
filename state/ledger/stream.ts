import { keccak_256 } from "@noble/hashes/sha3.js";
import { FIELD_PRIME, fromBytes32, toBytes32 } from "./field.ts";
import type { OpWords } from "./operation.ts";
import { poseidon } from "./poseidon.ts";
import type { BatchSize } from "./sizes.ts";

/** The public data of a batch (docs/LEDGER.md, section 5). */
export interface BatchStream {
  readonly domain: bigint;
  readonly number: bigint;
  readonly rootBefore: bigint;
  readonly rootAfter: bigint;
  readonly cellCountBefore: number;
  readonly cellCountAfter: number;
  readonly timeSeconds: bigint;
  /** 256-bit hash of the batch's last block. */
  readonly blockHash: bigint;
  /** 256-bit keccak of the batch's contract-lane data. */
  readonly laneDataHash: bigint;
  readonly ops: readonly { readonly words: OpWords; readonly valid: boolean; readonly caller?: bigint }[];
}

const HEADER_WORDS = 12;
const WORDS_PER_CHUNK = 15;
/** Hashes enter the stream without their lowest byte, so that they are field elements. */
const HASH_SHIFT = 8n;

export const streamLengthOf = (size: BatchSize): number => HEADER_WORDS + 5 * size.maxOps;

/** Names the circuit: a proof for one size says nothing about another. */
export function circuitIdOf({ levels, maxOps, maxCells }: BatchSize): bigint {
  const name = `NeuraChain batch v1:${levels}:${maxOps}:${maxCells}`;
  return fromBytes32(keccak_256(new TextEncoder().encode(name))) >> HASH_SHIFT;
}

/** keccak256(abi.encode(name, chainId, contract)) >> 8: what signatures and proofs are bound to. */
export function domainOf(homeChainId: bigint, homeContract: bigint): bigint {
  const name = new TextEncoder().encode("NeuraChain ledger v1");
  const encoded = new Uint8Array(32 * 5);
  encoded.set(toBytes32(96n), 0);
  encoded.set(toBytes32(homeChainId), 32);
  encoded.set(toBytes32(homeContract), 64);
  encoded.set(toBytes32(BigInt(name.length)), 96);
  encoded.set(name, 128);
  return fromBytes32(keccak_256(encoded)) >> HASH_SHIFT;
}

/** All words of the stream, padded with noops to the size. */
export function streamWords(stream: BatchStream, size: BatchSize): bigint[] {
  if (stream.ops.length > size.maxOps) {
    throw new RangeError(`a batch of this size has at most ${size.maxOps} ops, got ${stream.ops.length}`);
  }
  let priorityBits = 0n;
  let validityBits = (1n << BigInt(size.maxOps)) - 1n;
  const opWords: bigint[] = [];
  const callers: bigint[] = [];
  for (let i = 0; i < size.maxOps; i++) {
    const op = stream.ops[i];
    opWords.push(...(op?.words ?? [0n, 0n, 0n, 0n]));
    callers.push(op?.caller ?? 0n);
    if (op?.caller !== undefined) priorityBits |= 1n << BigInt(i);
    if (op?.valid === false) validityBits ^= 1n << BigInt(i);
  }
  return [
    stream.domain,
    circuitIdOf(size),
    stream.number,
    stream.rootBefore,
    stream.rootAfter,
    BigInt(stream.cellCountBefore),
    BigInt(stream.cellCountAfter),
    stream.timeSeconds,
    stream.blockHash >> HASH_SHIFT,
    stream.laneDataHash >> HASH_SHIFT,
    priorityBits,
    validityBits,
    ...opWords,
    ...callers,
  ];
}

/** C: the prover's commitment to its copy of the stream. */
export function commitmentOf(words: readonly bigint[]): bigint {
  let commitment = 0n;
  for (let start = 0; start < words.length; start += WORDS_PER_CHUNK) {
    const chunk = words.slice(start, start + WORDS_PER_CHUNK);
    while (chunk.length < WORDS_PER_CHUNK) chunk.push(0n);
    commitment = poseidon([commitment, ...chunk]);
  }
  return commitment;
}

/** keccak256 of the stream and C, 256 bits: what the operator signs, and what home's history is made of. */
export function streamHashOf(words: readonly bigint[], commitment: bigint): bigint {
  const bytes = new Uint8Array(32 * (words.length + 1));
  [...words, commitment].forEach((word, i) => {
    bytes.set(toBytes32(word), 32 * i);
  });
  return fromBytes32(keccak_256(bytes));
}

/** Home's history after a batch, which starts from the genesis root: one hash that says what all batches were. */
export function historyAfter(history: bigint, streamHash: bigint): bigint {
  const bytes = new Uint8Array(64);
  bytes.set(toBytes32(history), 0);
  bytes.set(toBytes32(streamHash), 32);
  return fromBytes32(keccak_256(bytes));
}

/** r: depends on the stream and on C, so nobody can choose either after seeing it. */
export const challengeOf = (words: readonly bigint[], commitment: bigint): bigint =>
  streamHashOf(words, commitment) % FIELD_PRIME;

/** e = Σ word_i · r^i. */
export function evaluationOf(words: readonly bigint[], challenge: bigint): bigint {
  return words.reduceRight((sum, word) => (sum * challenge + word) % FIELD_PRIME, 0n);
}

/** The public inputs (C, r, e) of the batch circuit. */
export function publicInputsOf(words: readonly bigint[]): readonly [C: bigint, r: bigint, e: bigint] {
  const commitment = commitmentOf(words);
  const challenge = challengeOf(words, commitment);
  return [commitment, challenge, evaluationOf(words, challenge)];
}
