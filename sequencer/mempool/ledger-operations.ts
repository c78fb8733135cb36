import type { Database, Write } from "../../state/database.ts";
import { contextOf } from "../../state/ledger/batch.ts";
import {
  type Cell,
  decodeAccount,
  decodeTask,
  encodeAccount,
  isClosedTask,
  RESERVED_CELL,
} from "../../state/ledger/cells.ts";
import { verify } from "../../state/ledger/eddsa.ts";
import { LedgerError, type LedgerErrorCode } from "../../state/ledger/errors.ts";
import { feeUnitsOf } from "../../state/ledger/fees.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import {
  HOME_CHAIN,
  isCreating,
  opFields,
  type SignedOp,
  withFee,
  withObject,
} from "../../state/ledger/operation.ts";
import { type OperationId, signedOperationId } from "../../state/ledger/operation-id.ts";
import type { Change } from "../../state/ledger/rule.ts";
import { messageOf, ruleOf, type TransitionContext, transitionOf } from "../../state/ledger/transition.ts";
import { closedTaskIds } from "../../state/store/indexes.ts";
import {
  CURSORS,
  OPERATIONS,
  PENDING_OPERATIONS,
  type Rejection,
  readCursor,
} from "../../state/store/records.ts";
import { isFull } from "../placement.ts";

/** Bounds of the mempool. */
const maxPendingOps = 20_000;
const maxPendingOpsPerSender = 64;
/** Percent of the pending voucher's payout that a voucher must pay at least to take its place: it bounds how often that happens. */
const replacementPercent = 110n;

/** Cells of closed tasks that are looked up for a task that is posted into a full tree: more than the block that is being written can take. */
const maxClosedTasks = 256;

/** Arrivals never repeat: an op that comes back from a block that was taken back stands before all that came after it. */
const NEXT_ARRIVAL = "next-arrival";

/** Refusals of an op that come before its signature is looked at, and that a good op gets when it is sent again. */
const COMES_WITH_AGE: ReadonlySet<LedgerErrorCode> = new Set(["wrong-nonce", "expired"]);

export type MempoolErrorCode =
  | "already-known"
  | "mempool-full"
  | "sender-queue-full"
  | "fee-too-low"
  | "fee-not-zero";

/** The op may be valid, but the mempool does not take it. */
export class MempoolError extends Error {
  override readonly name = "MempoolError";
  constructor(
    readonly code: MempoolErrorCode,
    message: string,
    readonly expected?: string,
    readonly actual?: string,
  ) {
    super(message);
  }
}

export interface PendingOp {
  readonly id: OperationId;
  readonly arrival: number;
  /** Rank in the order of execution: the own arrival, or that of the voucher whose place was taken. */
  readonly place: number;
  readonly op: SignedOp;
  readonly sender: number;
  /** What it takes from the sender at most. */
  readonly debitUnits: bigint;
}

export interface LedgerMempoolOptions {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly domain: bigint;
  /** Flat fee of one op. */
  readonly feeUnits: bigint;
  /** Of the mirrors that are deployed. */
  readonly mirrorNumbers: readonly number[];
  readonly now: () => number;
}

/** An op that passed judgement. */
interface Judged {
  readonly id: OperationId;
  readonly debitUnits: bigint;
  /** The pending voucher whose place a voucher takes. */
  readonly replaced?: PendingOp | undefined;
}

/**
 * Signed ledger operations that wait for a block. An op is judged by the same function that executes it, as if the
 * sender's earlier pending ops were done, and stored before it is acknowledged.
 *
 * A voucher (drawTask) has no nonce and costs its signer nothing, and anyone may send it: it is in no sender's queue. At most
 * one per task waits. Another takes its place, also in the order, if it is better in every respect: it pays clearly more, and
 * is valid at least as long. So whoever sends vouchers that are worth less, or expire at once, cannot keep a good one out.
 */
export class LedgerMempool {
  readonly #options: LedgerMempoolOptions;
  readonly #pending = new Map<OperationId, PendingOp>();
  readonly #bySender = new Map<number, PendingOp[]>();
  /** The pending voucher of each task, by the task's cell. */
  readonly #vouchers = new Map<number, PendingOp>();
  readonly #admitting = new Map<string, Promise<unknown>>();
  #nextArrival = 0;

