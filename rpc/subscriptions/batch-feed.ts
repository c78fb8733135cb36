import type { Database } from "../../state/database.ts";
import { Listeners } from "../../state/listeners.ts";
import { HOME } from "../../state/store/confirmation.ts";
import {
  acceptedCursor,
  BATCHES,
  type BatchRecord,
  type ChainName,
  CURSOR,
  finalizedCursor,
  readCursor,
} from "../../state/store/records.ts";
import { batchView } from "../neura/views.ts";

export interface BatchFeedOptions {
  readonly database: Database;
  readonly mirrors: readonly ChainName[];
  /** By the number that withdrawals name: home, then the mirrors. */
  readonly withdrawalChains: readonly ChainName[];
}

/** How often the stages' cursors are read while somebody listens. */
const pollIntervalMs = 250;
/** Batches told of in one turn; the others follow in the next. */
const maxBatchesPerTurn = 100;

/**
 * Tells of every batch that was closed, proven, settled or finalized. The stages meet in the database only, so it
 * looks at their cursors, and only while it has listeners.
 */
export class BatchFeed {
  readonly #database: Database;
  readonly #mirrors: readonly ChainName[];
  readonly #withdrawalChains: readonly ChainName[];
  readonly #listeners = new Listeners<unknown>();
  #listenerCount = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Newest batch told of, by cursor. */
  #seen = new Map<string, number>();

  constructor({ database, mirrors, withdrawalChains }: BatchFeedOptions) {
    this.#database = database;
    this.#mirrors = mirrors;
    this.#withdrawalChains = withdrawalChains;
  }

  readonly changes = {
    add: (listener: (batch: unknown) => void): (() => void) => {
      const end = this.#listeners.add(listener);
      this.#listenerCount += 1;
      if (this.#timer === undefined) this.#start();
      return () => {
        end();
        this.#listenerCount -= 1;
        if (this.#listenerCount === 0) this.#stop();
      };
    },
  };

  #start(): void {
    for (const cursor of this.#cursors()) this.#seen.set(cursor, readCursor(this.#database, cursor));
    this.#timer = setInterval(() => this.#look(), pollIntervalMs);
    this.#timer.unref();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const changed = new Set<number>();
    for (const cursor of this.#cursors()) {
      const seen = this.#seen.get(cursor) ?? 0;
      const newest = Math.min(readCursor(this.#database, cursor), seen + maxBatchesPerTurn);
      for (let number = seen + 1; number <= newest; number++) changed.add(number);
      this.#seen.set(cursor, newest);
    }
    for (const number of [...changed].sort((a, b) => a - b)) {
      const batch = BATCHES.get(this.#database, number);
      if (batch !== undefined) this.#tell(batch);
    }
  }

  #tell(batch: BatchRecord): void {
    this.#listeners.tell(batchView(this.#database, this.#mirrors, this.#withdrawalChains, batch));
  }

  #cursors(): string[] {
    const chains = [HOME, ...this.#mirrors].map(acceptedCursor);
    return [CURSOR.batches, CURSOR.proofs, ...chains, finalizedCursor(HOME)];
  }
}
