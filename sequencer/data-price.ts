import type { Database } from "../state/database.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import { movedDataPriceWei } from "../state/evm/data-fee.ts";
import { HOME_GAS_PRICES, LATEST } from "../state/store/records.ts";

/** How the price of home's gas comes into blocks: from the database, where a stage writes what home asks. */

const WEI_PER_GWEI = 1_000_000_000n;

export interface DataPriceSource {
  readonly database: Database;
  readonly lane: Pick<ContractLane, "head" | "nextBaseFeeWei">;
  /** What a gwei of home's coin is worth in the lane. 0 or left out: transactions pay nothing for their bytes. */
  readonly weiPerHomeGwei?: bigint;
}

/** Of a unit of home's gas, as it should be; undefined if home has never said what its gas costs. */
export function wantedDataPriceWei({
  database,
  weiPerHomeGwei = 0n,
}: Omit<DataPriceSource, "lane">): bigint | undefined {
  if (weiPerHomeGwei === 0n) return 0n;
  const home = HOME_GAS_PRICES.get(database, LATEST);
  return home && (home.priceWei * weiPerHomeGwei + WEI_PER_GWEI - 1n) / WEI_PER_GWEI;
}

/** What the block that is built now gives the next one. A home that has not answered yet leaves the price as it is. */
export function dataPriceOfNextBlock(source: DataPriceSource): bigint {
  const { lane } = source;
  const { dataPriceWei } = lane.head;
  const wanted = wantedDataPriceWei(source) ?? dataPriceWei;
  return movedDataPriceWei({ baseFeeWei: lane.nextBaseFeeWei, dataPriceWei }, wanted);
}
