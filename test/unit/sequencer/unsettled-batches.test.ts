import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeMetrics } from "../../../sequencer/metrics.ts";
import { nodeStatus } from "../../../sequencer/node-status.ts";
import { HOME } from "../../../state/store/confirmation.ts";
import { acceptedCursor, CURSOR, CURSORS, OPERATIONS, readCursor } from "../../../state/store/records.ts";
import { actor, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "./test-sequencer.ts";

const BOUND = 3;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let sequencer: TestSequencer;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  const policy = { maxUnsettledBatches: BOUND };
  sequencer = await TestSequencer.open({ path: directory.path, clock, policy });
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

const closed = () => readCursor(sequencer.database, CURSOR.batches);
const settle = (batch: number) => sequencer.database.write([CURSORS.put(acceptedCursor(HOME), batch)]);

/** The node's status, with stages that do nothing. */
function status() {
  const watcher = { state: "running", readBlock: 0, entriesRead: 0, entriesWaiting: 0 };
  const pipeline = { status: () => ({ watcher, senders: [] }) };
  return nodeStatus({ ...sequencer, pipeline: pipeline as never, startedAtMs: 0, nowMs: 0 });
}

/** Lets deposits come one a batch until no more batches are made. */
async function fillUp(): Promise<void> {
  for (let i = 0; i < BOUND + 2; i++) {
    await sequencer.queue(sequencer.scenario().deposit(actor("alice"), 1_000n, 5));
    await sequencer.buildAll({ closing: true });
  }
}

describe("batches that home has not accepted", () => {
  it("hold up new ones when they are too many, and the status and the metrics say so", async () => {
    await fillUp();
    expect(closed()).toBe(BOUND);
    expect(sequencer.blocks.waitsFor).toMatch(/home to accept batch 1: 3 closed batches wait/);
    expect(status().head.waitsFor).toBe(sequencer.blocks.waitsFor);
    const gauge = nodeMetrics(status).registry.getSingleMetric("neura_blocks_wait_for_home");
    expect((await gauge?.get())?.values[0]?.value).toBe(1);
  });

  it("do not keep operations out of the mempool, nor lose what waits", async () => {
    await fillUp();
    const nonce = sequencer.operations.nextNonce(5);
    const parts = { kind: "transfer", object: 1, amountUnits: 5n } as const;
    const id = await sequencer.operations.submit(sequencer.scenario().signed(5, parts, { nonce }));
    expect(await sequencer.blocks.build()).toBeUndefined();
    await settle(1);
    expect(sequencer.blocks.waitsFor).toBeUndefined();
    expect(status().head.waitsFor).toBeNull();
    await sequencer.buildAll({ closing: true });
    expect(closed()).toBe(BOUND + 1);
    expect(OPERATIONS.get(sequencer.database, id)?.sequenced?.batchNumber).toBe(BOUND + 1);
    expect(readCursor(sequencer.database, CURSOR.priorityDone)).toBe(BOUND + 2);
  });

  it("hold up no batch that is open, also after a restart", async () => {
    await settle(0);
    for (let i = 0; i < BOUND; i++) {
      await sequencer.queue(sequencer.scenario().deposit(actor("alice"), 1_000n, 5));
      await sequencer.buildAll({ closing: i < BOUND - 1 });
    }
    sequencer = await sequencer.reopen();
    expect(closed()).toBe(BOUND - 1);
    expect(sequencer.blocks.waitsFor).toBeUndefined();
    await sequencer.buildAll({ closing: true });
    expect(closed()).toBe(BOUND);
    sequencer = await sequencer.reopen();
    expect(sequencer.blocks.waitsFor).toBeDefined();
  });
});
