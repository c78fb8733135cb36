import { deflateRawSync, inflateRawSync } from "node:zlib";
import { RLP } from "@ethereumjs/rlp";
import { bytesToBigInt, hexToBytes } from "@ethereumjs/util";
import { homeGasOf } from "../state/evm/data-fee.ts";
import type { PostedBatch } from "../state/ledger/replay.ts";

/**
 * The contract lane's part of a batch, posted on home. With the batch's operations, their validity, number and T, which are posted too,
 * and what the deployment fixes (docs/SETTLEMENT.md, section 4), it determines the batch's blocks to the last bit: recovery/lane-rebuild.ts
 * executes them again. Deflated RLP of [version, [[timestamp, number of ledger operations, [transaction, …], gateway, data price], …]],
 * where gateway is [number of requests done, flat fee], or [] when the gateway contract was told nothing, or nothing of these two, and the
 * data price is what stands in the block's extraData. Deflate's stored blocks are used where they cost less on home.
 */
export interface LaneBlock {
  readonly timestampSeconds: number;
  readonly operationCount: number;
  /** Signed transactions as they were sent. */
  readonly transactions: readonly Uint8Array[];
  /** Absent when the gateway contract was told nothing. */
  readonly gateway?: LaneGateway;
  /** Of home's gas, for the next block: nothing on home tells it. */
  readonly dataPriceWei: bigint;
}

/** What of a block's call of the gateway contract does not follow from the rest. */
export interface LaneGateway {
  /** Requests that got an outcome: those that are no operation of the block were refused. */
  readonly requestCount: number;
  readonly flatFeeUnits: number;
}

/** The blocks of versions up to 3 had in their hashes what home does not get: nobody can execute them again. */
const VERSION = 4;
const COMPRESSION_LEVEL = 9;
/**
 * As it is, in the frame of Deflate. Home takes a quarter for a zero byte: noise with zeros in it gets shorter when it is deflated
 * and costs up to a seventh more, which the data fees of its transactions would not cover.
 */
const STORED_LEVEL = 0;
/** A home transaction is at most 128 KiB: whatever inflates to more than a batch may hold is not ours. */
const maxInflatedBytes = 16 * 1024 * 1024;

type StoredBlock = [
  timestampSeconds: Uint8Array,
  operationCount: Uint8Array,
  transactions: Uint8Array[],
  gateway: [requestCount?: Uint8Array, flatFeeUnits?: Uint8Array],
  dataPriceWei: Uint8Array,
];

/** Data of a batch that this version cannot execute. */
export class LaneDataVersionError extends Error {
  override readonly name = "LaneDataVersionError";
  readonly code = "LANE_DATA_VERSION";
  readonly expected = VERSION;
  constructor(readonly actual: number) {
    super(
      `the contract lane's data has version ${actual}, expected ${VERSION}; ` +
        (actual > VERSION
          ? "use the newest release"
          : "its blocks were made by a release whose blocks home's data do not determine"),
    );
  }
}

export function encodeLaneData(blocks: readonly LaneBlock[]): `0x${string}` {
  const encoded = RLP.encode([
    VERSION,
    blocks.map(({ timestampSeconds, operationCount, transactions, gateway, dataPriceWei }) => [
      timestampSeconds,
      operationCount,
      [...transactions],
      gateway === undefined ? [] : [gateway.requestCount, gateway.flatFeeUnits],
      dataPriceWei,
    ]),
  ]);
  const deflated = deflateRawSync(encoded, { level: COMPRESSION_LEVEL });
  const stored = deflateRawSync(encoded, { level: STORED_LEVEL });
  const cheaper = homeGasOf(deflated) < homeGasOf(stored) ? deflated : stored;
  return `0x${cheaper.toString("hex")}`;
}

/** Throws a {@link LaneDataVersionError}. */
export function decodeLaneData(data: `0x${string}`): LaneBlock[] {
  const bytes = inflateRawSync(hexToBytes(data), { maxOutputLength: maxInflatedBytes });
  const number = (value: Uint8Array) => Number(bytesToBigInt(value));
  const [version, blocks] = RLP.decode(bytes) as unknown as [Uint8Array, StoredBlock[]];
  if (number(version) !== VERSION) throw new LaneDataVersionError(number(version));
  return blocks.map(([timestampSeconds, operationCount, transactions, gateway, dataPriceWei]) => {
    const [requestCount, flatFeeUnits] = gateway;
    return {
      timestampSeconds: number(timestampSeconds),
      operationCount: number(operationCount),
      transactions,
      dataPriceWei: bytesToBigInt(dataPriceWei),
      ...(requestCount === undefined || flatFeeUnits === undefined
        ? {}
        : { gateway: { requestCount: number(requestCount), flatFeeUnits: number(flatFeeUnits) } }),
    };
  });
}

/** What the block before a followed one says. */
type LaneHead = Pick<LaneBlock, "timestampSeconds" | "dataPriceWei">;

/** The one block of a batch without data (docs/SETTLEMENT.md, section 4): everyone makes the same one. */
export function blockWithoutData(
  { timeSeconds, ops }: Pick<PostedBatch, "timeSeconds" | "ops">,
  head: LaneHead,
): LaneBlock {
  return {
    timestampSeconds: Math.max(Number(timeSeconds), head.timestampSeconds),
    operationCount: ops.length,
    transactions: [],
    dataPriceWei: head.dataPriceWei,
  };
}
