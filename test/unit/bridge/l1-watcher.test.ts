import { keccak256, toHex } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HomeQueue } from "../../../bridge/home-queue.ts";
import { type BlockReference, L1RequestError } from "../../../bridge/l1-connection.ts";
import { L1Watcher } from "../../../bridge/l1-watcher.ts";
import { VaultShortfallError } from "../../../bridge/vault-check.ts";
import type { Database, Write } from "../../../state/database.ts";
import {
  CURSOR,
  CURSORS,
  PRIORITY_QUEUE,
  type PriorityRecord,
  readCursor,
} from "../../../state/store/records.ts";
import { FakeRuntime, temporaryDatabase, until } from "./stage-fixtures.ts";

const entry = (index: number, amount = 100n): PriorityRecord => ({
  index,
  words: [amount, 1n, 2n, 3n],
  caller: 7n,
  queuedAt: 1_700_000_000n,
  deadlineSeconds: 1_700_000_600n,
});

/** A home chain whose blocks hold queue entries, and an RPC in front of it that can be down or lie. */
class FakeHomeQueue implements HomeQueue {
  readonly rangeBlocks = 10;
  readonly ranges: [from: number, to: number][] = [];
  isDown = false;
  /** Entries that the log query leaves out. */
  hidden = new Set<number>();
  onOperations: () => void = () => {};
  #blocks: { readonly hash: `0x${string}`; readonly entries: PriorityRecord[] }[] = [];
  #history = 0;

