import type { Database } from "../state/database.ts";
import {
  acceptedCursor,
  type ChainName,
  CURSORS,
  finalizedCursor,
  readCursor,
  type SettlementRecord,
  settlementsOf,
} from "../state/store/records.ts";
import type { BatchAcceptance } from "./settlement-contract.ts";
import type { Attempt } from "./transaction-line.ts";

/** Attempts kept for a batch. One that is dropped and lands all the same is found by its event. */
const maxAttemptsKept = 32;

/** What one chain has been sent and what it has accepted, in the database. Every change is one atomic write. */
export class Outbox {
  readonly #database: Database;
  readonly #chain: ChainName;
  readonly #settlements: ReturnType<typeof settlementsOf>;

  constructor(database: Database, chain: ChainName) {
    this.#database = database;
    this.#chain = chain;
    this.#settlements = settlementsOf(chain);
  }

  /** Newest accepted batch. */
  get accepted(): number {
    return readCursor(this.#database, acceptedCursor(this.#chain));
  }

  /** Newest batch whose acceptance is final. */
  get finalized(): number {
    return readCursor(this.#database, finalizedCursor(this.#chain));
  }

  record(batchNumber: number): SettlementRecord {
    return this.#settlements.get(this.#database, batchNumber) ?? { batchNumber, attempts: [] };
  }

  async addAttempt(batchNumber: number, attempt: Attempt): Promise<void> {
    const record = this.record(batchNumber);
    const attempts = [...record.attempts, attempt].slice(-maxAttemptsKept);
    await this.#database.write([this.#settlements.put(batchNumber, { ...record, attempts })]);
  }

  /** Notes where the chain has the batch. Batches come in order, and final is final: cursors do not go back here. */
  async noteAcceptance(batchNumber: number, acceptance: BatchAcceptance, finalized: boolean): Promise<void> {
    const { transactionHash, blockNumber, gasUsed } = acceptance;
    const accepted = { transactionHash, blockNumber, gasUsed, finalized };
    await this.#database.write([
      this.#settlements.put(batchNumber, { ...this.record(batchNumber), accepted }),
      CURSORS.put(acceptedCursor(this.#chain), Math.max(this.accepted, batchNumber)),
      ...(finalized ? [CURSORS.put(finalizedCursor(this.#chain), batchNumber)] : []),
    ]);
  }

  /** The chain lost every batch above `newest`. The attempts stay, for they may land again. */
  async takeBackAbove(newest: number): Promise<void> {
    const lost = Array.from({ length: this.accepted - newest }, (_, i) => newest + 1 + i);
    await this.#database.write([
      ...lost.map((batchNumber) => {
        const { attempts } = this.record(batchNumber);
        return this.#settlements.put(batchNumber, { batchNumber, attempts });
      }),
      CURSORS.put(acceptedCursor(this.#chain), newest),
      CURSORS.put(finalizedCursor(this.#chain), Math.min(newest, this.finalized)),
    ]);
  }
}
