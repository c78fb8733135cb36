import { type Logger, pino } from "pino";
import { BatchBuilder, readBuiltBlock } from "../sequencer/batch-builder.ts";
import type { BatchPolicy } from "../sequencer/batch-policy.ts";
import { BlockBuilder } from "../sequencer/block-builder.ts";
import { ContractMempool } from "../sequencer/mempool/contract-transactions.ts";
import { LedgerMempool } from "../sequencer/mempool/ledger-operations.ts";
import { LOCAL_ACCOUNT, localAccount } from "../sequencer/network.ts";
import { FEE_UNITS, NEURACHAIN_ID } from "../sequencer/node.ts";
import { reservedAccounts } from "../sequencer/reserved-accounts.ts";
import { Database } from "../state/database.ts";
import { ContractLane } from "../state/evm/contract-lane.ts";
import type { GenesisAccounts, Ledger } from "../state/ledger/ledger.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { LedgerStore } from "../state/store/ledger-store.ts";
import { PRIORITY_QUEUE, type PriorityRecord } from "../state/store/records.ts";

export const silent: Logger = pino({ level: "silent" });

export function benchGenesis(): GenesisAccounts {
  const address = (role: keyof typeof LOCAL_ACCOUNT) => localAccount(LOCAL_ACCOUNT[role]).address;
  return reservedAccounts(new TextEncoder().encode("NeuraChain bench, reserved accounts"), {
    operator: address("operator"),
    treasury: address("treasury"),
    gateway: address("gateway"),
    governor: address("governor"),
  });
}

export interface BenchSequencerOptions {
  readonly directory: string;
  readonly size: BatchSize;
  readonly domain: bigint;
  readonly policy: BatchPolicy;
}

/** The node from its mempools to its closed batches, with the real database; without prover, chains and RPC. */
export class BenchSequencer {
  private constructor(
    readonly database: Database,
    readonly ledger: Ledger,
    readonly batchedLedger: Ledger,
    readonly lane: ContractLane,
    readonly operations: LedgerMempool,
    readonly transactions: ContractMempool,
    readonly blocks: BlockBuilder,
    readonly batches: BatchBuilder,
  ) {}

  static async open({ directory, size, domain, policy }: BenchSequencerOptions): Promise<BenchSequencer> {
    const database = await Database.open(directory);
    const genesis = benchGenesis();
    const ledgerStore = new LedgerStore(database, "head");
    const batchedStore = new LedgerStore(database, "batched");
    const ledger = ledgerStore.open(size, genesis);
    const batchedLedger = batchedStore.open(size, genesis);
    const lane = await ContractLane.open(database, {
      chainId: NEURACHAIN_ID,
      readCell: (id, root) => (root === ledger.root() ? ledger.cell(id) : undefined),
    });
    const shared = { database, size, domain, feeUnits: FEE_UNITS, log: silent, now: Date.now };
    const operations = await LedgerMempool.open({ ...shared, ledger });
    const transactions = await ContractMempool.open(database, lane);
    const blocks = new BlockBuilder({
      ...shared,
      lane,
      ledger,
      ledgerStore,
      policy,
      operations,
      transactions,
    });
    const batches = new BatchBuilder({
      ...shared,
      ledger: batchedLedger,
      ledgerStore: batchedStore,
      readBlock: async (number) => readBuiltBlock(lane, number),
    });
    return new BenchSequencer(
      database,
      ledger,
      batchedLedger,
      lane,
      operations,
      transactions,
      blocks,
      batches,
    );
  }

  /** Entries of the home queue, as the watcher stores them. */
  async queue(entries: readonly PriorityRecord[]): Promise<void> {
    await this.database.write(entries.map((entry) => PRIORITY_QUEUE.put(entry.index, entry)));
  }

  /** Builds blocks until nothing waits, and takes those of closed batches into batches. */
  async drain(): Promise<void> {
    while ((await this.blocks.build()) !== undefined);
    while (await this.batches.step());
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}
