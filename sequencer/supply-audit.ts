import { hexToBytes } from "@ethereumjs/util";
import type { Logger } from "pino";
import type { StageClock } from "../bridge/stage-loop.ts";
import type { Database } from "../state/database.ts";
import type { Block } from "../state/evm/block-store.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import { LaneSupplyError, sumOfBalances, supplyAfter } from "../state/evm/supply.ts";
import { LATEST, SUPPLY_AUDITS } from "../state/store/records.ts";

/** Accounts between two pauses, in which the other stages have their turn. */
const accountsAtATime = 1_000;
const pauseMs = 2;
const logEveryAccounts = 1_000_000;

export interface SupplyAuditOptions {
  readonly database: Database;
  readonly lane: ContractLane;
  readonly clock: StageClock;
  readonly log: Logger;
}

/**
 * Adds up every balance of the contract lane after the newest block, from the stored state alone, and compares with the sum
 * that each block keeps from the accounts that it changed. Blocks may be built meanwhile: a state is never written over, and this
 * one is kept until it was counted. The next count begins at a newer one, so pruning is late by one count at most.
 */
export class SupplyAudit {
  readonly #options: SupplyAuditOptions;

  constructor(options: SupplyAuditOptions) {
    this.#options = options;
  }

  /** Throws a LaneSupplyError if the sums differ. Ends early, with nothing noted, when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { lane } = this.#options;
    const { head } = lane;
    const release = lane.history.hold(head.number);
    try {
      await this.#count(head, signal);
    } finally {
      release();
    }
  }

  async #count({ number: blockNumber, stateRoot }: Block, signal: AbortSignal): Promise<void> {
    const { database, clock, log } = this.#options;
    const counting = sumOfBalances(database, hexToBytes(stateRoot), accountsAtATime);
    for (;;) {
      const { done, value } = counting.next();
      if (done !== true) {
        if (value % logEveryAccounts === 0)
          log.info({ accounts: value, block: blockNumber }, "adding up balances");
        await clock.sleep(pauseMs, signal);
        if (signal.aborted) return;
        continue;
      }
      const { accounts, supplyWei } = value;
      const expected = supplyAfter(database, blockNumber);
      if (supplyWei !== expected)
        throw new LaneSupplyError(
          `sum of all stored balances after block ${blockNumber}`,
          expected ?? 0n,
          supplyWei,
        );
      await database.write([
        SUPPLY_AUDITS.put(LATEST, { blockNumber, accounts, supplyWei, atMs: clock.now() }),
      ]);
      log.info({ accounts, block: blockNumber }, "the contract lane's balances add up");
      return;
    }
  }
}
