import type { L1SenderStatus } from "../bridge/l1-sender.ts";
import type { Database } from "../state/database.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import { HOME } from "../state/store/confirmation.ts";
import { acceptedCursor, CURSOR, finalizedCursor, PROOFS, readCursor } from "../state/store/records.ts";
import type { ContractMempool } from "./mempool/contract-transactions.ts";
import type { LedgerMempool } from "./mempool/ledger-operations.ts";
import type { Pipeline } from "./stages.ts";

/** The pipeline at one moment: where each stage is, and what waits before it. Plain numbers and strings, for JSON. */
export interface NodeStatus {
  readonly startedAtMs: number;
  readonly atMs: number;
  readonly mempool: { readonly operations: number; readonly transactions: number };
  readonly head: { readonly block: number; readonly ageSeconds: number };
  /** Newest batch at each stage. */
  readonly batches: {
    readonly closed: number;
    readonly proven: number;
    readonly settled: number;
    readonly finalized: number;
  };
  readonly lastProof: { readonly witnessSeconds: number; readonly proveSeconds: number } | null;
  readonly watcher: {
    readonly state: string;
    readonly homeBlock: number;
    readonly finalizedBlock: number | null;
    readonly entriesRead: number;
    readonly entriesWaiting: number;
    readonly error: string | null;
  };
  readonly chains: readonly ChainStatus[];
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
  readonly error: string | null;
}

const MS_PER_SECOND = 1000;

export function nodeStatus(parts: {
  readonly database: Database;
  readonly lane: ContractLane;
  readonly operations: LedgerMempool;
  readonly transactions: ContractMempool;
  readonly pipeline: Pipeline;
  readonly startedAtMs: number;
  readonly nowMs: number;
}): NodeStatus {
  const { database, lane, operations, transactions, pipeline, startedAtMs, nowMs } = parts;
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
    },
    batches: {
      closed: readCursor(database, CURSOR.batches),
      proven,
      settled: readCursor(database, acceptedCursor(HOME)),
      finalized: readCursor(database, finalizedCursor(HOME)),
    },
    lastProof:
      proof === undefined
        ? null
        : { witnessSeconds: proof.witnessMs / MS_PER_SECOND, proveSeconds: proof.proveMs / MS_PER_SECOND },
    watcher: {
      state: watcher.state,
      homeBlock: watcher.readBlock,
      finalizedBlock: watcher.finalizedBlock ?? null,
      entriesRead: watcher.entriesRead,
      entriesWaiting: watcher.entriesWaiting,
      error:
        watcher.error?.message ??
        (watcher.state === "retrying" ? (watcher.lastError?.message ?? null) : null),
    },
    chains: senders.map(chainStatus),
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
    error: sender.error?.message ?? (state === "retrying" ? (sender.lastError?.message ?? null) : null),
  };
}
