import { bigIntToUnpaddedBytes, concatBytes, intToUnpaddedBytes } from "@ethereumjs/util";
import { encodeRlp } from "../rlp.ts";
import type { Outcome } from "./block-store.ts";
import { bloomOf } from "./bloom.ts";
import { bytesOfHex } from "./bytes.ts";

/** A receipt as the receipts trie holds it: status, cumulative gas, bloom, logs; typed ones prefixed (EIP-2718). */
export function encodeReceipt(outcome: Outcome, transactionType: number): Uint8Array {
  const encoded = encodeRlp([
    intToUnpaddedBytes(outcome.status),
    bigIntToUnpaddedBytes(outcome.cumulativeGasUsed),
    bytesOfHex(bloomOf(outcome.logs)),
    outcome.logs.map(({ address, topics, data }) => [
      bytesOfHex(address),
      topics.map((topic) => bytesOfHex(topic)),
      bytesOfHex(data),
    ]),
  ]);
  return transactionType === 0 ? encoded : concatBytes(Uint8Array.of(transactionType), encoded);
}
