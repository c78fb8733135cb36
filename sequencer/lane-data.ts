import { deflateRawSync, inflateRawSync } from "node:zlib";
import { RLP } from "@ethereumjs/rlp";
import { hexToBytes } from "@ethereumjs/util";

/**
 * The contract lane's part of a batch, posted on home: with the batch's ledger operations it is enough to execute the
 * batch's blocks again. Deflated RLP of [version, [[timestamp, number of ledger operations, [transaction, …]], …]].
 */
export interface LaneBlock {
  readonly timestampSeconds: number;
  readonly operationCount: number;
  /** Signed transactions as they were sent. */
  readonly transactions: readonly Uint8Array[];
}

const VERSION = 1;
const COMPRESSION_LEVEL = 9;
/** A home transaction is at most 128 KiB: whatever inflates to more than a batch may hold is not ours. */
const maxInflatedBytes = 16 * 1024 * 1024;

export function encodeLaneData(blocks: readonly LaneBlock[]): `0x${string}` {
  const encoded = RLP.encode([
    VERSION,
    blocks.map(({ timestampSeconds, operationCount, transactions }) => [
      timestampSeconds,
      operationCount,
      [...transactions],
    ]),
  ]);
  return `0x${deflateRawSync(encoded, { level: COMPRESSION_LEVEL }).toString("hex")}`;
}

export function decodeLaneData(data: `0x${string}`): LaneBlock[] {
  const bytes = inflateRawSync(hexToBytes(data), { maxOutputLength: maxInflatedBytes });
  const [, blocks] = RLP.decode(bytes) as [Uint8Array, [Uint8Array, Uint8Array, Uint8Array[]][]];
  const number = (value: Uint8Array) => Number(`0x${Buffer.from(value).toString("hex") || "0"}`);
  return blocks.map(([timestampSeconds, operationCount, transactions]) => ({
    timestampSeconds: number(timestampSeconds),
    operationCount: number(operationCount),
    transactions,
  }));
}
