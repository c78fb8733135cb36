import type { Logger } from "pino";
import type { StageClock } from "../bridge/stage-loop.ts";
import type { Database } from "../state/database.ts";
import {
  genesisTotals,
  type HeldUnits,
  heldUnits,
  NOTHING_HELD,
  SolvencyError,
  withCell,
} from "../state/ledger/solvency.ts";
import type { LedgerStore } from "../state/store/ledger-store.ts";
import { AUDITS, BATCHES, CURSOR, LATEST, readCursor } from "../state/store/records.ts";

/** Cells between two pauses, in which the other stages have their turn. */
const cellsAtATime = 2_000;
const pauseMs = 2;
const logEveryCells = 1_000_000;

export interface SolvencyAuditOptions {
  readonly database: Database;
  /** The ledger after the newest closed batch. */
  readonly batchedStore: LedgerStore;
  readonly mirrorCount: number;
  readonly clock: StageClock;
  readonly log: Logger;
}

/**
 * Adds up every stored cell, from the database alone, and compares with the totals that the batch-builder keeps from the
 * changes: what the changes do not show, such as a cell that was written twice or a damaged file, shows here.
 */
export class SolvencyAudit {
  readonly #options: SolvencyAuditOptions;

  constructor(options: SolvencyAuditOptions) {
    this.#options = options;
  }

  /** Throws a SolvencyError if the sums differ. Ends early, with nothing noted, when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { database, mirrorCount, clock, log } = this.#options;
    const { batchNumber, cells } = this.#snapshot();
    const totals = BATCHES.get(database, batchNumber)?.totals ?? genesisTotals(mirrorCount);
    let held: HeldUnits = NOTHING_HELD;
    let count = 0;
    for await (const [id, cell] of cells) {
      held = withCell(held, id, cell);
      count += 1;
      if (count % logEveryCells === 0) log.info({ cells: count, batch: batchNumber }, "adding up the ledger");
      if (count % cellsAtATime === 0) await clock.sleep(pauseMs, signal);
      if (signal.aborted) return;
    }
    for (const part of Object.keys(held) as (keyof HeldUnits)[]) {
      if (held[part] !== totals.held[part])
        throw new SolvencyError(`${part} after batch ${batchNumber}`, totals.held[part], held[part]);
    }
    const audit = { batchNumber, cells: count, heldUnits: heldUnits(held), atMs: clock.now() };
    await database.write([AUDITS.put(LATEST, audit)]);
    log.info({ cells: count, batch: batchNumber }, "the ledger's cells add up");
  }

  /** All cells at one moment, and the batch after which that is. */
  #snapshot() {
    const { database, batchedStore } = this.#options;
    for (;;) {
      const batchNumber = readCursor(database, CURSOR.batches);
      const cells = batchedStore.storedCells();
      // A batch that was written meanwhile may or may not be in it.
      if (readCursor(database, CURSOR.batches) === batchNumber) return { batchNumber, cells };
    }
  }
}
