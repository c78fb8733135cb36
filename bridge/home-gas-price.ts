import type { Database } from "../state/database.ts";
import { HOME_GAS_PRICES, LATEST } from "../state/store/records.ts";
import { ChainStage, type ChainStageHealth } from "./chain-stage.ts";
import { type FeeMarket, presentPriceWei } from "./fees.ts";
import type { StageRuntime } from "./stage-loop.ts";

export interface HomeGasPriceOptions {
  readonly database: Database;
  /** Home. */
  readonly chain: { readonly feeMarket: () => Promise<FeeMarket>; readonly abort: () => void };
  /** What the sender of batches pays at most: no more is ever asked for it. */
  readonly maxPriceWei: bigint;
  readonly pollMs: number;
  readonly runtime: StageRuntime;
  readonly onFatal: (error: Error) => void;
}

/**
 * Writes down what gas costs on home, base fee and tip, as the sender of batches would pay it now: the block builder prices the
 * bytes of contract transactions by it. While home does not answer, the last price stays.
 */
export class HomeGasPrice extends ChainStage {
  readonly #options: HomeGasPriceOptions;

  constructor(options: HomeGasPriceOptions) {
    super({ ...options, abort: () => options.chain.abort() });
    this.#options = options;
  }

  status(): ChainStageHealth {
    return this.health;
  }

  protected override async round(): Promise<void> {
    const { database, chain, maxPriceWei, runtime } = this.#options;
    const priceWei = presentPriceWei(await chain.feeMarket(), maxPriceWei);
    // Every write is synced, and most of the time the price is what it was.
    if (HOME_GAS_PRICES.get(database, LATEST)?.priceWei === priceWei) return;
    await database.write([HOME_GAS_PRICES.put(LATEST, { priceWei, atMs: runtime.now() })]);
  }
}
