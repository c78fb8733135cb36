import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeMetrics } from "../../../sequencer/metrics.ts";
import { nodeStatus } from "../../../sequencer/node-status.ts";
import { rewindTo } from "../../../sequencer/rewind.ts";
import { StatePruner } from "../../../sequencer/state-pruner.ts";
import { HOME } from "../../../state/store/confirmation.ts";
import {
  BATCHES,
  type BatchRecord,
  CURSOR,
  CURSORS,
  finalizedCursor,
  readCursor,
} from "../../../state/store/records.ts";
import { TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { account, lower, temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "./test-sequencer.ts";

const recipient = lower(account(2).address);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let sequencer: TestSequencer;
let pausesMs: number[];

beforeEach(async () => {
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  sequencer = await TestSequencer.open({ path: directory.path, clock });
  pausesMs = [];
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

/** One batch with one block that moves money to the contract lane. */
async function batch(): Promise<void> {
  const deposit = { kind: "depositToEvm", object: 3, amountUnits: 5n } as const;
  await sequencer.queue(sequencer.scenario().priority({ ...deposit, w1: BigInt(recipient) }));
  await sequencer.buildAll({ closing: true });
}

const closed = () => readCursor(sequencer.database, CURSOR.batches);
const lastBlockOf = (number: number) => (BATCHES.get(sequencer.database, number) as BatchRecord).lastBlock;
const finalize = (number: number) => sequencer.database.write([CURSORS.put(finalizedCursor(HOME), number)]);
const head = () => sequencer.lane.head.number;
const oldest = () => sequencer.lane.history.oldestBlock;

async function prune(historyBlocks: number): Promise<void> {
  const { database, lane } = sequencer;
  const sleep = async (durationMs: number) => {
    pausesMs.push(durationMs);
  };
  const pruner = new StatePruner({ database, lane, historyBlocks, clock: { now: () => 0, sleep } });
  while (await pruner.step(new AbortController().signal));
}

describe("the state pruner", () => {
  it("keeps the states of as many newest blocks as it is told", async () => {
    for (let i = 0; i < 8; i++) await batch();
    await finalize(closed());
    await prune(head());
    expect(oldest()).toBe(1);
    await prune(4);
    expect(oldest()).toBe(head() - 3);
    await expect(sequencer.lane.getBalance(recipient, head() - 3)).resolves.toBeGreaterThan(0n);
    await expect(sequencer.lane.getBalance(recipient, head() - 4)).rejects.toThrow(/is not available/);
  });

  it("keeps everything when it is told so, and has nothing to do before there is more than the history", async () => {
    for (let i = 0; i < 3; i++) await batch();
    await finalize(closed());
    await prune(Number.POSITIVE_INFINITY);
    await prune(head() + 1);
    expect(oldest()).toBe(0);
    expect(pausesMs).toEqual([]);
  });

  it("keeps every state to which the node may go back: nothing of what is not final on home goes", async () => {
    for (let i = 0; i < 8; i++) await batch();
    await prune(1);
    expect(oldest()).toBe(0);
    await finalize(3);
    await prune(1);
    expect(oldest()).toBe(lastBlockOf(3));
    const { database, lane } = sequencer;
    const balanceWei = await lane.getBalance(recipient, lastBlockOf(3));
    await rewindTo({ database, lane, batch: 3 }, []);
    sequencer = await sequencer.reopen();
    expect(await sequencer.lane.getBalance(recipient)).toBe(balanceWei);
    for (let i = 0; i < 4; i++) await batch();
    await finalize(closed());
    await prune(1);
    expect(oldest()).toBe(head());
    expect(await sequencer.lane.getBalance(recipient)).toBeGreaterThan(balanceWei);
  });

  it("shows in status and metrics which states are left, and how much it has deleted", async () => {
    for (let i = 0; i < 5; i++) await batch();
    await finalize(closed());
    await prune(2);
    const watcher = { state: "running", readBlock: 0, entriesRead: 0, entriesWaiting: 0 };
    const pipeline = { status: () => ({ watcher, senders: [] }) };
    const status = () => nodeStatus({ ...sequencer, pipeline: pipeline as never, startedAtMs: 0, nowMs: 0 });
    const { deletedNodes } = sequencer.lane.history;
    expect(status().states).toEqual({ oldestBlock: head() - 1, deletedNodes });
    expect(deletedNodes).toBeGreaterThan(0);
    const { registry } = nodeMetrics(status);
    const value = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value;
    expect(await value("neura_state_oldest_block")).toBe(head() - 1);
    expect(await value("neura_state_nodes_deleted")).toBe(deletedNodes);
  });

  it("pauses between its writes while there is more to delete", async () => {
    for (let i = 0; i < 8; i++) await batch();
    await finalize(closed());
    const { history } = sequencer.lane;
    for (let i = 0; i < 60; i++) await batch();
    await finalize(closed());
    await prune(2);
    expect(history.deletedNodes).toBeGreaterThan(500);
    expect(pausesMs.length).toBeGreaterThan(0);
    expect(new Set(pausesMs)).toEqual(new Set([20]));
  });
});
