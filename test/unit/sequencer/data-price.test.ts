import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeLaneData } from "../../../sequencer/lane-data.ts";
import { nodeMetrics } from "../../../sequencer/metrics.ts";
import { nodeStatus } from "../../../sequencer/node-status.ts";
import { rewindTo } from "../../../sequencer/rewind.ts";
import {
  BATCHES,
  type BatchRecord,
  CURSOR,
  HOME_GAS_PRICES,
  LATEST,
  readCursor,
} from "../../../state/store/records.ts";
import { actor, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { account, gwei, lower, signTransfer, temporaryDirectory } from "../evm/lane-fixture.ts";
import { FakeHome } from "./fake-home.ts";
import { TestSequencer } from "./test-sequencer.ts";

const ONE = 10n ** 9n;
const payer = account(1);
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let clock: { nowMs: number };
let home: FakeHome;
let sequencer: TestSequencer;

beforeEach(async () => {
  directory = await temporaryDirectory();
  clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  home = new FakeHome();
  sequencer = await open(ONE);
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

const open = (weiPerHomeGwei: bigint) =>
  TestSequencer.open({ path: directory.path, clock, home, weiPerHomeGwei });
const reopen = async (weiPerHomeGwei: bigint) => {
  await sequencer.close();
  sequencer = await open(weiPerHomeGwei);
};
const asks = (priceWei: bigint) =>
  sequencer.database.write([HOME_GAS_PRICES.put(LATEST, { priceWei, atMs: 0 })]);
const forgets = () => sequencer.database.write([HOME_GAS_PRICES.del(LATEST)]);
const price = () => sequencer.lane.head.dataPriceWei;
const closed = () => readCursor(sequencer.database, CURSOR.batches);

/** One block more, with a deposit in it. */
async function block(): Promise<bigint> {
  await sequencer.queue(sequencer.scenario().deposit(actor("alice"), 1_000n));
  await sequencer.buildAll();
  return price();
}

/** Closes the open batch and lets home have it. */
async function settle(): Promise<void> {
  await sequencer.buildAll({ closing: true });
  for (let number = home.state.newest.number + 1; number <= closed(); number++)
    await home.settle(sequencer.database, number);
}

describe("the data price", () => {
  it("is 0 until home has said what its gas costs, and stays while it says nothing new", async () => {
    expect(await block()).toBe(0n);
    await asks(3n * gwei);
    expect(await block()).toBe(3n * gwei);
    expect(await block()).toBe(3n * gwei);
    // As after a start with an empty table, of a node whose blocks have a price.
    await forgets();
    expect(await block()).toBe(3n * gwei);
  });

  it("follows home's price, lifting the base fee by an eighth a block at most", async () => {
    await asks(400n * gwei);
    for (let i = 0; i < 5; i++) {
      await block();
      const { baseFeeWei } = sequencer.lane.head;
      expect(price()).toBe(4n * (baseFeeWei + baseFeeWei / 8n));
      expect(sequencer.lane.nextBaseFeeWei).toBe(baseFeeWei + baseFeeWei / 8n);
    }
    await asks(0n);
    const before = price();
    expect(await block()).toBe(before - (before + 7n) / 8n);
  });

  it("is home's price in wei of the lane, rounded up", async () => {
    await reopen(ONE / 4n);
    await asks(10n);
    expect(await block()).toBe(3n);
    await reopen(30_000n * ONE);
    await asks(2n);
    expect(await block()).toBe(60_000n);
  });

  it("goes back to 0 when it is turned off", async () => {
    await asks(30n);
    expect(await block()).toBe(30n);
    await reopen(0n);
    await forgets();
    for (let i = 0; i < 20; i++) await block();
    expect(price()).toBe(0n);
  });

  it("is there after a restart without home's answer", async () => {
    await asks(3n * gwei);
    await block();
    await reopen(ONE);
    expect(price()).toBe(3n * gwei);
    expect(await block()).toBe(3n * gwei);
  });
});

describe("home's data of a batch", () => {
  it("has the price of every block, from which the next one's base fee follows", async () => {
    await block();
    await asks(50n * gwei);
    for (let i = 0; i < 3; i++) await block();
    await settle();
    const { firstBlock, lastBlock, laneData } = BATCHES.get(sequencer.database, 1) as BatchRecord;
    const blocks = decodeLaneData(laneData);
    expect(blocks).toHaveLength(lastBlock - firstBlock + 1);
    const prices = blocks.map(({ dataPriceWei }) => dataPriceWei);
    expect(prices).toEqual(prices.map((_, i) => sequencer.lane.getBlock(firstBlock + i)?.dataPriceWei));
    expect(new Set(prices).size).toBeGreaterThan(2);
  });

  it("has none of a batch that somebody else made: its block keeps its parent's price", async () => {
    await asks(3n * gwei);
    await block();
    await settle();
    const before = sequencer.lane.head;
    await sequencer.queue({
      ...sequencer.scenario().deposit(actor("bob"), 7n),
      queuedAt: BigInt(Math.floor(clock.nowMs / 1000)),
    });
    await home.readQueue(sequencer.database);
    clock.nowMs += 3_600_000;
    home.makeForeign(BigInt(Math.floor(clock.nowMs / 1000)));
    await asks(4n * gwei);
    await reopen(ONE);
    expect(sequencer.lane.head).toMatchObject({ number: before.number + 1, dataPriceWei: 3n * gwei });
    expect(sequencer.lane.getBlock(before.number)?.hash).toBe(before.hash);
    expect(await block()).toBeGreaterThan(3n * gwei);
  });
});

describe("blocks that are taken back", () => {
  it("take their prices with them", async () => {
    await asks(2n * gwei);
    await block();
    await settle();
    const { hash, number } = sequencer.lane.head;
    await asks(4n * gwei);
    expect(await block()).toBeGreaterThan(2n * gwei);
    await rewindTo({ database: sequencer.database, lane: sequencer.lane, batch: closed() }, []);
    await reopen(ONE);
    expect(sequencer.lane.getBlock(number)?.hash).toBe(hash);
    expect(sequencer.lane.getBlock(number)?.dataPriceWei).toBe(2n * gwei);
  });
});

describe("a data fee", () => {
  it("reaches the fee recipient from a transaction in a batch, and the lane holds what the ledger says", async () => {
    const toPayer = { kind: "depositToEvm", object: 3, amountUnits: 10n ** 10n } as const;
    await sequencer.queue(sequencer.scenario().priority({ ...toPayer, w1: BigInt(payer.address) }));
    await asks(4n * gwei);
    await sequencer.buildAll();
    const to = lower(account(2).address);
    const { raw, hash } = await signTransfer(sequencer.lane, payer, { nonce: 0, to, value: 1n });
    await sequencer.transactions.add(raw);
    // buildBlock compares the lane's balances with what the ledger holds for it.
    await sequencer.buildAll();
    const { feeRecipient } = sequencer.lane;
    const feeWei = sequencer.lane.getReceipt(hash)?.dataFee?.feeWei as bigint;
    expect(feeWei).toBeGreaterThan(0n);
    expect(await sequencer.lane.getBalance(feeRecipient)).toBe(feeWei);
  });
});

describe("status and metrics", () => {
  it("show the price, what it follows, and the base fee", async () => {
    const status = () => {
      const watcher = { state: "running", readBlock: 0, entriesRead: 0, entriesWaiting: 0 };
      const pipeline = { status: () => ({ watcher, senders: [] }) };
      return nodeStatus({ ...sequencer, pipeline: pipeline as never, startedAtMs: 0, nowMs: 0 });
    };
    const { registry } = nodeMetrics(status);
    const metric = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value;
    expect(status().dataPrice).toMatchObject({ dataPriceWei: "0", homeGasPriceWei: null });
    expect(await metric("neura_home_gas_price_wei")).toBe(0);
    await reopen(2n * ONE);
    await asks(gwei);
    await block();
    const { nextBaseFeeWei } = sequencer.lane;
    expect(status().dataPrice).toEqual({
      dataPriceWei: String(2n * gwei),
      homeGasPriceWei: String(gwei),
      baseFeeWei: String(nextBaseFeeWei),
    });
    expect(await metric("neura_home_gas_price_wei")).toBe(Number(gwei));
    expect(await metric("neura_data_price_wei")).toBe(2 * Number(gwei));
    expect(await metric("neura_base_fee_wei")).toBe(Number(nextBaseFeeWei));
  });
});
