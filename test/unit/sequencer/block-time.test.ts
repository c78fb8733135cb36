import { afterEach, beforeEach, expect, it } from "vitest";
import { TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { account, lower, signTransfer, temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "./test-sequencer.ts";

const payer = account(1);

/** A clock of which every look takes so long. */
class FakeClock {
  lookMs = 0;
  #nowMs = Number(TEST_START_SECONDS) * 1000;

  get nowMs(): number {
    this.#nowMs += this.lookMs;
    return this.#nowMs;
  }

  set nowMs(value: number) {
    this.#nowMs = value;
  }
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let clock: FakeClock;
let sequencer: TestSequencer;

beforeEach(async () => {
  directory = await temporaryDirectory();
  clock = new FakeClock();
  sequencer = await TestSequencer.open({ path: directory.path, clock });
  const toPayer = { kind: "depositToEvm", object: 3, amountUnits: 10n ** 12n } as const;
  await sequencer.queue(sequencer.scenario().priority({ ...toPayer, w1: BigInt(payer.address) }));
  await sequencer.buildAll({ closing: true });
  for (let nonce = 0; nonce < 5; nonce++) {
    const transfer = await signTransfer(sequencer.lane, payer, {
      nonce,
      to: lower(account(2).address),
      value: 1n,
    });
    await sequencer.transactions.add(transfer.raw);
  }
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

/** Signed transactions of the block that is built now. */
async function mined(): Promise<number | undefined> {
  const number = await sequencer.blocks.build();
  const block = number === undefined ? undefined : sequencer.lane.getBlock(number);
  return block?.transactions.filter(({ sender }) => sender === lower(payer.address)).length;
}

it("a block whose transactions take too long leaves the others to the next one, which comes at once", async () => {
  clock.lookMs = 400;
  const first = (await mined()) as number;
  expect(first).toBeGreaterThan(1);
  expect(first).toBeLessThan(5);
  expect(sequencer.blocks.isBehind).toBe(true);
  expect(await mined()).toBe(5 - first);
  expect(await mined()).toBeUndefined();
});

it("a block has one transaction at least, however long it takes", async () => {
  clock.lookMs = 60_000;
  for (let block = 0; block < 5; block++) expect(await mined()).toBe(1);
  expect(await mined()).toBeUndefined();
});

it("a block that has the time takes them all", async () => {
  clock.lookMs = 1;
  expect(await mined()).toBe(5);
  expect(sequencer.blocks.isBehind).toBe(false);
});
