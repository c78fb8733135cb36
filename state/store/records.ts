import { type Database, numberKey } from "../database.ts";
import type { LedgerErrorCode } from "../ledger/errors.ts";
import type { Authorization, OpWords } from "../ledger/operation.ts";
import type { OperationId } from "../ledger/operation-id.ts";
import type { LedgerTotals } from "../ledger/solvency.ts";
import { Table } from "./table.ts";

/** What the stages of the node tell each other, through the database and in no other way. */

export type ChainName = string;

export interface Rejection {
  readonly code: LedgerErrorCode;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
}

/** Where an op stands. A signed op starts as `pending`; a priority op appears when a block executes it. */
export interface OperationRecord {
  readonly id: OperationId;
  /** As signed or queued; once sequenced, as in the stream (with fee and object). */
  readonly words: OpWords;
  readonly authorization?: Authorization | undefined;
  readonly caller?: bigint | undefined;
  readonly sequenced?:
    | {
        readonly blockNumber: number;
        readonly batchNumber: number;
        readonly indexInBatch: number;
        /** False for a priority op that was executed as a no-op, for the reason in `rejection`. */
        readonly valid: boolean;
      }
    | undefined;
  readonly rejection?: Rejection | undefined;
}

/** An entry of the home chain's queue, read at the finalized block. `index` counts from 0 without gaps. */
export interface PriorityRecord {
  readonly index: number;
  readonly words: OpWords;
  readonly caller: bigint;
  readonly queuedAt: bigint;
  /** Last second at which home lets it wait; afterwards anyone may make batches, and every batch must take it. */
  readonly deadlineSeconds: bigint;
}

export interface BatchOpRecord {
  readonly id: OperationId;
  readonly words: OpWords;
  readonly valid: boolean;
  readonly caller?: bigint | undefined;
  readonly queuedAt?: bigint | undefined;
}

/** A closed batch: its public data, ready to be proven and posted. */
export interface BatchRecord {
  readonly number: number;
  readonly rootBefore: bigint;
  readonly rootAfter: bigint;
  readonly cellCountBefore: number;
  readonly cellCountAfter: number;
  readonly timeSeconds: bigint;
  readonly firstBlock: number;
  readonly lastBlock: number;
  /** 256-bit hash of the last block. */
  readonly blockHash: bigint;
  /** What re-executes the contract lane: posted on home (0x hex). */
  readonly laneData: `0x${string}`;
  readonly laneDataHash: bigint;
  readonly ops: readonly BatchOpRecord[];
  /** Everything up to this batch; it was checked to add up. */
  readonly totals: LedgerTotals;
  /** Home's history once it has accepted this batch (docs/SETTLEMENT.md, section 2). */
  readonly history: bigint;
}

/** All cells of the stored ledger were added up, and the sums were those of the batch. */
export interface AuditRecord {
  readonly batchNumber: number;
  readonly cells: number;
  readonly heldUnits: bigint;
  readonly atMs: number;
}

/** All balances of the contract lane were added up, and the sum was that of the block. */
export interface SupplyAuditRecord {
  readonly blockNumber: number;
  readonly accounts: number;
  readonly supplyWei: bigint;
  readonly atMs: number;
}

/** The home contract's tokens at a finalized block, and what they must cover (docs/SETTLEMENT.md, section 7). */
export interface VaultRecord {
  readonly blockNumber: number;
  readonly atMs: number;
  /** The contract's newest batch in that block. */
  readonly batchNumber: number;
  readonly balanceWei: bigint;
  readonly bondWei: bigint;
  /** Waiting deposits, those that came back from mirrors among them. */
  readonly waitingUnits: bigint;
  readonly heldUnits: bigint;
  /** Withdrawals on home that nobody has claimed. */
  readonly unclaimedUnits: bigint;
  /** By mirror. */
  readonly outOnMirrorUnits: readonly bigint[];
  /** Tokens beyond all of this: sent to the contract for nothing. Below 0 something is missing. */
  readonly surplusWei: bigint;
}

/** What a sender of a transaction pays for a unit of gas on home, when the stage last saw it change. */
export interface HomeGasPriceRecord {
  readonly priceWei: bigint;
  readonly atMs: number;
}

/** A batch that was made without this node and that home has accepted, as far as its operations do not say it. */
export interface FollowedBatchRecord {
  readonly number: number;
  /** What it gives as the hash of its last block: that of the batch before it. */
  readonly blockHash: bigint;
  readonly proof: readonly bigint[];
  readonly commitment: bigint;
}

/** A proof that was checked before it was stored; of a batch that was made without this node, home has checked it. */
export interface ProofRecord {
  readonly batchNumber: number;
  /** A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y. */
  readonly proof: readonly bigint[];
  /** C, the prover's commitment to the stream. */
  readonly commitment: bigint;
  /** This and what follows is 0 for a proof that somebody else made. */
  readonly constraints: number;
  readonly witnessMs: number;
  readonly proveMs: number;
  readonly peakRssBytes: number;
}

