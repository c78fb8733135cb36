import type { Address, Hex } from "viem";
import type { OpKind, OpWords } from "../state/ledger/operation.ts";

/** Levels of confirmation, in the order in which an operation reaches them. */
export const LEVELS = ["pending", "sequenced", "proven", "settled", "finalized"] as const;
export type Level = (typeof LEVELS)[number];
export type OperationLevel = Level | "rejected";

/** True if `level` is `wanted` or above. A rejected operation has reached nothing. */
export const hasReached = (level: OperationLevel, wanted: Level): boolean =>
  level !== "rejected" && LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);

export interface Mirror {
  readonly name: string;
  readonly chainId: number;
  readonly contract: Address;
}

export interface ChainInfo {
  readonly chainId: number;
  readonly domain: bigint;
  readonly homeChainId: number;
  readonly homeContract: Address;
  readonly token: Address;
  readonly mirrors: readonly Mirror[];
  /** Levels of the ledger tree; it has 8^levels cells. */
  readonly levels: number;
  readonly maxOps: number;
  readonly maxCells: number;
  readonly circuitId: bigint;
  readonly genesisRoot: bigint;
  readonly treasuryRate: bigint;
  readonly reservedCells: Readonly<Record<string, number>>;
  /** RPC URLs by chain name, "home" included; only where the L1s are local. */
  readonly l1Rpc: Readonly<Record<string, string>> | undefined;
}

export interface AccountState {
  readonly id: number;
  readonly nonce: bigint;
  /** The nonce after the operations that the node has accepted and not yet sequenced. */
  readonly pendingNonce: bigint;
  readonly balanceUnits: bigint;
  readonly l1Address: Address;
  readonly pubX: bigint;
  readonly pubY: bigint;
}

export interface ModelState {
  readonly id: number;
  readonly status: bigint;
  readonly owner: number;
  readonly share: bigint;
  readonly priceUnits: bigint;
  readonly serial: bigint;
  readonly revenueUnits: bigint;
  readonly manifest: bigint;
}

export interface TaskState {
  readonly id: number;
  readonly phase: bigint;
  readonly worker: number;
  readonly submittedAt: bigint;
  readonly drawnUnits: bigint;
  readonly requester: number;
  readonly nonce: bigint;
  readonly verifier: number;
  readonly model: number;
  readonly kind: bigint;
  readonly flags: bigint;
  readonly treasuryRate: bigint;
  readonly share: bigint;
  readonly deadline: bigint;
  readonly window: bigint;
  readonly rewardUnits: bigint;
  readonly bondUnits: bigint;
  readonly verifierFeeUnits: bigint;
  readonly content: bigint;
  /** Null if the node does not know it, as is `result`: the ledger itself holds only `content`. */
  readonly input: bigint | null;
  /** The first draws of the task, in order; `NeuraClient.getReceipts` gives all. */
  readonly receipts: readonly TaskDraw[];
  readonly receiptsCount: number;
  /** Null also before the submission. */
  readonly result: bigint | null;
  readonly terms: bigint;
  readonly money: bigint;
}

/** One drawTask of a task. */
export interface TaskDraw {
  /** Merkle root of the receipts up to it. */
  readonly root: bigint;
  /** Drawn in all, this draw included. */
  readonly drawnUnits: bigint;
  readonly operationId: Hex;
}

export interface Rejection {
  readonly code: string;
  readonly message: string;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

export interface OperationState {
  readonly id: Hex;
  readonly kind: OpKind | "unknown";
  readonly sender: number;
  readonly object: number;
  readonly feeUnits: bigint;
  readonly amountUnits: bigint;
  readonly words: OpWords;
  readonly level: OperationLevel;
  readonly mirrored: Readonly<Record<string, boolean>>;
  readonly blockNumber: number | null;
  readonly batchNumber: number | null;
  readonly indexInBatch: number | null;
  readonly transactionHash: Hex | null;
  readonly valid: boolean | null;
  readonly reason: Rejection | null;
}

export interface BatchOperation {
  readonly id: Hex;
  readonly kind: OpKind | "unknown";
  readonly words: OpWords;
  readonly valid: boolean;
  /** L1 address that queued it; null for signed operations. */
  readonly caller: Address | null;
}

export interface BatchWithdrawal {
  /** Where it is paid: "home", or a mirror's name. */
  readonly chain: string;
  readonly recipient: Address;
  readonly amountUnits: bigint;
}

export interface BatchProof {
  readonly constraints: number;
  readonly witnessMs: number;
  readonly proveMs: number;
}

/** A batch's transaction on one chain. */
export interface BatchOnChain {
  readonly transactionHash: Hex;
  readonly gasUsed: bigint;
  readonly blockNumber: number;
  readonly finalized: boolean;
}

export interface BatchState {
  readonly number: number;
  readonly level: OperationLevel;
  readonly rootBefore: bigint;
  readonly rootAfter: bigint;
  readonly cellCount: number;
  readonly timeSeconds: bigint;
  readonly firstBlock: number | null;
  readonly lastBlock: number | null;
  readonly ops: readonly BatchOperation[];
  readonly withdrawals: readonly BatchWithdrawal[];
  readonly proof: BatchProof | null;
  /** By chain name, "home" included; null where the batch has not arrived. */
  readonly chains: Readonly<Record<string, BatchOnChain | null>>;
}

/** A cell and its Merkle path under the root after a batch. */
export interface LedgerProof {
  readonly id: number;
  readonly fields: readonly [bigint, bigint, bigint, bigint];
  readonly batchNumber: number;
  readonly root: bigint;
  /** `path[level]`: the 8 children of the cell's ancestor at that level; `path[0]` are leaves. */
  readonly path: readonly (readonly bigint[])[];
}

export interface StoredContent {
  readonly cid: string;
  /** The field element that commits to the bytes. */
  readonly content: bigint;
}
