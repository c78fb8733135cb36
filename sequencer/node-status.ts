import type { L1SenderStatus } from "../bridge/l1-sender.ts";
import type { Database } from "../state/database.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import { HOME } from "../state/store/confirmation.ts";
import {
  acceptedCursor,
  BATCHES,
  CURSOR,
  finalizedCursor,
  HOME_GAS_PRICES,
  LATEST,
  PRIORITY_QUEUE,
  PROOFS,
  readCursor,
} from "../state/store/records.ts";
import type { BlockBuilder } from "./block-builder.ts";
import type { ContractMempool } from "./mempool/contract-transactions.ts";
import type { LedgerMempool } from "./mempool/ledger-operations.ts";
import type { Pipeline } from "./stages.ts";

/** The pipeline at one moment: where each stage is, and what waits before it. Plain numbers and strings, for JSON. */
export interface NodeStatus {
  readonly startedAtMs: number;
  readonly atMs: number;
  readonly mempool: { readonly operations: number; readonly transactions: number };
  readonly head: {
    readonly block: number;
    readonly ageSeconds: number;
    /** What must happen elsewhere before blocks are made again, whatever waits. */
    readonly waitsFor: string | null;
  };
  /** States of the contract lane. */
  readonly states: {
    /** The oldest block whose state can be read. */
    readonly oldestBlock: number;
    /** Trie nodes that were deleted since the start. */
    readonly deletedNodes: number;
  };
  /** Newest batch at each stage. */
  readonly batches: {
    readonly closed: number;
    readonly proven: number;
    readonly settled: number;
    readonly finalized: number;
  };
  /** Of the newest proven batch; null also if somebody else has made its proof. */
  readonly lastProof: { readonly witnessSeconds: number; readonly proveSeconds: number } | null;
  readonly dataPrice: DataPriceStatus;
  readonly watcher: {
    readonly state: string;
    readonly homeBlock: number;
    readonly finalizedBlock: number | null;
    readonly entriesRead: number;
    readonly entriesWaiting: number;
    readonly queue: QueueStatus;
    readonly error: string | null;
  };
  readonly chains: readonly ChainStatus[];
}

/** What home's gas costs, in wei, as decimal numbers: prices may be larger than what a JSON number holds. */
export interface DataPriceStatus {
  /** Of the lane: what the newest block says for the next. */
  readonly dataPriceWei: string;
  /** Of home's coin, as the node last read it; null before the first answer. */
  readonly homeGasPriceWei: string | null;
  /** Of the next block. */
  readonly baseFeeWei: string;
}

/** The home queue's oldest entry that no settled batch holds: home counts it as waiting until then. */
export interface QueueStatus {
  /** Entries that home counts as waiting, as far as they were read. */
  readonly unsettled: number;
  /** Its index and deadline; null if none waits. */
  readonly oldest: { readonly index: number; readonly deadlineSeconds: number } | null;
  /** Past its deadline: anyone may make batches with it, and home takes only a few more of this node's without it. */
  readonly isOverdue: boolean;
}

export interface ChainStatus {
  readonly name: string;
  readonly state: string;
  readonly accepted: number;
  readonly finalized: number;
  /** Proven batches that the chain lacks. */
  readonly lag: number;
  readonly lastGasUsed: number | null;
  readonly balanceWei: string | null;
  /** What must happen elsewhere before the chain gets its next batch. */
  readonly waitsFor: string | null;
  readonly error: string | null;
}

const MS_PER_SECOND = 1000;

export function nodeStatus(parts: {
  readonly database: Database;
  readonly lane: ContractLane;
  readonly blocks: Pick<BlockBuilder, "waitsFor">;
  readonly operations: LedgerMempool;
  readonly transactions: ContractMempool;
  readonly pipeline: Pipeline;
  readonly startedAtMs: number;
  readonly nowMs: number;
}): NodeStatus {
  const { database, lane, blocks, operations, transactions, pipeline, startedAtMs, nowMs } = parts;
  const { watcher, senders } = pipeline.status();
  const proven = readCursor(database, CURSOR.proofs);
  const proof = PROOFS.get(database, proven);
  return {
    startedAtMs,
    atMs: nowMs,
    mempool: { operations: operations.size, transactions: transactions.size },
    head: {
      block: lane.head.number,
      ageSeconds: Math.max(0, Math.round(nowMs / MS_PER_SECOND - lane.head.timestampSeconds)),
      waitsFor: blocks.waitsFor ?? null,
    },
    states: { oldestBlock: lane.history.oldestBlock, deletedNodes: lane.history.deletedNodes },
    batches: {
      closed: readCursor(database, CURSOR.batches),
      proven,
      settled: readCursor(database, acceptedCursor(HOME)),
      finalized: readCursor(database, finalizedCursor(HOME)),
    },
    lastProof:
      proof === undefined || proof.proveMs === 0
        ? null
        : { witnessSeconds: proof.witnessMs / MS_PER_SECOND, proveSeconds: proof.proveMs / MS_PER_SECOND },
    dataPrice: dataPriceStatus(database, lane),
    watcher: {
      state: watcher.state,
      homeBlock: watcher.readBlock,
      finalizedBlock: watcher.finalizedBlock ?? null,
      entriesRead: watcher.entriesRead,
      entriesWaiting: watcher.entriesWaiting,
      queue: queueStatus(database, watcher.entriesRead, nowMs),
      error:
        watcher.error?.message ??
        (watcher.state === "retrying" ? (watcher.lastError?.message ?? null) : null),
    },
    chains: senders.map(chainStatus),
  };
}

function dataPriceStatus(database: Database, lane: ContractLane): DataPriceStatus {
  const home = HOME_GAS_PRICES.get(database, LATEST);
  return {
    dataPriceWei: String(lane.head.dataPriceWei),
    homeGasPriceWei: home === undefined ? null : String(home.priceWei),
    baseFeeWei: String(lane.nextBaseFeeWei),
  };
}

/** Entries are consumed in order: those of settled batches come first. */
function queueStatus(database: Database, entriesRead: number, nowMs: number): QueueStatus {
  const newest = BATCHES.get(database, readCursor(database, acceptedCursor(HOME)));
  const settled = newest?.totals.consumedEntries ?? 0;
  const entry = PRIORITY_QUEUE.get(database, settled);
  const newestEntry = PRIORITY_QUEUE.get(database, Math.max(0, entriesRead - 1));
  // It must be gone before the newest one can be in time.
  const deadlines = [entry, newestEntry].flatMap((each) => (each ? [Number(each.deadlineSeconds)] : []));
  const oldest = entry && { index: entry.index, deadlineSeconds: Math.min(...deadlines) };
  return {
    unsettled: Math.max(0, entriesRead - settled),
    oldest: oldest ?? null,
    isOverdue: oldest !== undefined && nowMs > oldest.deadlineSeconds * MS_PER_SECOND,
  };
}

function chainStatus(sender: L1SenderStatus): ChainStatus {
  const { chain, state, acceptedBatch, finalizedBatch, lagBatches, lastGasUsed, balanceWei } = sender;
  return {
    name: chain,
    state,
    accepted: acceptedBatch,
    finalized: finalizedBatch,
    lag: lagBatches,
    lastGasUsed: lastGasUsed === undefined ? null : Number(lastGasUsed),
    balanceWei: balanceWei === undefined ? null : String(balanceWei),
    waitsFor: sender.waitsFor ?? null,
    error: sender.error?.message ?? (state === "retrying" ? (sender.lastError?.message ?? null) : null),
  };
}