/** The outbox entry of one batch on one chain: written before anything is sent. */
export interface SettlementRecord {
  readonly batchNumber: number;
  /** Every transaction that was sent for this batch, newest last: fee bumps replace each other. */
  readonly attempts: readonly {
    readonly transactionHash: `0x${string}`;
    /** The signed transaction, so that it can be sent again as it is. */
    readonly raw: `0x${string}`;
    readonly nonce: number;
    readonly sentAtMs: number;
  }[];
  /** Present once the contract has accepted the batch. */
  readonly accepted?:
    | {
        readonly transactionHash: `0x${string}`;
        readonly blockNumber: number;
        readonly gasUsed: bigint;
        readonly finalized: boolean;
      }
    | undefined;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export const OPERATIONS = new Table<OperationId, OperationRecord>("operation", text);
/** A signed op that waits for a block. */
export interface PendingRecord {
  readonly arrival: number;
  readonly id: OperationId;
  /** The arrival whose place in the order it has: its own, or that of the voucher that it replaced. */
  readonly place: number;
  /** What it takes from the sender at most. */
  readonly debitUnits: bigint;
}

/** By arrival. */
export const PENDING_OPERATIONS = new Table<number, PendingRecord>("pending-operation", numberKey);
export const PRIORITY_QUEUE = new Table<number, PriorityRecord>("priority", numberKey);
export const BATCHES = new Table<number, BatchRecord>("batch", numberKey);
/** Written with the block that executes the batch. */
export const FOLLOWED_BATCHES = new Table<number, FollowedBatchRecord>("followed-batch", numberKey);
/** What the operator has signed, or was about to sign, as final on home. Never two of one number. */
export interface SignedFinalBatchRecord {
  readonly number: number;
  readonly streamHash: `0x${string}`;
  readonly signature?: `0x${string}` | undefined;
}
export const SIGNED_FINAL_BATCHES = new Table<number, SignedFinalBatchRecord>(
  "signed-final-batch",
  numberKey,
);

/** Home's history after each batch that a final block of home has, as 32 bytes; compared with home before it is stored. */
export const FINAL_HISTORIES = new Table<number, `0x${string}`>("final-history", numberKey);

/** Bridged NRX that was burned on a mirror, to be brought home. By index, which counts from 0 without gaps. */
export interface ReturnRecord {
  readonly index: number;
  readonly amountUnits: bigint;
  readonly l1Address: `0x${string}`;
  readonly pubX: bigint;
  readonly pubY: bigint;
}
export const returnsOf = (chain: ChainName): Table<number, ReturnRecord> =>
  new Table(`return-${chain}`, numberKey);
/** Transactions that bring a mirror's returns home, by the return's index. */
export const returnErrandsOf = (chain: ChainName): Table<number, Pick<SettlementRecord, "attempts">> =>
  new Table(`return-errand-${chain}`, numberKey);

/** Input of the batch circuit, kept until the batch is proven. */
export const WITNESS_INPUTS = new Table<number, unknown>("witness-input", numberKey);
export const PROOFS = new Table<number, ProofRecord>("proof", numberKey);
/** Checks and readings of which only the newest is kept, under this key. */
export const LATEST = "latest";
export const AUDITS = new Table<typeof LATEST, AuditRecord>("audit", text);
export const SUPPLY_AUDITS = new Table<typeof LATEST, SupplyAuditRecord>("supply-audit", text);
export const VAULT_CHECKS = new Table<typeof LATEST, VaultRecord>("vault-check", text);
export const HOME_GAS_PRICES = new Table<typeof LATEST, HomeGasPriceRecord>("home-gas-price", text);
/** Units of withdrawals on home that were claimed up to the block of the cursor homeBlock. */
export const CLAIMED_UNITS = new Table<typeof LATEST, bigint>("claimed-units", text);
/** A stage's progress: the next number that it has to deal with, or anything small that it must remember. */
export const CURSORS = new Table<string, number>("cursor", text);

/** Outbox of one chain. */
export const settlementsOf = (chain: ChainName): Table<number, SettlementRecord> =>
  new Table(`settlement-${chain}`, numberKey);

/** Stages and their cursors. */
export const CURSOR = {
  /** Newest closed batch. */
  batches: "batches",
  /** Newest batch with a stored proof, all before it being proven too. */
  proofs: "proofs",
  /** Home block whose events were read last. */
  homeBlock: "home-block",
  /** Priority entries read so far. */
  priorityRead: "priority-read",
  /** Priority entries executed so far. */
  priorityDone: "priority-done",
} as const;

/** Cursor of the newest accepted or newest finalized batch of a chain. */
export const acceptedCursor = (chain: ChainName): string => `accepted-${chain}`;
export const finalizedCursor = (chain: ChainName): string => `finalized-${chain}`;

export const readCursor = (database: Database, cursor: string): number => CURSORS.get(database, cursor) ?? 0;
