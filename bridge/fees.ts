/** Fees of an EIP-1559 transaction, per unit of gas. */
export interface Fees {
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}

/** What a chain asks at the moment. */
export interface FeeMarket {
  readonly baseFeePerGasWei: bigint;
  readonly priorityFeePerGasWei: bigint;
}

/** The base fee rises by at most 1/8 a block (EIP-1559), so twice of it stays enough for at least five full blocks. */
const BASE_FEE_HEADROOM = 2n;

/** Nodes replace a pending transaction only if both of its fees rise, by 10 % in most of them; 1/8 is on the safe side. */
const bumped = (feeWei: bigint): bigint => feeWei + (feeWei + 7n) / 8n + 1n;

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** What a transaction that goes into the next block pays, at most the bound. */
export const presentPriceWei = (market: FeeMarket, boundPerGasWei: bigint): bigint =>
  smaller(market.baseFeePerGasWei + market.priorityFeePerGasWei, boundPerGasWei);

/** Fees of a first attempt. Above the bound the transaction offers the bound, and waits until the chain gets cheaper. */
export function firstFees(market: FeeMarket, boundPerGasWei: bigint): Fees {
  const { baseFeePerGasWei, priorityFeePerGasWei } = market;
  return {
    maxFeePerGasWei: smaller(BASE_FEE_HEADROOM * baseFeePerGasWei + priorityFeePerGasWei, boundPerGasWei),
    maxPriorityFeePerGasWei: smaller(priorityFeePerGasWei, boundPerGasWei),
  };
}

/** Fees that replace a pending transaction, or undefined if they would pass the bound. */
export function replacementFees(previous: Fees, market: FeeMarket, boundPerGasWei: bigint): Fees | undefined {
  const wanted = firstFees(market, boundPerGasWei);
  const maxFeePerGasWei = larger(bumped(previous.maxFeePerGasWei), wanted.maxFeePerGasWei);
  const maxPriorityFeePerGasWei = larger(
    bumped(previous.maxPriorityFeePerGasWei),
    wanted.maxPriorityFeePerGasWei,
  );
  if (maxFeePerGasWei > boundPerGasWei || maxPriorityFeePerGasWei > maxFeePerGasWei) return undefined;
  return { maxFeePerGasWei, maxPriorityFeePerGasWei };
}
