import type { Database, Write } from "../state/database.ts";
import {
  CLAIMED_UNITS,
  CURSOR,
  CURSORS,
  LATEST,
  PRIORITY_QUEUE,
  type PriorityRecord,
  readCursor,
} from "../state/store/records.ts";
import { ChainStage, type ChainStageHealth } from "./chain-stage.ts";
import type { HomeQueue } from "./home-queue.ts";
import { type BlockReference, blockMark } from "./l1-connection.ts";
import { RetryableError, type StageError, type StageRuntime } from "./stage-loop.ts";
import type { VaultCheck } from "./vault-check.ts";

export interface L1WatcherOptions {
  readonly database: Database;
  readonly queue: HomeQueue;
  /** Block in which the home contract was deployed. */
  readonly firstBlock: number;
  readonly pollMs: number;
  /** Run when everything up to the finalized block has been read. */
  readonly vault?: Pick<VaultCheck, "run">;
  readonly runtime: StageRuntime;
  readonly onFatal: (error: Error) => void;
}

export interface L1WatcherStatus extends ChainStageHealth {
  /** Home block up to which the queue has been read. */
  readonly readBlock: number;
  /** Newest finalized home block that the RPC told; undefined before the first answer. */
  readonly finalizedBlock: number | undefined;
  readonly entriesRead: number;
  readonly entriesWaiting: number;
  /** The entry that waits longest for a block of ours. */
  readonly oldestWaiting: OldestEntry | undefined;
  /** Why the watcher stopped for good. */
  readonly error: StageError | undefined;
}

export interface OldestEntry {
  readonly index: number;
  /** After it anyone may make batches (docs/SETTLEMENT.md, section 3). */
  readonly deadlineSeconds: number;
}

/** The RPC left out or repeated entries of the queue. All of it is read again. */
export class IncompleteQueueError extends RetryableError {
  override readonly name = "IncompleteQueueError";
  constructor(
    readonly expected: number,
    readonly actual: number,
    at: string,
  ) {
    super(
      "HOME_QUEUE_INCOMPLETE",
      `the home chain's RPC gives queue entry ${actual} instead of ${expected} ${at}; if this goes on, use another RPC`,
    );
  }
}

/** The home chain undid a finalized entry that blocks of ours have executed. */
export class HomeHistoryLostError extends Error {
  override readonly name = "HomeHistoryLostError";
  readonly code = "HOME_HISTORY_LOST";
  constructor(readonly index: number) {
    super(
      `the home chain no longer has the finalized queue entry ${index} that a block of this node has executed; no batch with it can settle: restore the home chain, or reset the network if it is a local one`,
    );
  }
}

/** Pause between two looks at the vault, which take a few requests each. */
const vaultIntervalMs = 10_000;
/** Mark of the block that the home-block cursor names; 0 before the first block is read. */
const markCursor = "home-block-mark";
/** Index that the next entry found must have. Behind `priorityRead` only while the queue is read again. */
const scanCursor = "priority-scan";

/**
 * Reads the home chain's queue at its finalized block into the database. Every step is one atomic write of entries and
 * cursors, so nothing is read twice and nothing is left out, whenever the process ends.
 *
 * Finalized blocks should not change, but those of a local chain do when it loses its newest state in a crash. So the
 * watcher notes which block it read last; when another one has taken its place it reads the queue again from the start and
 * compares. What it believes at the end of a reading is checked against the contract's own count.
 */
export class L1Watcher extends ChainStage {
  readonly #options: L1WatcherOptions;
  #finalizedBlock: number | undefined;
  #vaultCheckedAtMs = 0;

  constructor(options: L1WatcherOptions) {
    super({ ...options, abort: () => options.queue.abort() });
    this.#options = options;
  }

  status(): L1WatcherStatus {
    const { database } = this.#options;
    const entriesRead = readCursor(database, CURSOR.priorityRead);
    return {
      ...this.health,
      readBlock: this.#readBlock(),
      finalizedBlock: this.#finalizedBlock,
      entriesRead,
      entriesWaiting: Math.max(0, entriesRead - readCursor(database, CURSOR.priorityDone)),
      oldestWaiting: this.#oldestWaiting(),
      error: this.fatalError,
    };
  }

