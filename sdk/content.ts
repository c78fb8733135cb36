import { sha256 } from "@noble/hashes/sha2.js";
import { poseidon } from "../state/ledger/poseidon.ts";
import { SdkError } from "./errors.ts";
import { toHexBytes, toWord } from "./hex.ts";

/** A content element is the first 31 bytes of the SHA-256 digest, so that it is a field element. */
const ELEMENT_BYTES = 31;

/** The field element that commits to content: what models' manifests, task inputs and results hold in the ledger. */
export function contentElementOf(bytes: Uint8Array): bigint {
  return BigInt(toHexBytes(sha256(bytes).subarray(0, ELEMENT_BYTES)));
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
/** CID version 1, codec raw, multihash sha2-256 of 32 bytes (multiformats.io). */
const CID_PREFIX = [0x01, 0x55, 0x12, 0x20];

/** CIDv1 of raw bytes, in base32. */
export function cidOf(bytes: Uint8Array): string {
  let text = "b";
  let bits = 0;
  let held = 0;
  for (const byte of [...CID_PREFIX, ...sha256(bytes)]) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32[(held << (5 - bits)) & 31];
}

/** Throws unless `bytes` are what the content element commits to. */
export function demandContent(bytes: Uint8Array, element: bigint, what: string): void {
  const actual = contentElementOf(bytes);
  if (actual === element) return;
  throw new SdkError(
    "wrong-content",
    `${what} is not what the ledger commits to: fetch it from another store`,
    toWord(element),
    toWord(actual),
  );
}

/**
 * What the content of a task is: a commitment to its input, to the receipts' root of each draw in order, and, once there is one, to
 * its result (docs/LEDGER.md, section 3).
 */
export function taskContentOf(
  input: bigint,
  draws: readonly { readonly root: bigint }[],
  result: bigint | null,
): bigint {
  const steps = [...draws.map(({ root }) => root), ...(result === null ? [] : [result])];
  return steps.reduce((content, step) => poseidon([content, step]), input);
}