  finalizedBlock = (): Promise<BlockReference> => this.block(this.#blocks.length - 1);

  async block(number: number): Promise<BlockReference> {
    const block = this.#blocks[number];
    if (this.isDown || block === undefined) throw new L1RequestError("home", "block", "none");
    return { number, hash: block.hash };
  }

  async operations(fromBlock: number, toBlock: number): Promise<PriorityRecord[]> {
    this.onOperations();
    if (this.isDown) throw new L1RequestError("home", "logs", "none");
    this.ranges.push([fromBlock, toBlock]);
    const entries = this.#blocks.slice(fromBlock, toBlock + 1).flatMap((block) => block.entries);
    return entries.filter(({ index }) => !this.hidden.has(index));
  }

  /** Claims by block. */
  claims = new Map<number, bigint>();

  async claimedUnits(fromBlock: number, toBlock: number): Promise<bigint> {
    return [...this.claims]
      .filter(([block]) => block >= fromBlock && block <= toBlock)
      .reduce((sum, [, units]) => sum + units, 0n);
  }

  async length(atBlock: number): Promise<number> {
    return this.#blocks.slice(0, atBlock + 1).flatMap((block) => block.entries).length;
  }

  abort(): void {}

  mine(...entries: PriorityRecord[]): void {
    this.#blocks.push({ hash: keccak256(toHex(`${this.#history}:${this.#blocks.length}`)), entries });
  }

  mineEmpty(count: number): void {
    for (let i = 0; i < count; i++) this.mine();
  }

  /** Goes back to an earlier block; the blocks that follow will be others. */
  rewindTo(height: number): void {
    this.#blocks = this.#blocks.slice(0, height + 1);
    this.#history += 1;
  }

  get height(): number {
    return this.#blocks.length - 1;
  }
}

let database: Database;
let remove: () => Promise<void>;
let queue: FakeHomeQueue;
let runtime: FakeRuntime;
let watchers: L1Watcher[];
let fatal: Error[];

beforeEach(async () => {
  ({ database, remove } = await temporaryDatabase());
  queue = new FakeHomeQueue();
  queue.mine();
  runtime = new FakeRuntime();
  watchers = [];
  fatal = [];
});

afterEach(async () => {
  await Promise.all(watchers.map((watcher) => watcher.close()));
  await remove();
});

function startWatcher(): L1Watcher {
  const onFatal = (error: Error) => fatal.push(error);
  const watcher = new L1Watcher({ database, queue, firstBlock: 1, pollMs: 1_000, runtime, onFatal });
  watchers.push(watcher);
  watcher.start();
  return watcher;
}

const read = () => readCursor(database, CURSOR.priorityRead);
const readBlock = () => readCursor(database, CURSOR.homeBlock);
const amounts = () =>
  Array.from({ length: read() }, (_, index) => PRIORITY_QUEUE.get(database, index)?.words[0]);
const markExecuted = (count: number) => database.write([CURSORS.put(CURSOR.priorityDone, count)]);

describe("the vault's check", () => {
  it("is run at the finalized block, with the claims up to it, and not again at once", async () => {
    const checks: [number, bigint][] = [];
    const vault = {
      run: async (block: number, claimedUnits: bigint) => {
        checks.push([block, claimedUnits]);
      },
    };
    queue.claims.set(3, 5n).set(14, 7n);
    queue.mineEmpty(20);
    const onFatal = (error: Error) => fatal.push(error);
    let nowMs = 1_700_000_000_000;
    const clock = Object.assign(new FakeRuntime(), { now: () => nowMs });
    const options = { database, queue, firstBlock: 1, pollMs: 1_000, runtime: clock, onFatal, vault };
    const watcher = new L1Watcher(options);
    watchers.push(watcher);
    watcher.start();
    await until(() => checks.length === 1);
    expect(checks).toEqual([[20, 12n]]);
    queue.claims.set(21, 1n);
    queue.mine();
    await until(() => readBlock() === 21);
    expect(checks).toHaveLength(1);
    nowMs += 20_000;
    queue.mine();
    await until(() => checks.length === 2);
    expect(checks[1]).toEqual([22, 13n]);
  });

  it("stops the node when it fails", async () => {
    const shortfall = new VaultShortfallError(1, 2n, 1n);
    const vault = { run: () => Promise.reject(shortfall) };
    queue.mine();
    const onFatal = (error: Error) => fatal.push(error);
    const watcher = new L1Watcher({ database, queue, firstBlock: 1, pollMs: 1_000, runtime, onFatal, vault });
    watchers.push(watcher);
    watcher.start();
    await until(() => fatal.length === 1);
    expect(fatal).toEqual([shortfall]);
  });
});

describe("reading the queue", () => {
  it("tells until when the oldest entry may wait", async () => {
    queue.mine(entry(0), { ...entry(1), deadlineSeconds: 1_700_000_602n });
    const watcher = startWatcher();
    await until(() => read() === 2);
    expect(watcher.status().oldestWaiting).toEqual({ index: 0, deadlineSeconds: 1_700_000_600 });
    await markExecuted(1);
    expect(watcher.status().oldestWaiting).toEqual({ index: 1, deadlineSeconds: 1_700_000_602 });
    await markExecuted(2);
    expect(watcher.status().oldestWaiting).toBeUndefined();
  });

  it("stores entries of finalized blocks in order, in bounded ranges of blocks", async () => {
    queue.mine(entry(0, 10n), entry(1, 11n));
    queue.mineEmpty(30);
    queue.mine(entry(2, 12n));
    const watcher = startWatcher();
    await until(() => read() === 3);
    expect(amounts()).toEqual([10n, 11n, 12n]);
    expect(queue.ranges).toEqual([
      [1, 10],
      [11, 20],
      [21, 30],
      [31, 32],
    ]);
    expect(watcher.status()).toMatchObject({
      state: "running",
      readBlock: 32,
      finalizedBlock: 32,
      entriesRead: 3,
      entriesWaiting: 3,
      error: undefined,
    });
  });

  it("goes on where it ended before", async () => {
    queue.mine(entry(0));
    const first = startWatcher();
    await until(() => read() === 1);
    await first.close();
    queue.ranges.length = 0;
    queue.mine(entry(1));
    startWatcher();
    await until(() => read() === 2);
    expect(queue.ranges).toEqual([[2, 2]]);
  });

  it("writes the entries of a range and all cursors in one write", async () => {
    const writes: (readonly Write[])[] = [];
    const write = database.write.bind(database);
    database.write = async (changes) => {
      writes.push(changes);
      await write(changes);
    };
    queue.mine(entry(0), entry(1));
    startWatcher();
    await until(() => read() === 2);
    expect(writes).toHaveLength(1);
    const keys = writes[0]?.map(({ space, key }) => `${space.name}/${Buffer.from(key).toString()}`);
    expect(keys).toContain(`cursor/${CURSOR.homeBlock}`);
    expect(keys).toContain(`cursor/${CURSOR.priorityRead}`);
    expect(keys?.filter((name) => name.startsWith("priority/"))).toHaveLength(2);
  });

  it("survives a dead RPC and goes on when it is back", async () => {
    queue.isDown = true;
    const watcher = startWatcher();
    await until(() => runtime.sleeps.length > 20);
    expect(watcher.status()).toMatchObject({ state: "retrying", lastError: { code: "L1_REQUEST_FAILED" } });
    expect(Math.max(...runtime.sleeps)).toBe(30_000);
    queue.isDown = false;
    queue.mine(entry(0));
    await until(() => read() === 1);
    expect(fatal).toEqual([]);
  });

  it.each([
    ["the newest", 2],
    ["one in the middle", 1],
  ])("does not pass over an entry that the RPC leaves out: %s", async (_which, hidden) => {
    queue.hidden.add(hidden);
    queue.mine(entry(0, 10n));
    queue.mineEmpty(12);
    queue.mine(entry(1, 11n));
    queue.mineEmpty(12);
    queue.mine(entry(2, 12n));
    const watcher = startWatcher();
    await until(() => watcher.status().lastError?.code === "HOME_QUEUE_INCOMPLETE");
    expect(read()).toBeLessThanOrEqual(hidden);
    queue.hidden.clear();
    await until(() => read() === 3);
    expect(amounts()).toEqual([10n, 11n, 12n]);
  });
});

describe("a home chain that lost its newest blocks", () => {
  beforeEach(async () => {
    queue.mineEmpty(5);
    queue.mine(entry(0, 10n));
    queue.mineEmpty(3);
    queue.mine(entry(1, 11n));
    startWatcher();
    await until(() => readBlock() === queue.height);
  });

  it("waits while it is shorter than what was read", async () => {
    queue.rewindTo(7);
    await until(() => runtime.sleeps.length > 50);
    expect(amounts()).toEqual([10n, 11n]);
    expect(fatal).toEqual([]);
  });

  it("neither loses nor doubles entries when they come back in other blocks", async () => {
    queue.rewindTo(7);
    queue.mineEmpty(6);
    queue.mine(entry(1, 11n), entry(2, 12n));
    await until(() => read() === 3);
    expect(amounts()).toEqual([10n, 11n, 12n]);
    expect(readBlock()).toBe(queue.height);
  });

  it("replaces an entry that no block of ours has executed", async () => {
    queue.rewindTo(7);
    queue.mine(entry(1, 99n));
    queue.mineEmpty(10);
    await until(() => readBlock() === queue.height);
    expect(amounts()).toEqual([10n, 99n]);
  });

  it("drops an entry that is gone and that no block of ours has executed", async () => {
    await markExecuted(1);
    queue.rewindTo(7);
    queue.mineEmpty(10);
    await until(() => read() === 1 && readBlock() === queue.height);
    expect(PRIORITY_QUEUE.get(database, 1)).toBeUndefined();
    queue.mine(entry(1, 55n));
    await until(() => read() === 2);
    expect(amounts()).toEqual([10n, 55n]);
  });

  it.each([
    ["gone", []],
    ["another one", [entry(1, 99n)]],
  ])("stops when an executed entry is %s", async (_what, entries) => {
    await markExecuted(2);
    queue.rewindTo(7);
    queue.mine(...entries);
    queue.mineEmpty(10);
    await until(() => fatal.length === 1);
    expect(fatal[0]).toMatchObject({ code: "HOME_HISTORY_LOST", index: 1 });
  });
});
