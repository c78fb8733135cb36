import type { Block } from "../../state/evm/block-store.ts";
import { nextBaseFeeWei } from "../../state/evm/chain-rules.ts";
import { invalidArgument, RpcError, serverErrorCode } from "../errors.ts";
import type { Method } from "../method.ts";
import type { EthBackend } from "./backend.ts";
import { cannotUnmarshal, jsonKind, uint64 } from "./hex.ts";
import { blockNumber } from "./parameters.ts";
import { hexQuantity } from "./views.ts";

/** What wallets ask before they price a transaction. */

/** Blocks are rarely full, so any tip gets in; this one is ahead of those who offer none. */
const suggestedTipWei = 1_000_000n;
const maxFeeHistoryBlocks = 1_024;
const maxPercentiles = 100;

export function feeMethods(backend: EthBackend): Record<string, Method> {
  const { lane } = backend;
  return {
    // A legacy price cannot follow the base fee: a quarter more lets it wait through two full blocks.
    eth_gasPrice: async () => hexQuantity((lane.nextBaseFeeWei * 5n) / 4n + suggestedTipWei),
    eth_maxPriorityFeePerGas: async () => hexQuantity(suggestedTipWei),
    eth_baseFee: async () => hexQuantity(lane.nextBaseFeeWei),
    // The least price there is: no block has blobs.
    eth_blobBaseFee: async () => "0x1",
    eth_feeHistory: async (params) => feeHistory(backend, params),
  };
}

function feeHistory(backend: EthBackend, params: readonly unknown[]): Record<string, unknown> {
  const asked = blockCount(params[0]);
  const newest = blockNumber(backend, params[1] ?? "latest", 1);
  if (newest > backend.lane.head.number) {
    throw new RpcError(
      serverErrorCode,
      `request beyond head block: requested ${newest}, head ${backend.lane.head.number}`,
    );
  }
  const percentiles = readPercentiles(params[2]);
  const count = Math.min(Number(asked), maxFeeHistoryBlocks, newest + 1);
  if (count === 0) return { oldestBlock: "0x0", gasUsedRatio: null };
  const blocks: Block[] = [];
  for (let number = newest - count + 1; number <= newest; number++) {
    const block = backend.lane.getBlock(number);
    if (block !== undefined) blocks.push(block);
  }
  const last = blocks.at(-1);
  const next = last === undefined ? [] : [nextBaseFeeWei(last)];
  return {
    oldestBlock: hexQuantity(blocks[0]?.number ?? newest),
    baseFeePerGas: [...blocks.map(({ baseFeeWei }) => baseFeeWei), ...next].map(hexQuantity),
    gasUsedRatio: blocks.map(({ gasUsed, gasLimit }) => Number(gasUsed) / Number(gasLimit)),
    baseFeePerBlobGas: [...blocks, ...next].map(() => "0x1"), // the least price: there are no blobs here
    blobGasUsedRatio: blocks.map(() => 0),
    ...(percentiles === undefined
      ? {}
      : { reward: blocks.map((block) => tipsAt(backend, block, percentiles).map(hexQuantity)) }),
  };
}

/** geth takes a number in hex or in decimals. */
function blockCount(value: unknown): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === "string" && /^[0-9]{1,19}$/.test(value)) return BigInt(value);
  return uint64(value, { position: 0 });
}

function readPercentiles(value: unknown): readonly number[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw cannotUnmarshal(jsonKind(value), { position: 2 }, "[]float64");
  const fault = value.find((entry) => typeof entry !== "number");
  if (fault !== undefined) throw cannotUnmarshal(jsonKind(fault), { position: 2 }, "float64");
  if (value.length > maxPercentiles) {
    throw invalidArgument(2, `over the query limit ${maxPercentiles}: too many percentiles`);
  }
  for (const [index, entry] of (value as number[]).entries()) {
    if (entry < 0 || entry > 100)
      throw new RpcError(serverErrorCode, `invalid reward percentile: ${entry.toFixed(6)}`);
    const before = value[index - 1] as number | undefined;
    if (before !== undefined && entry <= before) {
      const where = `#${index - 1}:${before.toFixed(6)} >= #${index}:${entry.toFixed(6)}`;
      throw new RpcError(serverErrorCode, `invalid reward percentile: ${where}`);
    }
  }
  return value as number[];
}

/** The tips that stand at the given percentiles of the gas that a block used. System transactions do not count. */
function tipsAt(backend: EthBackend, block: Block, percentiles: readonly number[]): bigint[] {
  const receipts = backend.lane.getReceipts(block.number) ?? [];
  const paid = receipts
    .filter(({ effectiveGasPriceWei }) => effectiveGasPriceWei >= block.baseFeeWei)
    .map(({ effectiveGasPriceWei, gasUsed }) => ({ tip: effectiveGasPriceWei - block.baseFeeWei, gasUsed }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0));
  const total = paid.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  return percentiles.map((percentile) => {
    const threshold = (total * BigInt(Math.round(percentile * 100))) / 10_000n;
    let gas = 0n;
    for (const { tip, gasUsed } of paid) {
      gas += gasUsed;
      if (gas >= threshold) return tip;
    }
    return 0n;
  });
}