  private constructor(options: LedgerMempoolOptions) {
    this.#options = options;
  }

  /** Reads back what was acknowledged before a restart. */
  static async open(options: LedgerMempoolOptions): Promise<LedgerMempool> {
    const mempool = new LedgerMempool(options);
    const replaced: Write[] = [];
    mempool.#nextArrival = readCursor(options.database, NEXT_ARRIVAL);
    for await (const pending of PENDING_OPERATIONS.values(options.database)) {
      const { arrival, id } = pending;
      const record = OPERATIONS.get(options.database, id);
      if (record?.authorization === undefined)
        throw new Error(`the record of pending operation ${id} is missing`);
      const op = { words: record.words, authorization: record.authorization };
      const { sender } = opFields(op.words);
      replaced.push(...mempool.#remember({ ...pending, op, sender }));
      mempool.#nextArrival = Math.max(mempool.#nextArrival, arrival + 1);
    }
    await options.database.write(replaced);
    return mempool;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** The nonce that a sender's next op must have, vouchers aside. */
  nextNonce(sender: number): bigint {
    const { nonce } = decodeAccount(this.#options.ledger.cell(sender));
    return nonce + BigInt(this.#bySender.get(sender)?.length ?? 0);
  }

  /**
   * Admits an op and returns its id. Throws a LedgerError or a MempoolError and stores nothing if it is refused.
   * Ops of one sender are admitted one after another, so that two of them cannot take the same nonce, and so are the vouchers
   * of one task.
   */
  async submit(op: SignedOp): Promise<OperationId> {
    const fields = opFields(op.words);
    const turn = ruleOf(fields).isVoucher ? `task ${fields.object}` : `sender ${fields.sender}`;
    const before = this.#admitting.get(turn) ?? Promise.resolve();
    const admission = before.then(
      () => this.#admit(op),
      () => this.#admit(op),
    );
    this.#admitting.set(turn, admission);
    try {
      return await admission;
    } finally {
      if (this.#admitting.get(turn) === admission) this.#admitting.delete(turn);
    }
  }

  /** Pending ops in the order of arrival; a voucher stands where the one stood whose place it took. */
  waiting(): Iterable<PendingOp> {
    if (this.#vouchers.size === 0) return this.#pending.values();
    return [...this.#pending.values()].sort((a, b) => a.place - b.place);
  }

  /** To be called in the same turn in which a block executes or rejects the op; on the disk it waits until the block is there. */
  remove(id: OperationId): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    const fields = opFields(pending.op.words);
    if (ruleOf(fields).isVoucher) {
      const { object } = fields;
      if (this.#vouchers.get(object)?.id === id) this.#vouchers.delete(object);
      return;
    }
    const queue = (this.#bySender.get(pending.sender) ?? []).filter((other) => other.id !== id);
    if (queue.length === 0) this.#bySender.delete(pending.sender);
    else this.#bySender.set(pending.sender, queue);
  }

  async #admit(op: SignedOp): Promise<OperationId> {
    const { database } = this.#options;
    const { id, debitUnits, replaced } = this.#judge(op, await this.#closedTasksFor(op));
    const arrival = this.#nextArrival++;
    const place = replaced?.place ?? arrival;
    await database.write([
      OPERATIONS.put(id, { id, words: op.words, authorization: op.authorization }),
      PENDING_OPERATIONS.put(arrival, { arrival, id, place, debitUnits }),
      CURSORS.put(NEXT_ARRIVAL, arrival + 1),
    ]);
    // A voucher whose place is taken can be executed until here. From here on its records are only written below.
    await database.write(
      this.#remember({ id, arrival, place, op, sender: opFields(op.words).sender, debitUnits }),
    );
    return id;
  }

  /** Cells that a task may take in a full tree, as of the newest block on the disk. */
  async #closedTasksFor({ words }: SignedOp): Promise<readonly number[]> {
    const { database, ledger } = this.#options;
    if (opFields(words).kind !== "postTask" || !isFull(ledger)) return [];
    return closedTaskIds(database, maxClosedTasks);
  }

  #judge(op: SignedOp, closedTasks: readonly number[]): Judged {
    const fields = opFields(op.words);
    const feeUnits = feeUnitsOf(fields.kind, this.#options.feeUnits);
    const { parts, isVoucher } = ruleOf(fields);
    this.#demandRoom(isVoucher ? undefined : fields.sender);
    if (fields.feeUnits !== 0n) {
      throw new MempoolError(
        "fee-not-zero",
        "the sequencer sets the fee: send 0",
        "0",
        String(fields.feeUnits),
      );
    }
    if (op.authorization.maxFeeUnits < feeUnits) {
      throw new MempoolError(
        "fee-too-low",
        "the maximum fee is below the sequencer's fee (neura_estimateFee)",
        `at least ${feeUnits}`,
        String(op.authorization.maxFeeUnits),
      );
    }
    if (!parts.includes("sender")) {
      throw new LedgerError("unknown-kind", `${fields.kind} cannot be sent as a signed operation`);
    }
    demandNotGateway(fields.sender);
    if (fields.kind === "withdraw") demandChain(fields.param, this.#options.mirrorNumbers);
    const { priced, context } = this.#place(op, feeUnits, closedTasks);
    const { id, change } = this.#execute(priced, context);
    if (!isVoucher) return { id, debitUnits: (change.debitUnits ?? 0n) + feeUnits };
    const replaced = this.#vouchers.get(fields.object);
    if (replaced !== undefined) demandBetter(op, replaced.op, decodeTask(context.read(fields.object)).drawn);
    return { id, debitUnits: 0n, replaced };
  }

  /** The op's id, which is the message that was signed, and what it would change. The message is hashed once, for both. */
  #execute(op: SignedOp, context: TransitionContext): { id: OperationId; change: Change } {
    let id: OperationId | undefined;
    try {
      const { change } = transitionOf(op, context, (key, message, signature) => {
        id = signedOperationId(message);
        this.#demandNew(id);
        return verify(key, message, signature);
      });
      if (id === undefined) throw new Error("an operation was judged without its signature");
      return { id, change };
    } catch (error) {
      // An operation that was executed has used up its nonce, and may be too late by now: what it is says more.
      const mayBeKnown = error instanceof LedgerError && COMES_WITH_AGE.has(error.code);
      if (mayBeKnown) this.#demandNew(signedOperationId(messageOf(op.words, op.authorization, context)));
      throw error;
    }
  }

  #demandNew(id: OperationId): void {
    if (!this.#pending.has(id) && OPERATIONS.get(this.#options.database, id) === undefined) return;
    throw new MempoolError("already-known", "this operation was sent before", "a new operation", id);
  }

  /** The op as a block would execute it now, and what it is judged against: the head, after the sender's pending ops. */
  #place(
    op: SignedOp,
    feeUnits: bigint,
    closedTasks: readonly number[],
  ): { priced: SignedOp; context: TransitionContext } {
    const { ledger, domain, now } = this.#options;
    const fields = opFields(op.words);
    const context = contextOf(ledger, domain, BigInt(Math.floor(now() / 1000)));
    const queue = this.#bySender.get(fields.sender) ?? [];
    const read = (id: number): Cell =>
      id === fields.sender ? afterPending(ledger.cell(id), queue) : ledger.cell(id);
    // Without a cell in a full tree, the op is refused for that.
    const reusable = closedTasks.find((id) => isClosedTask(ledger.cell(id))) ?? 0;
    const nextCell = isFull(ledger) ? reusable : ledger.cellCount;
    const placed = isCreating(fields.kind) ? withObject(op.words, nextCell) : op.words;
    return { priced: { ...op, words: withFee(placed, feeUnits) }, context: { ...context, read } };
  }

  #demandRoom(sender: number | undefined): void {
    if (this.#pending.size >= maxPendingOps) {
      throw new MempoolError(
        "mempool-full",
        "too many operations wait: try again later",
        `below ${maxPendingOps}`,
        String(this.#pending.size),
      );
    }
    const waiting = sender === undefined ? 0 : (this.#bySender.get(sender)?.length ?? 0);
    if (waiting >= maxPendingOpsPerSender) {
      throw new MempoolError(
        "sender-queue-full",
        "too many operations of this sender wait: try again after the next block",
        `below ${maxPendingOpsPerSender}`,
        String(waiting),
      );
    }
  }

  /** Puts an op into its place. Returns what is to be written about the voucher that it replaces, if there still is one. */
  #remember(pending: PendingOp): Write[] {
    this.#pending.set(pending.id, pending);
    const fields = opFields(pending.op.words);
    if (!ruleOf(fields).isVoucher) {
      this.#bySender.set(pending.sender, [...(this.#bySender.get(pending.sender) ?? []), pending]);
      return [];
    }
    const replaced = this.#vouchers.get(fields.object);
    this.#vouchers.set(fields.object, pending);
    if (replaced === undefined) return [];
    this.#pending.delete(replaced.id);
    const { id, arrival, op } = replaced;
    const rejection = replacementOf(op, pending);
    return [OPERATIONS.put(id, { id, ...op, rejection }), PENDING_OPERATIONS.del(arrival)];
  }
}

/** The sender's account as its pending ops will leave it, without what others may still pay to it. */
function afterPending(cell: Cell, queue: readonly PendingOp[]): Cell {
  if (queue.length === 0) return cell;
  const account = decodeAccount(cell);
  const debits = queue.reduce((sum, { debitUnits }) => sum + debitUnits, 0n);
  const balance = account.balance > debits ? account.balance - debits : 0n;
  return encodeAccount({ ...account, nonce: account.nonce + BigInt(queue.length), balance });
}

/** The rejection that a voucher would get in the block, after the one that took its place. */
function replacementOf(op: SignedOp, by: PendingOp): Rejection {
  return {
    code: "amount-out-of-range",
    message: `voucher ${by.id}, over a higher amount of the same task, took its place`,
    expected: `above ${opFields(by.op.words).amountUnits}`,
    actual: String(opFields(op.words).amountUnits),
  };
}

/** Its money is the contract lane's, where nobody would know of the operation. */
function demandNotGateway(sender: number): void {
  if (sender !== RESERVED_CELL.gateway) return;
  throw new LedgerError(
    "wrong-role",
    "the gateway's account is moved by requests to the gateway contract only",
    "another account",
    String(sender),
  );
}

/** A withdrawal to a mirror that is not deployed would wait there for ever, or go to home: whoever signs one is mistaken. */
function demandChain(chain: bigint, mirrorNumbers: readonly number[]): void {
  if (chain === BigInt(HOME_CHAIN) || mirrorNumbers.some((number) => BigInt(number) === chain)) return;
  throw new LedgerError(
    "out-of-range",
    "a withdrawal goes to home, chain 0, or to the mirror of that number",
    [HOME_CHAIN, ...mirrorNumbers].join(", "),
    String(chain),
  );
}

/** Throws unless a voucher may take the place of the pending one, so that nothing is lost by it. */
function demandBetter(next: SignedOp, pending: SignedOp, drawnUnits: bigint): void {
  const [nextUnits, pendingUnits] = [next, pending].map(({ words }) => opFields(words).amountUnits) as [
    bigint,
    bigint,
  ];
  if (nextUnits <= pendingUnits) {
    throw new LedgerError(
      "amount-out-of-range",
      "a voucher of this task over as much waits already",
      `above ${pendingUnits}`,
      String(nextUnits),
    );
  }
  const { validUntil } = pending.authorization;
  const isMore = (nextUnits - drawnUnits) * 100n >= (pendingUnits - drawnUnits) * replacementPercent;
  if (isMore && next.authorization.validUntil >= validUntil) return;
  throw new MempoolError(
    "sender-queue-full",
    "a voucher of this task waits already: try again after the next block",
    `a payout of ${replacementPercent} % of ${pendingUnits - drawnUnits}, valid until ${validUntil} or later`,
    `${nextUnits - drawnUnits}, valid until ${next.authorization.validUntil}`,
  );
}
