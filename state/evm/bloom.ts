import { bytesToHex, hexToBytes } from "@ethereumjs/util";
import { keccak256 } from "./chain-rules.ts";
import type { Hex } from "./types.ts";

/** The 2048-bit log filter of receipts and headers (Yellow Paper, section 4.3.1). */

export const bloomBytes = 256;

function bitsOf(item: Uint8Array): [number, number, number] {
  const digest = keccak256(item);
  const bit = (at: number) => (((digest[at] as number) << 8) | (digest[at + 1] as number)) & 2047;
  return [bit(0), bit(2), bit(4)];
}

export function addToBloom(bloom: Uint8Array, item: Uint8Array): void {
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

export function bloomOf(logs: readonly { address: Hex; topics: readonly Hex[] }[]): Hex {
  const bloom = new Uint8Array(bloomBytes);
  for (const { address, topics } of logs) {
    addToBloom(bloom, hexToBytes(address));
    for (const topic of topics) addToBloom(bloom, hexToBytes(topic));
  }
  return bytesToHex(bloom);
}
