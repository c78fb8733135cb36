import type { Address } from "viem";
import type { MODEL_STATUS, TASK_KIND } from "../state/ledger/cells.ts";
import type { PublicKey } from "../state/ledger/eddsa.ts";
import type { TaskState } from "./types.ts";

/** A task as the caller examined it, or its id: then it is signed as the node shows it now. */
export type TaskReference = TaskState | number;

export type TaskKind = keyof typeof TASK_KIND;
export type ModelStatus = keyof typeof MODEL_STATUS;

/** What the author of an operation decides. */
export type OperationRequest =
  | {
      readonly kind: "transfer";
      readonly to: number;
      readonly amountUnits: bigint;
      /** To the gateway account: the recipient in the contract lane. */
      readonly memo?: Address;
      /** Refuses to sign if the recipient is another account than this L1 address's. */
      readonly toL1Address?: Address;
    }
  | {
      readonly kind: "openAccount";
      readonly l1Address: Address;
      readonly publicKey: PublicKey;
      readonly amountUnits: bigint;
    }
  | {
      readonly kind: "withdraw";
      readonly recipient: Address;
      readonly amountUnits: bigint;
      /** Number of a mirror, from 1, in the order of neura_chainInfo. Home, if left out. */
      readonly mirror?: number;
    }
  | {
      readonly kind: "registerModel";
      readonly manifest: bigint;
      readonly priceUnits: bigint;
      readonly shareBasisPoints: bigint;
    }
  | {
      readonly kind: "postTask";
      readonly taskKind: TaskKind;
      readonly input: bigint;
      readonly verifier: number;
      /** 0 for a task without a model. */
      readonly model: number;
      readonly rewardUnits: bigint;
      readonly verifierFeeUnits: bigint;
      readonly bondUnits: bigint;
      readonly deadlineSeconds: bigint;
      readonly windowSeconds: bigint;
      readonly silenceAccepts: boolean;
      readonly verifierL1Address?: Address;
    }
  | { readonly kind: "claimTask"; readonly task: TaskReference }
  | { readonly kind: "submitResult"; readonly task: TaskReference; readonly result: bigint }
  | { readonly kind: "settleTask"; readonly task: TaskReference; readonly accept: boolean }
  | {
      readonly kind: "updateModel";
      readonly model: number;
      readonly status: ModelStatus;
      /** What the owner sets anew. The governor leaves it out: it changes the status only. */
      readonly terms?: {
        readonly manifest: bigint;
        readonly priceUnits: bigint;
        readonly shareBasisPoints: bigint;
      };
    }
  | { readonly kind: "claimRevenue"; readonly model: number }
  /** A voucher: signed by the task's requester with nonce 0, sent by anyone. */
  | {
      readonly kind: "drawTask";
      readonly task: TaskReference;
      /** What the worker may have drawn in all, this voucher included. */
      readonly totalUnits: bigint;
      /** Merkle root of the receipts of what was done for it. */
      readonly receipts: bigint;
    }
  | { readonly kind: "expireTask"; readonly task: TaskReference };

export type RequestOf<Kind extends OperationRequest["kind"]> = Extract<OperationRequest, { kind: Kind }>;
