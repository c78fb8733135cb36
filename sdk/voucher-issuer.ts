import { sign } from "../state/ledger/eddsa.ts";
import type { NeuraClient } from "./client.ts";
import { SdkError } from "./errors.ts";
import { toWord } from "./hex.ts";
import type { LedgerAccount } from "./ledger-account.ts";
import { taskOf } from "./named-cells.ts";
import { ReceiptFrontier } from "./receipt-tree.ts";
import {
  demandExchange,
  demandNext,
  type Exchange,
  NO_RECEIPTS,
  type Receipt,
  type ReceiptsEnd,
  receiptLeaf,
} from "./receipts.ts";
import { type IssuerState, issuerState, readIssuerState } from "./voucher-json.ts";
import {
  type IssuedTerms,
  type PriceOf,
  type Voucher,
  VoucherChannel,
  type VoucherClaim,
} from "./vouchers.ts";

/** Room for a fee that rises while the voucher waits to be drawn. */
const FEE_MARGIN = 2n;
/** A task stays claimed after its deadline until somebody ends it: a voucher is good for that long, and some. */
const VALID_AFTER_DEADLINE_SECONDS = 7n * 86_400n;
/** Clocks of two machines may differ by so much. */
const MAX_AHEAD_SECONDS = 60n;

export interface VoucherIssuerOptions {
  readonly client: NeuraClient;
  /** The task's requester. */
  readonly account: LedgerAccount;
  /** A claimed task. */
  readonly task: number;
  readonly priceOf: PriceOf;
  readonly nowSeconds: () => bigint;
  /** Never signs for more. The whole reward, if left out. */
  readonly budgetUnits?: bigint;
  /** What `state` gave before a restart. */
  readonly state?: IssuerState | undefined;
}

/**
 * The requester's side of streamed work: checks each receipt against what was exchanged and agreed, and signs vouchers for those
 * that it has checked, in order. So every voucher is over more than the one before, and its receipts extend the earlier ones.
 *
 * Save `state` before a voucher leaves: an issuer that starts from an older state could sign another list of receipts.
 */
export class VoucherIssuer {
  readonly #options: VoucherIssuerOptions;
  readonly #channel: VoucherChannel;
  readonly #privateKey: LedgerAccount["key"]["privateKey"];
  readonly #budgetUnits: bigint;
  readonly #maxFeeUnits: bigint;
  readonly #frontier: ReceiptFrontier;
  #end: ReceiptsEnd;
  #issued: IssuedTerms | undefined;

  private constructor(options: VoucherIssuerOptions, channel: VoucherChannel, maxFeeUnits: bigint) {
    const saved = options.state === undefined ? undefined : readIssuerState(options.state, channel.scope);
    const { rewardUnits } = channel;
    this.#options = options;
    this.#channel = channel;
    this.#privateKey = options.account.key.privateKey;
    this.#budgetUnits =
      options.budgetUnits === undefined || options.budgetUnits > rewardUnits
        ? rewardUnits
        : options.budgetUnits;
    this.#maxFeeUnits = maxFeeUnits;
    this.#frontier = new ReceiptFrontier(saved?.end.count, saved?.peaks);
    this.#end = saved?.end ?? NO_RECEIPTS;
    this.#issued = saved?.issued;
  }

  static async open(options: VoucherIssuerOptions): Promise<VoucherIssuer> {
    const { client, account, task } = options;
    const channel = await VoucherChannel.open(client, task);
    const signer = await account.id();
    if (signer !== channel.requester) {
      throw new SdkError(
        "wrong-role",
        "vouchers are signed by the task's requester",
        String(channel.requester),
        String(signer),
      );
    }
    const feeUnits = await client.estimateFeeUnits("drawTask");
    const issuer = new VoucherIssuer(options, channel, FEE_MARGIN * feeUnits);
    issuer.#demandNewest((await taskOf(client, task)).drawnUnits);
    return issuer;
  }

  /** Receipts that were checked so far. */
  get count(): number {
    return this.#end.count;
  }

  /** Their price. */
  get totalUnits(): bigint {
    return this.#end.totalUnits;
  }

