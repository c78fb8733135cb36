import { deflateRawSync, inflateRawSync } from "node:zlib";
import { RLP } from "@ethereumjs/rlp";
import { hexToBytes } from "@ethereumjs/util";

/**
 * The contract lane's part of a batch, posted on home: with the batch's ledger operations it is enough to execute the
 * batch's blocks again. Deflated RLP of [version, [[timestamp, number of ledger operations, [transaction, …], gateway], …]], where
 * gateway is [number of requests done, flat fee], or [] when the gateway contract was told nothing.
 */
export interface LaneBlock {
  readonly timestampSeconds: number;
  readonly operationCount: number;
  /** Signed transactions as they were sent. */
  readonly transactions: readonly Uint8Array[];
  /** Absent when the gateway contract was told nothing. */
  readonly gateway?: LaneGateway;
}

/** What of a block's call of the gateway contract does not follow from the rest. */
export interface LaneGateway {
  /** Requests that got an outcome: those that are no operation of the block were refused. */
  readonly requestCount: number;
  readonly flatFeeUnits: number;
}

const VERSION = 2;
const COMPRESSION_LEVEL = 9;
/** A home transaction is at most 128 KiB: whatever inflates to more than a batch may hold is not ours. */
const maxInflatedBytes = 16 * 1024 * 1024;

type StoredBlock = [
  timestampSeconds: Uint8Array,
  operationCount: Uint8Array,
  transactions: Uint8Array[],
  gateway: [requestCount?: Uint8Array, flatFeeUnits?: Uint8Array],
];

export function encodeLaneData(blocks: readonly LaneBlock[]): `0x${string}` {
  const encoded = RLP.encode([
    VERSION,
    blocks.map(({ timestampSeconds, operationCount, transactions, gateway }) => [
      timestampSeconds,
      operationCount,
      [...transactions],
      gateway === undefined ? [] : [gateway.requestCount, gateway.flatFeeUnits],
    ]),
  ]);
  return `0x${deflateRawSync(encoded, { level: COMPRESSION_LEVEL }).toString("hex")}`;
}

export function decodeLaneData(data: `0x${string}`): LaneBlock[] {
  const bytes = inflateRawSync(hexToBytes(data), { maxOutputLength: maxInflatedBytes });
  const [, blocks] = RLP.decode(bytes) as unknown as [Uint8Array, StoredBlock[]];
  const number = (value: Uint8Array) => Number(`0x${Buffer.from(value).toString("hex") || "0"}`);
  return blocks.map(([timestampSeconds, operationCount, transactions, [requestCount, flatFeeUnits]]) => ({
    timestampSeconds: number(timestampSeconds),
    operationCount: number(operationCount),
    transactions,
    ...(requestCount === undefined || flatFeeUnits === undefined
      ? {}
      : { gateway: { requestCount: number(requestCount), flatFeeUnits: number(flatFeeUnits) } }),
  }));
}
