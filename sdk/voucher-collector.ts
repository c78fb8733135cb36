import type { Hex } from "viem";
import { verify } from "../state/ledger/eddsa.ts";
import { opFields } from "../state/ledger/operation.ts";
import type { NeuraClient } from "./client.ts";
import { type WaitOptions, waitForLevel } from "./confirmation.ts";
import { NeuraRpcError, SdkError } from "./errors.ts";
import { toWord } from "./hex.ts";
import type { LedgerAccount, SentOperation } from "./ledger-account.ts";
import { taskOf } from "./named-cells.ts";
import { type Exchange, type Receipt, ReceiptLog } from "./receipts.ts";
import type { TaskState } from "./types.ts";
import { type CollectorState, collectorState, readCollectorState } from "./voucher-json.ts";
import { type PriceOf, type Voucher, VoucherChannel, type VoucherClaim } from "./vouchers.ts";

/** How long a voucher must be good for, so that there is time to draw it. */
const MIN_VALID_SECONDS = 3_600n;
/** How old the worker's view of the task, and of the fee, may be when it takes a voucher. */
const TASK_MAX_AGE_SECONDS = 10n;
/** So long before the deadline of the task whatever can be drawn is worth drawing: after it anyone may end the task. */
const DRAW_BEFORE_DEADLINE_SECONDS = 600n;

export interface VoucherCollectorOptions {
  readonly client: NeuraClient;
  /** A task that the worker has claimed. */
  readonly task: number;
  readonly priceOf: PriceOf;
  readonly nowSeconds: () => bigint;
  /** Work that may be done without a voucher for it: what the worker loses at most if the requester stops to pay. */
  readonly creditLimitUnits: bigint;
  /**
   * Draws when so much can be drawn: what is lost at most if the ledger is frozen, because the home chain's queue takes vouchers from
   * the requester only. At least the amount that the ledger takes the fee from; that, if it is left out.
   */
  readonly drawAtUnits?: bigint;
  readonly minValidSeconds?: bigint;
  /** What `state` gave before a restart. */
  readonly state?: CollectorState | undefined;
}

export interface SubmittedResult extends SentOperation {
  /** In vouchers, and too little to be drawn: it is paid if the verdict is good. */
  readonly leftToVerdictUnits: bigint;
}

/**
 * The worker's side of streamed work: makes the receipts, takes vouchers for them, keeps the best one, stops when too much is unpaid,
 * and draws. Vouchers are worth nothing from the submission of the result on, so it is `submitResult` of this class that a worker calls.
 *
 * Save `state` after every receipt and voucher: what is not in it is not paid.
 */
export class VoucherCollector {
  readonly #options: VoucherCollectorOptions;
  readonly #channel: VoucherChannel;
  readonly #log: ReceiptLog;
  #best: Voucher | undefined;
  #task: TaskState;
  #feeUnits = 0n;
  #readAtSeconds = 0n;

  private constructor(options: VoucherCollectorOptions, channel: VoucherChannel, task: TaskState) {
    const saved = options.state === undefined ? undefined : readCollectorState(options.state, channel.scope);
    this.#options = options;
    this.#channel = channel;
    this.#log = new ReceiptLog(channel.scope, saved?.receipts);
    this.#task = task;
    if (saved?.best === undefined) return;
    this.#demandOver(saved.best);
    this.#best = saved.best;
  }

  static async open(options: VoucherCollectorOptions): Promise<VoucherCollector> {
    const channel = await VoucherChannel.open(options.client, options.task);
    const task = await taskOf(options.client, options.task);
    const collector = new VoucherCollector(options, channel, task);
    await collector.#refresh();
    return collector;
  }

  get receipts(): ReceiptLog {
    return this.#log;
  }

  get best(): Voucher | undefined {
    return this.#best;
  }

  /** Covered by vouchers, drawn or not. */
  get vouchedUnits(): bigint {
    return this.#best === undefined ? 0n : totalOf(this.#best);
  }

  /** Done and covered by no voucher. */
  get unpaidUnits(): bigint {
    return this.#log.totalUnits - this.vouchedUnits;
  }