  protected override async round(): Promise<void> {
    const finalized = await this.#options.queue.finalizedBlock();
    this.#finalizedBlock = finalized.number;
    // An RPC that lags behind, or a chain that lost blocks and has not made up for them yet: there is nothing to read.
    if (finalized.number <= this.#readBlock()) return;
    await this.#readUpTo(finalized);
    await this.#checkVault(finalized);
  }

  async #readUpTo(finalized: BlockReference): Promise<void> {
    if (await this.#wasReplaced())
      await this.#restart("the block read last is not in the home chain any more");
    while (this.#readBlock() < finalized.number) await this.#readRange(finalized);
  }

  async #checkVault({ number }: BlockReference): Promise<void> {
    const { database, vault, runtime } = this.#options;
    const nowMs = runtime.now();
    if (vault === undefined || nowMs - this.#vaultCheckedAtMs < vaultIntervalMs) return;
    await vault.run(number, CLAIMED_UNITS.get(database, LATEST) ?? 0n);
    this.#vaultCheckedAtMs = nowMs;
  }

  #oldestWaiting(): OldestEntry | undefined {
    const { database } = this.#options;
    const entry = PRIORITY_QUEUE.get(database, readCursor(database, CURSOR.priorityDone));
    return entry && { index: entry.index, deadlineSeconds: Number(entry.deadlineSeconds) };
  }

  #readBlock(): number {
    const { database, firstBlock } = this.#options;
    return CURSORS.get(database, CURSOR.homeBlock) ?? Math.max(0, firstBlock - 1);
  }

  async #wasReplaced(): Promise<boolean> {
    const mark = readCursor(this.#options.database, markCursor);
    return mark !== 0 && mark !== blockMark(await this.#options.queue.block(this.#readBlock()));
  }

  async #readRange(finalized: BlockReference): Promise<void> {
    const { queue, database, runtime } = this.#options;
    const from = this.#readBlock() + 1;
    const to = Math.min(from + queue.rangeBlocks - 1, finalized.number);
    const last = to === finalized.number ? finalized : await queue.block(to);
    const entries = await queue.operations(from, to);
    const claimedBefore = CLAIMED_UNITS.get(database, LATEST) ?? 0n;
    const claimedUnits = claimedBefore + (await queue.claimedUnits(from, to));

    let next = readCursor(database, scanCursor);
    for (const { index } of entries) {
      if (index !== next) await this.#incomplete(next, index, `in blocks ${from} to ${to}`);
      next += 1;
    }
    if (to === finalized.number) {
      const length = await queue.length(to);
      if (length !== next) await this.#incomplete(length, next, `as the queue's length at block ${to}`);
    }
    await database.write([
      ...entries.map((entry) => this.#entryWrite(entry)),
      ...this.#readWrites(next, to === finalized.number),
      CURSORS.put(scanCursor, next),
      CLAIMED_UNITS.put(LATEST, claimedUnits),
      CURSORS.put(CURSOR.homeBlock, to),
      CURSORS.put(markCursor, blockMark(last)),
    ]);
    if (entries.length > 0) runtime.log.info({ entries: entries.length, block: to }, "queue entries read");
  }

  #entryWrite(entry: PriorityRecord): Write {
    const { database } = this.#options;
    const known = PRIORITY_QUEUE.get(database, entry.index);
    const isExecuted = entry.index < readCursor(database, CURSOR.priorityDone);
    if (isExecuted && known !== undefined && !isSameEntry(known, entry)) {
      throw new HomeHistoryLostError(entry.index);
    }
    return PRIORITY_QUEUE.put(entry.index, entry);
  }

  /** Moves `priorityRead`: forward as entries are found, backward only when a complete reading found fewer than before. */
  #readWrites(next: number, isComplete: boolean): Write[] {
    const { database } = this.#options;
    const before = readCursor(database, CURSOR.priorityRead);
    if (next >= before) return [CURSORS.put(CURSOR.priorityRead, next)];
    if (!isComplete) return [];
    if (next < readCursor(database, CURSOR.priorityDone)) throw new HomeHistoryLostError(next);
    const lost = Array.from({ length: before - next }, (_, i) => PRIORITY_QUEUE.del(next + i));
    return [CURSORS.put(CURSOR.priorityRead, next), ...lost];
  }

  async #incomplete(expected: number, actual: number, at: string): Promise<never> {
    await this.#restart("the queue as read does not fit the contract");
    throw new IncompleteQueueError(expected, actual, at);
  }

  async #restart(reason: string): Promise<void> {
    const { database, firstBlock, runtime } = this.#options;
    runtime.log.warn(
      { readBlock: this.#readBlock() },
      `reading the home queue again from the start: ${reason}`,
    );
    await database.write([
      CURSORS.put(scanCursor, 0),
      CLAIMED_UNITS.put(LATEST, 0n),
      CURSORS.put(CURSOR.homeBlock, Math.max(0, firstBlock - 1)),
      CURSORS.put(markCursor, 0),
    ]);
  }
}

function isSameEntry(a: PriorityRecord, b: PriorityRecord): boolean {
  return (
    a.caller === b.caller && a.queuedAt === b.queuedAt && a.words.every((word, i) => word === b.words[i])
  );
}
