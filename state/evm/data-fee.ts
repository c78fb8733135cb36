import { baseFeeChangeDenominator, laneDataGasFactor, systemAddress } from "./chain-rules.ts";
import type { SignedTransaction } from "./transaction.ts";
import type { DataFee } from "./types.ts";

/** What the bytes of transactions cost on home, and the part of their fees that stands for it. */

/** Home's gas of a byte of calldata at the floor that EIP-7623 sets: what a batch with much data pays for it. */
const homeGasPerByte = 40n;
const homeGasPerZeroByte = 10n;

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** What all transactions of a block are priced by. Both follow from its parent. */
export interface BlockPrices {
  readonly baseFeeWei: bigint;
  /** Of a unit of home's gas. */
  readonly dataPriceWei: bigint;
}

/** Home's gas of bytes that are posted there as they are. */
export function homeGasOf(bytes: Uint8Array): bigint {
  let zeroBytes = 0;
  for (const byte of bytes) if (byte === 0) zeroBytes += 1;
  return BigInt(bytes.length - zeroBytes) * homeGasPerByte + BigInt(zeroBytes) * homeGasPerZeroByte;
}

/**
 * The part of a transaction's base fees that pays for its bytes on home: all of them at most, which an access list may come to,
 * whose gas is less than its bytes would need. Undefined for system transactions, and where home's gas has no price.
 */
export function dataFeeOf(
  { raw, sender }: Pick<SignedTransaction, "raw" | "sender">,
  gasUsed: bigint,
  { baseFeeWei, dataPriceWei }: BlockPrices,
): DataFee | undefined {
  if (dataPriceWei === 0n || sender === systemAddress) return undefined;
  const homeGasUsed = homeGasOf(raw);
  const costWei = homeGasUsed * dataPriceWei;
  const paidWei = gasUsed * baseFeeWei;
  return { homeGasUsed, dataPriceWei, feeWei: smaller(costWei, paidWei) };
}

/**
 * The price that a block gives its child, on the way from its own to the one wanted. Upwards as far as it lifts the child's base
 * fee by an eighth, as a full block does: a fee cap that leaves room for full blocks leaves room for this. Downwards by an eighth
 * of the price, so that one wrong answer of home's is soon made up for.
 */
export function movedDataPriceWei({ baseFeeWei, dataPriceWei }: BlockPrices, wantedWei: bigint): bigint {
  const highestWei = laneDataGasFactor * (baseFeeWei + baseFeeWei / baseFeeChangeDenominator);
  const lowestWei = dataPriceWei - (dataPriceWei + baseFeeChangeDenominator - 1n) / baseFeeChangeDenominator;
  return wantedWei < lowestWei ? lowestWei : smaller(wantedWei, highestWei);
}