  /** Covered by vouchers and not drawn, as far as the worker knows. */
  get undrawnUnits(): bigint {
    const { drawnUnits } = this.#task;
    return this.vouchedUnits > drawnUnits ? this.vouchedUnits - drawnUnits : 0n;
  }

  /** Throws an SdkError "credit-exhausted" if no more work should be done before there is another voucher. */
  demandCredit(): void {
    const { creditLimitUnits } = this.#options;
    if (this.unpaidUnits < creditLimitUnits) return;
    throw new SdkError(
      "credit-exhausted",
      "as much work as the credit limit allows is unpaid: wait for a voucher",
      `below ${creditLimitUnits}`,
      String(this.unpaidUnits),
    );
  }

  /** Makes the receipt of one exchange. Throws an SdkError if there is no credit, or if the task cannot pay for it. */
  record(exchange: Exchange): Receipt {
    this.demandCredit();
    const { priceOf, nowSeconds } = this.#options;
    const priceUnits = priceOf(exchange);
    const totalUnits = this.#log.totalUnits + priceUnits;
    if (totalUnits > this.#channel.rewardUnits) {
      throw new SdkError(
        "reward-exhausted",
        "the task cannot pay for more: submit its result",
        `at most ${this.#channel.rewardUnits}`,
        String(totalUnits),
      );
    }
    return this.#log.record(exchange, priceUnits, nowSeconds());
  }

