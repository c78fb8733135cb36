import type { StageClock } from "../bridge/stage-loop.ts";
import type { Database } from "../state/database.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import { HOME } from "../state/store/confirmation.ts";
import { BATCHES, finalizedCursor, readCursor } from "../state/store/records.ts";

/** States that can be read unless something else is said: hours of full blocks, months of a quiet chain. */
export const DEFAULT_STATE_HISTORY_BLOCKS = 100_000;
/** So many geth keeps in memory. Clients ask for the newest number first, and then for the state by that number. */
export const MIN_STATE_HISTORY_BLOCKS = 128;

/** Trie nodes between two pauses: some milliseconds of work, and one write that waits for no disk. */
const NODES_AT_A_TIME = 200;
/** In which blocks have their turn: pruning takes a sixth of the time at most, however much there is to delete. */
const PAUSE_MS = 20;

export interface StatePrunerOptions {
  readonly database: Database;
  readonly lane: ContractLane;
  /** Newest blocks whose states are kept; infinite keeps all. */
  readonly historyBlocks: number;
  readonly clock: StageClock;
}

/**
 * Deletes the trie nodes that only states older than the history have. Never those of a state that the node may go back to: what
 * blocks of a batch have replaced stays until the batch is final on home.
 */
export class StatePruner {
  readonly #options: StatePrunerOptions;

  constructor(options: StatePrunerOptions) {
    this.#options = options;
  }

  /** Deletes some. Returns whether there are more. */
  async step(signal: AbortSignal): Promise<boolean> {
    const { database, lane, historyBlocks, clock } = this.#options;
    const finalized = BATCHES.get(database, readCursor(database, finalizedCursor(HOME)))?.lastBlock ?? 0;
    const oldestKept = lane.head.number - historyBlocks + 1;
    const upToBlock = Math.min(oldestKept, finalized);
    const isMore = await lane.history.prune({ upToBlock, maxNodes: NODES_AT_A_TIME });
    if (isMore) await clock.sleep(PAUSE_MS, signal);
    return isMore;
  }
}
