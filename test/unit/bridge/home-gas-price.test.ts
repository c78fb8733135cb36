import { afterEach, beforeEach, expect, it } from "vitest";
import { HomeGasPrice } from "../../../bridge/home-gas-price.ts";
import type { Database } from "../../../state/database.ts";
import { HOME_GAS_PRICES, LATEST } from "../../../state/store/records.ts";
import { FakeSettlementChain } from "./fake-settlement-chain.ts";
import { FakeRuntime, temporaryDatabase, until } from "./stage-fixtures.ts";

const gwei = 10n ** 9n;
let database: Database;
let remove: () => Promise<void>;
let chain: FakeSettlementChain;
let runtime: FakeRuntime;
let stage: HomeGasPrice;

beforeEach(async () => {
  ({ database, remove } = await temporaryDatabase());
  chain = new FakeSettlementChain();
  chain.market = { baseFeePerGasWei: 30n * gwei, priorityFeePerGasWei: 2n * gwei };
  runtime = new FakeRuntime();
  stage = new HomeGasPrice({
    database,
    chain,
    maxPriceWei: 500n * gwei,
    pollMs: 12_000,
    runtime,
    onFatal: (error) => {
      throw error;
    },
  });
  stage.start();
});

afterEach(async () => {
  await stage.close();
  await remove();
});

const price = () => HOME_GAS_PRICES.get(database, LATEST);
const polls = async (count: number) => {
  const seen = runtime.sleeps.length;
  await until(() => runtime.sleeps.length >= seen + count);
};

it("writes what a sender pays on home for gas, base fee and tip, whenever it has changed", async () => {
  await until(() => price()?.priceWei === 32n * gwei);
  const { atMs } = price() ?? {};
  await polls(3);
  expect(price()).toEqual({ priceWei: 32n * gwei, atMs });
  chain.market = { baseFeePerGasWei: 7n, priorityFeePerGasWei: 0n };
  await until(() => price()?.priceWei === 7n);
  expect(runtime.sleeps[0]).toBe(12_000);
});

it("writes no more than the sender of batches ever pays", async () => {
  chain.market = { baseFeePerGasWei: 10n ** 30n, priorityFeePerGasWei: 0n };
  await until(() => price()?.priceWei === 500n * gwei);
});

it("keeps the last price while home does not answer, says so, and goes on when it does", async () => {
  await until(() => price()?.priceWei === 32n * gwei);
  chain.isDown = true;
  await until(() => stage.status().state === "retrying");
  expect(stage.status().lastError?.code).toBe("L1_REQUEST_FAILED");
  expect(price()?.priceWei).toBe(32n * gwei);
  chain.market = { baseFeePerGasWei: 3n, priorityFeePerGasWei: 1n };
  chain.isDown = false;
  await until(() => price()?.priceWei === 4n);
  await until(() => stage.status().state === "running");
});
