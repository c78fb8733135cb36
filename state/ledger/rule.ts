import { isValidPublicKey } from "./babyjubjub.ts";
import {
  type Account,
  CELL_TAG,
  type Cell,
  decodeModel,
  decodeTask,
  encodeModel,
  type Model,
  type Task,
  tagOf,
} from "./cells.ts";
import { demand } from "./errors.ts";
import type { OpFields, OpKind } from "./operation.ts";

/** Reads a cell; ids that hold nothing read as the empty cell. */
export type CellReader = (id: number) => Cell;

/** Ids of the cells that an op reads; 0 where a slot is not used (docs/LEDGER.md, "Slots"). */
export interface Slots {
  readonly sender: number;
  readonly object: number;
  readonly party: number;
  readonly model: number;
}

/** Everything a rule may look at: the op, the batch's time, and the cells of its slots as they are before the op. */
export interface RuleInput {
  readonly op: OpFields;
  /** T, the time of the batch. */
  readonly timeSeconds: bigint;
  /** Slot A; undefined for kinds without a sender. */
  readonly sender: Account;
  readonly object: Cell;
  readonly party: Cell;
  readonly model: Cell;
  /** For creating kinds: the object is the next never-used cell. */
  readonly isFresh: boolean;
}

/** What a valid op changes, besides the sender's nonce and fee. Credits are additive, so slots may name the same account. */
export interface Change {
  readonly debitUnits?: bigint;
  readonly senderCreditUnits?: bigint;
  /** New contents of slot B. */
  readonly object?: Cell;
  readonly objectCreditUnits?: bigint;
  readonly partyCreditUnits?: bigint;
  /** New contents of slot D. */
  readonly model?: Cell;
  readonly treasuryUnits?: bigint;
  readonly evmCredit?: Payout;
  readonly withdrawal?: Withdrawal;
}

export interface Payout {
  /** 160-bit address. */
  readonly recipient: bigint;
  readonly units: bigint;
}

/** What leaves the ledger. */
export interface Withdrawal extends Payout {
  /** 0 is home, other numbers are mirrors. */
  readonly chain: number;
}

export type OpPart = "sender" | "object" | "fee" | "amount" | "param" | "w1" | "w2" | "w3";

/** The rule of one kind of op. One file each under `kinds/`. */
export interface Rule {
  readonly kind: OpKind;
  /** Parts that may be non-zero. */
  readonly parts: readonly OpPart[];
  /** Works on an existing task. Queued, it carries the task's terms and money in w1 and w2, where a signed op has them in its message. */
  readonly isOnTask?: true;
  /** What more the author signs than the slots' f1: a task's money, an account's pubX, a model's manifest. */
  readonly signedDetail?: (cells: { readonly object: Cell; readonly model: Cell }) => bigint;
  /** The signature may be used by anyone: no nonce is used up, and the fee is not taken from the signer. */
  readonly isVoucher?: true;
  readonly slots: (op: OpFields, read: CellReader) => Partial<Omit<Slots, "sender">>;
  /** A creating kind's placement other than in a fresh cell. */
  readonly isPlacedIn?: (op: OpFields, object: Cell) => boolean;
  /** Throws a LedgerError if a condition fails. */
  readonly execute: (input: RuleInput) => Change;
}

export const demandAmount = (op: OpFields): void =>
  demand(op.amountUnits >= 1n, "amount-out-of-range", "the amount must be at least 1 unit", "1 or more", 0);

export const demandAddress = (address: bigint, whose: string): void => {
  demand(address !== 0n, "out-of-range", `${whose} must not be the zero address`, "a non-zero address", 0);
  demand(address >> 160n === 0n, "out-of-range", `${whose} is longer than 160 bits`, "below 2^160", address);
};

export const demandPublicKey = (x: bigint, y: bigint): void =>
  demand(
    isValidPublicKey(x, y),
    "invalid-key",
    "the key is off the curve or of small order",
    "a point of BabyJubJub whose order is not 1, 2, 4 or 8",
    `(${x}, ${y})`,
  );

export function demandAccount(cell: Cell, id: number, role: string): void {
  if (tagOf(cell) === CELL_TAG.account) return;
  const known = tagOf(cell) !== 0n;
  demand(
    false,
    known ? "wrong-tag" : "unknown-account",
    `cell ${id}, named as ${role}, is not an account`,
    "an account",
    known ? `a cell of type ${tagOf(cell)}` : "an empty cell",
  );
}

export function demandTask(cell: Cell, id: number): Task {
  const known = tagOf(cell) !== 0n;
  demand(
    tagOf(cell) === CELL_TAG.task,
    known ? "wrong-tag" : "unknown-task",
    `cell ${id} is not a task`,
    "a task",
    known ? `a cell of type ${tagOf(cell)}` : "an empty cell",
  );
  return decodeTask(cell);
}

export function demandModel(cell: Cell, id: number): Model {
  const known = tagOf(cell) !== 0n;
  demand(
    tagOf(cell) === CELL_TAG.model,
    known ? "wrong-tag" : "unknown-model",
    `cell ${id} is not a model`,
    "a model",
    known ? `a cell of type ${tagOf(cell)}` : "an empty cell",
  );
  return decodeModel(cell);
}

/** Adds a cut to a task's model, if it has one. The slot was found to be a model before. */
export function withRevenue(modelId: bigint, cell: Cell, units: bigint): Pick<Change, "model"> {
  if (modelId === 0n) return {};
  const model = decodeModel(cell);
  return { model: encodeModel({ ...model, revenue: model.revenue + units }) };
}

export const demandPhase = (task: Task, phase: bigint, name: string): void =>
  demand(task.phase === phase, "wrong-phase", `the task is not ${name}`, phase, task.phase);

/** The money of slot B of a kind that works on a task. */
export const moneyOf = ({ object }: { readonly object: Cell }): bigint => object[2];
