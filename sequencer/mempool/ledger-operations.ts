import type { Database } from "../../state/database.ts";
import { contextOf } from "../../state/ledger/batch.ts";
import { type Cell, decodeAccount, encodeAccount } from "../../state/ledger/cells.ts";
import { verify } from "../../state/ledger/eddsa.ts";
import { LedgerError } from "../../state/ledger/errors.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import { isCreating, opFields, type SignedOp, withFee, withObject } from "../../state/ledger/operation.ts";
import { type OperationId, signedOperationId } from "../../state/ledger/operation-id.ts";
import { messageOf, ruleOf, transitionOf } from "../../state/ledger/transition.ts";
import { OPERATIONS, PENDING_OPERATIONS } from "../../state/store/records.ts";

/** Bounds of the mempool. */
const maxPendingOps = 20_000;
const maxPendingOpsPerSender = 64;

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
  readonly now: () => number;
}

/**
 * Signed ledger operations that wait for a block. An op is judged by the same function that executes it, as if the
 * sender's earlier pending ops were done, and stored before it is acknowledged.
 */
export class LedgerMempool {
  readonly #options: LedgerMempoolOptions;
  readonly #pending = new Map<OperationId, PendingOp>();
  readonly #bySender = new Map<number, PendingOp[]>();
  readonly #admitting = new Map<number, Promise<unknown>>();
  #nextArrival = 0;

  private constructor(options: LedgerMempoolOptions) {
    this.#options = options;
  }

  /** Reads back what was acknowledged before a restart. */
  static async open(options: LedgerMempoolOptions): Promise<LedgerMempool> {
    const mempool = new LedgerMempool(options);
    for await (const { arrival, id, debitUnits } of PENDING_OPERATIONS.values(options.database)) {
      const record = OPERATIONS.get(options.database, id);
      if (record?.authorization === undefined)
        throw new Error(`the record of pending operation ${id} is missing`);
      const op = { words: record.words, authorization: record.authorization };
      mempool.#remember({ id, arrival, op, sender: opFields(op.words).sender, debitUnits });
      mempool.#nextArrival = arrival + 1;
    }
    return mempool;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** The nonce that a sender's next op must have. */
  nextNonce(sender: number): bigint {
    const { nonce } = decodeAccount(this.#options.ledger.cell(sender));
    return nonce + BigInt(this.#bySender.get(sender)?.length ?? 0);
  }

  /**
   * Admits an op and returns its id. Throws a LedgerError or a MempoolError and stores nothing if it is refused.
   * Ops of one sender are admitted one after another, so that two of them cannot take the same nonce.
   */
  async submit(op: SignedOp): Promise<OperationId> {
    const { sender } = opFields(op.words);
    const before = this.#admitting.get(sender) ?? Promise.resolve();
    const admission = before.then(
      () => this.#admit(op),
      () => this.#admit(op),
    );
    this.#admitting.set(sender, admission);
    try {
      return await admission;
    } finally {
      if (this.#admitting.get(sender) === admission) this.#admitting.delete(sender);
    }
  }

  /** Pending ops in the order of arrival. */
  waiting(): Iterable<PendingOp> {
    return this.#pending.values();
  }

  /** To be called in the same turn in which a block executes or rejects the op; on the disk it waits until the block is there. */
  remove(id: OperationId): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    const queue = (this.#bySender.get(pending.sender) ?? []).filter((other) => other.id !== id);
    if (queue.length === 0) this.#bySender.delete(pending.sender);
    else this.#bySender.set(pending.sender, queue);
  }

  async #admit(op: SignedOp): Promise<OperationId> {
    const { database } = this.#options;
    const { id, debitUnits } = this.#judge(op);
    const arrival = this.#nextArrival++;
    await database.write([
      OPERATIONS.put(id, { id, words: op.words, authorization: op.authorization }),
      PENDING_OPERATIONS.put(arrival, { arrival, id, debitUnits }),
    ]);
    this.#remember({ id, arrival, op, sender: opFields(op.words).sender, debitUnits });
    return id;
  }

  #judge(op: SignedOp): { id: OperationId; debitUnits: bigint } {
    const { ledger, domain, feeUnits, now } = this.#options;
    const fields = opFields(op.words);
    this.#demandRoom(fields.sender);
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
    const context = contextOf(ledger, domain, BigInt(Math.floor(now() / 1000)));
    const queue = this.#bySender.get(fields.sender) ?? [];
    const read = (id: number): Cell =>
      id === fields.sender ? afterPending(ledger.cell(id), queue) : ledger.cell(id);
    // A full tree has no next cell: then the op is refused for that.
    const nextCell = ledger.cellCount < ledger.capacity ? ledger.cellCount : 0;
    const placed = isCreating(fields.kind) ? withObject(op.words, nextCell) : op.words;
    const priced = { ...op, words: withFee(placed, feeUnits) };
    if (!ruleOf(fields).parts.includes("sender")) {
      throw new LedgerError("unknown-kind", `${fields.kind} cannot be sent as a signed operation`);
    }
    const id = signedOperationId(messageOf(op.words, op.authorization, { ...context, read }));
    if (this.#pending.has(id) || OPERATIONS.get(this.#options.database, id) !== undefined) {
      throw new MempoolError("already-known", "this operation was sent before", "a new operation", id);
    }
    const { change } = transitionOf(priced, { ...context, read }, verify);
    return { id, debitUnits: (change.debitUnits ?? 0n) + feeUnits };
  }

  #demandRoom(sender: number): void {
    if (this.#pending.size >= maxPendingOps) {
      throw new MempoolError(
        "mempool-full",
        "too many operations wait: try again later",
        `below ${maxPendingOps}`,
      );
    }
    if ((this.#bySender.get(sender)?.length ?? 0) >= maxPendingOpsPerSender) {
      throw new MempoolError(
        "sender-queue-full",
        "too many operations of this sender wait: try again after the next block",
        `below ${maxPendingOpsPerSender}`,
      );
    }
  }

  #remember(pending: PendingOp): void {
    this.#pending.set(pending.id, pending);
    this.#bySender.set(pending.sender, [...(this.#bySender.get(pending.sender) ?? []), pending]);
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
