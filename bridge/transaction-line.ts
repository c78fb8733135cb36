import { type Hex, keccak256, type LocalAccount, parseTransaction } from "viem";
import type { SettlementRecord } from "../state/store/records.ts";
import { type Fees, firstFees, replacementFees } from "./fees.ts";
import type { SettlementChain } from "./settlement-contract.ts";
import type { StageRuntime } from "./stage-loop.ts";

/** A signed transaction that was or will be handed to a chain. */
export type Attempt = SettlementRecord["attempts"][number];

/** Something that is to be sent to the settlement contract, until it is in a block. */
export interface Errand {
  /** For people who read the log. */
  readonly label: string;
  readonly attempts: readonly Attempt[];
  /** Calldata and value of the next attempt, and its gas by simulation. Throws if the contract refuses it. */
  readonly prepare: () => Promise<{
    readonly calldata: Hex;
    readonly valueWei: bigint;
    readonly gas: bigint;
  }>;
  /** Whether a new attempt may be made although others are in blocks. Throws when it must not go on like this. */
  readonly mayTryAgain: () => Promise<boolean>;
  /** Stores an attempt; it is sent afterwards only. */
  readonly addAttempt: (attempt: Attempt) => Promise<void>;
}

export interface TransactionLineOptions {
  readonly contract: SettlementChain;
  /** Nothing else may send from this account on this chain. */
  readonly account: LocalAccount;
  /** How long a transaction may wait for its block before its fees are raised. */
  readonly bumpAfterMs: number;
  readonly maxFeePerGasWei: bigint;
  readonly runtime: StageRuntime;
}

/** Gas is bought with a quarter to spare, since a block later the same call may cost a little more. */
const gasLimitFor = (estimate: bigint): bigint => (estimate * 5n) / 4n;

/**
 * The transactions of one account on one chain, one in flight: the same nonce is used until a transaction with it is in a
 * block, so two attempts for an errand can never both be executed.
 */
export class TransactionLine {
  readonly #options: TransactionLineOptions;
  /** The attempt that this process handed to the chain last. */
  #broadcast: { readonly transactionHash: Hex; readonly atMs: number } | undefined;

  constructor(options: TransactionLineOptions) {
    this.#options = options;
  }

  /** True if an attempt of the errand has the nonce that comes next: it must be finished before anything else is sent. */
  async isInFlight({ attempts }: Pick<Errand, "attempts">): Promise<boolean> {
    const { contract, account } = this.#options;
    if (attempts.length === 0) return false;
    const nonce = await contract.confirmedNonce(account.address);
    return attempts.some((attempt) => attempt.nonce === nonce);
  }

  /** Brings the errand a step further: signs and sends, hands in again, or raises the fees. */
  async advance(errand: Errand, wasInterrupted: boolean): Promise<void> {
    const { contract, account, runtime, bumpAfterMs, maxFeePerGasWei } = this.#options;
    const nonce = await contract.confirmedNonce(account.address);
    const current = errand.attempts.findLast((attempt) => attempt.nonce === nonce);
    if (current === undefined) {
      if (!(await errand.mayTryAgain())) return;
      await this.#post(errand, nonce, firstFees(await contract.feeMarket(), maxFeePerGasWei));
      return;
    }
    const sentAtMs = this.#sentAtMs(current);
    if (sentAtMs === undefined || runtime.now() - sentAtMs < bumpAfterMs) {
      // A chain that was away may have forgotten it. The wait for its block is not prolonged by that.
      if (sentAtMs === undefined || wasInterrupted) await this.#send(errand.label, current, sentAtMs);
      return;
    }
    const fees = replacementFees(feesOf(current), await contract.feeMarket(), maxFeePerGasWei);
    if (fees !== undefined) {
      await this.#post(errand, nonce, fees);
      return;
    }
    runtime.log.warn({ errand: errand.label, nonce }, "it waits at the highest fees that are allowed");
    await this.#send(errand.label, current);
  }

  /** The chain has lost transactions: none counts as handed in any more. */
  forget(): void {
    this.#broadcast = undefined;
  }

  /** When this process handed the attempt to the chain; undefined if it did not yet. */
  #sentAtMs({ transactionHash }: Attempt): number | undefined {
    return this.#broadcast?.transactionHash === transactionHash ? this.#broadcast.atMs : undefined;
  }

  async #post(errand: Errand, nonce: number, fees: Fees): Promise<void> {
    const { contract, account, runtime } = this.#options;
    const { calldata, valueWei, gas } = await errand.prepare();
    const raw = await account.signTransaction({
      type: "eip1559",
      chainId: contract.chainId,
      to: contract.address,
      data: calldata,
      value: valueWei,
      nonce,
      gas: gasLimitFor(gas),
      maxFeePerGas: fees.maxFeePerGasWei,
      maxPriorityFeePerGas: fees.maxPriorityFeePerGasWei,
    });
    const attempt: Attempt = { transactionHash: keccak256(raw), raw, nonce, sentAtMs: runtime.now() };
    await errand.addAttempt(attempt);
    await this.#send(errand.label, attempt);
  }

  async #send(label: string, { transactionHash, raw, nonce }: Attempt, sentAtMs?: number): Promise<void> {
    const { contract, runtime } = this.#options;
    await contract.broadcast(raw);
    this.#broadcast = { transactionHash, atMs: sentAtMs ?? runtime.now() };
    runtime.log.info({ errand: label, transactionHash, nonce }, "sent");
  }
}

function feesOf({ raw }: Attempt): Fees {
  const { maxFeePerGas, maxPriorityFeePerGas } = parseTransaction(raw);
  return { maxFeePerGasWei: maxFeePerGas ?? 0n, maxPriorityFeePerGasWei: maxPriorityFeePerGas ?? 0n };
}
