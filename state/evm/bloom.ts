import { bytesOfHex, hexOf, keyOf } from "./bytes.ts";
import { keccak256 } from "./chain-rules.ts";
import type { Hex } from "./types.ts";

/** The 2048-bit log filter of receipts and headers (Yellow Paper, section 4.3.1). */

export const bloomBytes = 256;

function bitOf(digest: Uint8Array, at: number): number {
  return (((digest[at] as number) << 8) | (digest[at + 1] as number)) & 2047;
}

type Bits = readonly [number, number, number];

/** Of what was in logs lately: the same contracts, events and parties come again and again. */
const recentBits = new Map<string, Bits>();
const maxRecentItems = 10_000;

function bitsOf(item: Uint8Array): Bits {
  const key = keyOf(item);
  const known = recentBits.get(key);
  if (known !== undefined) return known;
  const digest = keccak256(item);
  const bits: Bits = [bitOf(digest, 0), bitOf(digest, 2), bitOf(digest, 4)];
  if (recentBits.size >= maxRecentItems) recentBits.clear();
  recentBits.set(key, bits);
  return bits;
}

function addToBloom(bloom: Uint8Array, item: Uint8Array): void {
  for (const bit of bitsOf(item)) {
    const at = bloomBytes - 1 - (bit >> 3);
    bloom[at] = (bloom[at] as number) | (1 << (bit & 7));
  }
}

/** False means surely absent; true means look. */
export function bloomMayContain(bloom: Uint8Array, item: Uint8Array): boolean {
  return bitsOf(item).every(
    (bit) => ((bloom[bloomBytes - 1 - (bit >> 3)] as number) & (1 << (bit & 7))) !== 0,
  );
}

/** By the logs: a block's execution asks for each of them several times. */
const blooms = new WeakMap<object, Uint8Array>();
const nothing = new Uint8Array(bloomBytes);

type Logs = readonly { readonly address: Hex; readonly topics: readonly Hex[] }[];

function bytesOf(logs: Logs): Uint8Array {
  if (logs.length === 0) return nothing;
  const known = blooms.get(logs);
  if (known !== undefined) return known;
  const bloom = new Uint8Array(bloomBytes);
  for (const { address, topics } of logs) {
    addToBloom(bloom, bytesOfHex(address));
    for (const topic of topics) addToBloom(bloom, bytesOfHex(topic));
  }
  blooms.set(logs, bloom);
  return bloom;
}

/** Of one receipt. */
export const bloomOf = (logs: Logs): Hex => hexOf(bytesOf(logs));

/** Of a block: all that is in one of its receipts. */
export function bloomOfAll(receipts: readonly { readonly logs: Logs }[]): Hex {
  const bloom = new Uint8Array(bloomBytes);
  for (const { logs } of receipts) {
    if (logs.length === 0) continue;
    const own = bytesOf(logs);
    for (let at = 0; at < bloomBytes; at++) bloom[at] = (bloom[at] as number) | (own[at] as number);
  }
  return hexOf(bloom);
}
