import type { Logger } from "pino";
import { Database } from "../state/database.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import { type PrivateKey, publicKeyOf } from "../state/ledger/eddsa.ts";
import type { Ledger } from "../state/ledger/ledger.ts";
import { Listeners } from "../state/listeners.ts";
import { LedgerStore } from "../state/store/ledger-store.ts";
import type { OperationRecord } from "../state/store/records.ts";
import { BatchBuilder, readBuiltBlock } from "./batch-builder.ts";
import { type BatchPolicy, LEDGER_GAS_RESERVE } from "./batch-policy.ts";
import { BlockBuilder } from "./block-builder.ts";
import { type ChainGenesis, openLanes } from "./lanes.ts";
import { ContractMempool } from "./mempool/contract-transactions.ts";
import { LedgerMempool } from "./mempool/ledger-operations.ts";
import { RecoveryThreads } from "./mempool/recovery-threads.ts";

export interface SequencingOptions extends ChainGenesis {
  /** Folder of the database. */
  readonly directory: string;
  /** Key of the gateway's account in the genesis. */
  readonly gatewayKey: PrivateKey;
  readonly domain: bigint;
  /** Flat fee of a signed op. */
  readonly feeUnits: bigint;
  /** Mirrors are numbered 1 … mirrorCount. */
  readonly mirrorCount: number;
  /** Of the mirrors that are deployed. */
  readonly mirrorNumbers: readonly number[];
  /** What a gwei of home's coin is worth in the contract lane. 0 or left out: its transactions pay nothing for their bytes. */
  readonly weiPerHomeGwei?: bigint;
  readonly policy: BatchPolicy;
  /** Threads that recover the senders of transactions; without any, the calling thread does. */
  readonly recoveryThreads?: number;
  readonly now: () => number;
  readonly log: Logger;
}

/** Everything from the mempools to the closed batches: what a node is without prover, chains and RPC. */
export interface Sequencing {
  readonly database: Database;
  readonly lane: ContractLane;
  /** After the newest block. */
  readonly ledger: Ledger;
  /** After the newest closed batch. */
  readonly batchedLedger: Ledger;
  readonly batchedStore: LedgerStore;
  readonly operations: LedgerMempool;
  readonly transactions: ContractMempool;
  /** Told of the operations of every block. */
  readonly recorded: Listeners<readonly OperationRecord[]>;
  readonly blocks: BlockBuilder;
  readonly batches: BatchBuilder;
  /** Ends the threads and closes the database, when nothing uses them any more. */
  readonly close: () => Promise<void>;
}

/** Opens the database and resumes both lanes where they were. */
export async function openSequencing(options: SequencingOptions): Promise<Sequencing> {
  const { x, y } = publicKeyOf(options.gatewayKey);
  const { pubX, pubY } = options.genesis.gateway;
  if (x !== pubX || y !== pubY)
    throw new Error("gatewayKey is not the key of the gateway's account in the genesis");
  const database = await Database.open(options.directory);
  try {
    return await resume(database, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function resume(database: Database, options: SequencingOptions): Promise<Sequencing> {
  const { size, genesis, policy, recoveryThreads, log } = options;
  const lanes = await openLanes(database, options);
  const { ledger, lane } = lanes;
  const batchedStore = new LedgerStore(database, "batched");
  const batchedLedger = batchedStore.open(size, genesis);
  const operations = await LedgerMempool.open({ ...options, database, ledger });
  const limits = { maxBytes: policy.maxLaneBytes, maxGas: lane.blockGasLimit - LEDGER_GAS_RESERVE };
  const threads = recoveryThreads === undefined ? undefined : new RecoveryThreads(recoveryThreads);
  const transactions = await ContractMempool.open(database, lane, limits, threads?.recover);
  const recorded = new Listeners<readonly OperationRecord[]>();
  const blocks = new BlockBuilder({
    ...options,
    ...lanes,
    recorded,
    operations,
    transactions,
    log: log.child({ stage: "block-builder" }),
  });
  const batches = new BatchBuilder({
    ...options,
    database,
    ledger: batchedLedger,
    ledgerStore: batchedStore,
    readBlock: async (number) => readBuiltBlock(lane, number),
    log: log.child({ stage: "batch-builder" }),
  });
  return {
    database,
    lane,
    ledger,
    batchedLedger,
    batchedStore,
    operations,
    transactions,
    recorded,
    blocks,
    batches,
    close: async () => {
      await threads?.close();
      await database.close();
    },
  };
}