  /** What a voucher for all receipts would be over. */
  claim(): VoucherClaim {
    const { count, totalUnits } = this.#log;
    return { count, totalUnits, root: this.#log.rootAt(count) };
  }

  /**
   * Takes a voucher, if it is good: over exactly the receipts that it is for, more than the one before, by the requester, long
   * enough, and for a task that is still claimed. Throws an SdkError and keeps the one before otherwise.
   */
  async accept(voucher: Voucher): Promise<void> {
    const now = this.#options.nowSeconds();
    if (now - this.#readAtSeconds > TASK_MAX_AGE_SECONDS) await this.#refresh();
    this.#channel.demandSame(this.#task);
    this.#demandOver(voucher);
    this.#demandTerms(voucher, now);
    const message = this.#channel.message(voucher);
    if (!verify(this.#channel.requesterKey, message, voucher.authorization.signature)) {
      throw new SdkError(
        "wrong-voucher",
        "the voucher is not signed by the task's requester",
        toWord(message),
      );
    }
    this.#best = voucher;
  }

  /** Draws the best voucher if that is worth it now. Gives the operation's id, or undefined. */
  async drawIfDue(): Promise<Hex | undefined> {
    await this.#refresh();
    const { drawAtUnits = 0n, nowSeconds, minValidSeconds = MIN_VALID_SECONDS } = this.#options;
    const units = this.undrawnUnits;
    if (!this.#channel.covers(units, this.#feeUnits)) return undefined;
    const now = nowSeconds();
    const isLate =
      this.#channel.deadline < now + DRAW_BEFORE_DEADLINE_SECONDS ||
      (this.#best?.authorization.validUntil ?? 0n) < now + minValidSeconds;
    if (units < drawAtUnits && !isLate) return undefined;
    try {
      return await this.draw();
    } catch (error) {
      // A voucher waits already that is nearly as good: it will be in the next block.
      if (error instanceof NeuraRpcError && error.code === "sender-queue-full") return undefined;
      throw error;
    }
  }

  /** Sends the best voucher. Throws an SdkError if there is nothing to draw, or too little for the fee. */
  async draw(): Promise<Hex> {
    await this.#refresh();
    this.#channel.demandSame(this.#task);
    const units = this.undrawnUnits;
    if (this.#best === undefined || units === 0n) {
      throw new SdkError("nothing-to-pay", "no voucher is over more than what is drawn already");
    }
    if (!this.#channel.covers(units, this.#feeUnits)) {
      throw new SdkError(
        "payout-too-small",
        "the ledger takes a fee from a hundred times as much only: wait for a better voucher",
        `at least ${100n * this.#feeUnits} for the worker`,
        String(this.#channel.split(units).workerUnits),
      );
    }
    try {
      return await this.#options.client.sendOperation(this.#best);
    } catch (error) {
      const wasSent = error instanceof NeuraRpcError && error.code === "already-known";
      if (wasSent) return toWord(this.#channel.message(this.#best));
      throw error;
    }
  }

  /** Draws the best voucher and waits until it is in a block. */
  async drawAndWait(options: WaitOptions = {}): Promise<Hex> {
    const id = await this.draw();
    await waitForLevel(this.#options.client, id, "sequenced", options);
    await this.#refresh();
    return id;
  }

  /**
   * Submits the task's result after everything was drawn: vouchers are worth nothing afterwards. Refuses with "unpaid-work" while
   * there are receipts without a voucher, up to `forfeitUnits`. If the verdict is good, the whole reward is paid in any case.
   */
  async submitResult(
    account: LedgerAccount,
    result: bigint,
    { forfeitUnits = 0n, ...waiting }: WaitOptions & { readonly forfeitUnits?: bigint } = {},
  ): Promise<SubmittedResult> {
    await this.#refresh();
    if (this.unpaidUnits > forfeitUnits) {
      throw new SdkError(
        "unpaid-work",
        "receipts have no voucher yet, and none is good after the submission: get one, or forfeit them",
        `at most ${forfeitUnits}`,
        String(this.unpaidUnits),
      );
    }
    if (this.#channel.covers(this.undrawnUnits, this.#feeUnits)) await this.drawAndWait(waiting);
    const sent = await account.send({ kind: "submitResult", task: this.#task, result });
    return { ...sent, leftToVerdictUnits: this.undrawnUnits };
  }

  /** Everything that must survive a restart; JSON. */
  state(): CollectorState {
    return collectorState(this.#channel.scope, this.#log.receipts, this.#best);
  }

  async #refresh(): Promise<void> {
    const { client, task, nowSeconds } = this.#options;
    const [state, feeUnits] = await Promise.all([taskOf(client, task), client.estimateFeeUnits("drawTask")]);
    this.#task = state;
    this.#feeUnits = feeUnits;
    this.#readAtSeconds = nowSeconds();
  }

  /** Throws unless the voucher draws exactly what the first `count` receipts come to. */
  #demandOver(voucher: Voucher): void {
    const { count } = voucher;
    if (count > this.#log.count) {
      const own = `at most ${this.#log.count}`;
      throw new SdkError(
        "wrong-voucher",
        "the voucher is for receipts that were not made",
        own,
        String(count),
      );
    }
    const expected = this.#channel.words(this.#log.totalUnitsAt(count), this.#log.rootAt(count));
    for (const [index, word] of expected.entries()) {
      if (voucher.words[index] === word) continue;
      throw new SdkError(
        "wrong-voucher",
        `word ${index} of the voucher is not that of a draw of the price of ${count} receipts, under their root`,
        toWord(word),
        toWord(voucher.words[index] ?? 0n),
      );
    }
  }

  #demandTerms(voucher: Voucher, now: bigint): void {
    const { minValidSeconds = MIN_VALID_SECONDS } = this.#options;
    const { nonce, maxFeeUnits, validUntil } = voucher.authorization;
    const before = this.#best?.authorization.validUntil ?? 0n;
    const soonest = now + minValidSeconds > before ? now + minValidSeconds : before;
    const atLeast: readonly [what: string, least: bigint, actual: bigint][] = [
      ["is not over more than the one before", this.vouchedUnits + 1n, totalOf(voucher)],
      ["is not good for long enough", soonest, validUntil],
      ["does not allow the fee", this.#feeUnits, maxFeeUnits],
    ];
    for (const [what, least, actual] of atLeast) {
      if (actual >= least) continue;
      throw new SdkError("wrong-voucher", `the voucher ${what}`, `at least ${least}`, String(actual));
    }
    if (nonce === 0n) return;
    throw new SdkError(
      "wrong-voucher",
      "the voucher has a nonce, and would not be good any time",
      "0",
      String(nonce),
    );
  }
}

const totalOf = (voucher: Voucher): bigint => opFields(voucher.words).amountUnits;