  /** Checks the next receipt against the bytes that were sent and came back. Throws an SdkError and stays as it was if it is wrong. */
  accept(receipt: Receipt, exchange: Exchange): void {
    const { priceOf, nowSeconds } = this.#options;
    const { scope } = this.#channel;
    const end = demandNext(scope, this.#end, receipt);
    demandExchange(receipt, exchange);
    const priceUnits = priceOf(exchange);
    if (receipt.priceUnits !== priceUnits) {
      throw new SdkError(
        "wrong-price",
        "the receipt is not priced as agreed",
        String(priceUnits),
        String(receipt.priceUnits),
      );
    }
    const latest = nowSeconds() + MAX_AHEAD_SECONDS;
    if (receipt.timeSeconds > latest) {
      const message = "the receipt is of the future: compare the clocks";
      throw new SdkError("wrong-receipt", message, `at most ${latest}`, String(receipt.timeSeconds));
    }
    if (end.totalUnits > this.#budgetUnits) {
      throw new SdkError(
        "reward-exhausted",
        "the receipts come to more than the task can pay: post another task",
        `at most ${this.#budgetUnits}`,
        String(end.totalUnits),
      );
    }
    this.#frontier.append(receiptLeaf(scope.domain, receipt));
    this.#end = end;
  }

  /**
   * Signs a voucher for all receipts that were checked. `claim` is what the worker says they come to: a difference would make the
   * voucher useless to it, so it is found here. Without new receipts it is the last voucher again.
   */
  issue(claim?: VoucherClaim): Voucher {
    const mine: VoucherClaim = {
      count: this.#end.count,
      totalUnits: this.#end.totalUnits,
      root: this.#frontier.root(),
    };
    if (claim !== undefined) demandSameClaim(mine, claim);
    if (mine.totalUnits === 0n) {
      throw new SdkError("nothing-to-pay", "a voucher needs at least one receipt with a price");
    }
    if (this.#issued === undefined || mine.totalUnits > this.#issued.totalUnits) {
      this.#issued = { ...mine, maxFeeUnits: this.#maxFeeUnits, validUntil: this.#validUntil() };
    }
    return this.#sign(this.#issued);
  }

  /** Everything that must survive a restart; JSON. It grows with the logarithm of the number of receipts. */
  state(): IssuerState {
    return issuerState(this.#channel.scope, this.#end, this.#frontier.peaks, this.#issued);
  }

  /** Never sooner than that of the voucher before: the mempool would not let it take that one's place. */
  #validUntil(): bigint {
    const times = [this.#channel.deadline, this.#options.nowSeconds()];
    const proposed = times.map((seconds) => seconds + VALID_AFTER_DEADLINE_SECONDS);
    return [...proposed, this.#issued?.validUntil ?? 0n].reduce((a, b) => (b > a ? b : a));
  }

  #sign({ count, totalUnits, root, maxFeeUnits, validUntil }: IssuedTerms): Voucher {
    const words = this.#channel.words(totalUnits, root);
    const terms = { nonce: 0n, maxFeeUnits, validUntil };
    const message = this.#channel.message({ words, authorization: terms });
    return { count, words, authorization: { ...terms, signature: sign(this.#privateKey, message) } };
  }

  /** Money was drawn only with vouchers that were signed: a state that does not know of them is not the newest. */
  #demandNewest(drawnUnits: bigint): void {
    const signedUnits = this.#issued?.totalUnits ?? 0n;
    if (drawnUnits <= signedUnits) return;
    throw new SdkError(
      "stale-state",
      "more has been drawn than this state has signed for: go on from the newest state, or with another task",
      `at least ${drawnUnits}`,
      String(signedUnits),
    );
  }
}

function demandSameClaim(mine: VoucherClaim, claim: VoucherClaim): void {
  if (claim.count !== mine.count || claim.totalUnits !== mine.totalUnits) {
    throw new SdkError(
      "wrong-claim",
      "the worker claims another number of receipts than were checked, or another price",
      `${mine.count} receipts over ${mine.totalUnits}`,
      `${claim.count} receipts over ${claim.totalUnits}`,
    );
  }
  if (claim.root === mine.root) return;
  const message = "the worker's receipts have another root: it does not have the receipts that it sent";
  throw new SdkError("wrong-claim", message, toWord(mine.root), toWord(claim.root));
}
