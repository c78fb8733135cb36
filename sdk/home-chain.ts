import { type Address, type Hex, parseEventLogs, type TransactionReceipt } from "viem";
import { type OpWords, opWords } from "../state/ledger/operation.ts";
import { queuedOperationId } from "../state/ledger/operation-id.ts";
import { rollupAbi, tokenAbi } from "./abi.ts";
import { SdkError } from "./errors.ts";
import type { LedgerKey } from "./ledger-key.ts";
import { partsOf } from "./plans.ts";
import type { OperationRequest } from "./requests.ts";
import { WalletChain, type WalletChainOptions, WEI_PER_UNIT } from "./settlement.ts";
import type { SettlementDelays } from "./warnings.ts";

/** Entries of one step of the queue's fee (docs/SETTLEMENT.md, section 3). */
const ENTRIES_PER_FEE_STEP = 16n;

/** An operation that waits in the home contract's queue. */
export interface QueuedOperation {
  /** Under which the node keeps it, once it has read it from the home chain. */
  readonly id: Hex;
  readonly transactionHash: Hex;
  readonly index: bigint;
  readonly words: OpWords;
  readonly queuedAt: bigint;
  /** Last second at which it may wait: after it anyone may include it, and after the freeze delay freeze the ledger. */
  readonly deadline: bigint;
}

/** What the home contract was deployed with (docs/SETTLEMENT.md, section 1). */
export interface HomeTerms extends SettlementDelays {
  readonly entryIntervalSeconds: bigint;
  readonly bondDelaySeconds: bigint;
  readonly feeStepWei: bigint;
  readonly mirrorCount: number;
  readonly recovery: Address;
}

/** The queue as it is now. */
export interface HomeQueue {
  readonly waiting: bigint;
  /** What the next entry pays, in the chain's own coin. */
  readonly feeWei: bigint;
  readonly newestDeadline: bigint;
}

export interface HomeOptions extends WalletChainOptions {
  readonly token: Address;
}

export interface Gift {
  readonly wallet: Address;
  readonly etherWei: bigint;
  readonly tokenWei: bigint;
}

/** A wallet's side of the home contract: deposits, queued operations and withdrawals. Amounts are in units of 1e-9 NRX. */
export class HomeChain extends WalletChain {
  readonly #token: Address;

  constructor(options: HomeOptions) {
    super(options);
    this.#token = options.token;
  }

  async terms(): Promise<HomeTerms> {
    const terms = await this.#read("terms");
    return {
      inclusionDelaySeconds: BigInt(terms.inclusionDelay),
      freezeDelaySeconds: BigInt(terms.freezeDelay),
      entryIntervalSeconds: BigInt(terms.entryInterval),
      bondDelaySeconds: BigInt(terms.bondDelay),
      feeStepWei: terms.feeStepWei,
      mirrorCount: terms.mirrorCount,
      recovery: terms.recovery,
    };
  }

  async queue(): Promise<HomeQueue> {
    const [{ head, tail, newestDeadline }, feeWei] = await Promise.all([
      this.#read("queueState"),
      this.#read("queueFeeWei"),
    ]);
    return { waiting: tail - head, feeWei, newestDeadline: BigInt(newestDeadline) };
  }

  /** Whether the ledger is frozen: then nothing is accepted any more, and everything leaves by its last root. */
  isFrozen(): Promise<boolean> {
    return this.#read("isFrozen");
  }

  /** NRX on the home chain itself, in wei. */
  tokenBalanceWei(owner: Address): Promise<bigint> {
    return this.balanceWei(this.#token, owner);
  }

  /** Approves what is missing and queues a deposit to a ledger account, which is created if it does not exist. */
  async deposit(
    to: Pick<LedgerKey, "publicKey" | "l1Address">,
    amountUnits: bigint,
  ): Promise<QueuedOperation> {
    const amountWei = amountUnits * WEI_PER_UNIT;
    await this.#approve(amountWei);
    // Simulated first: a refusal then comes with the contract's own error, and costs nothing.
    const { request } = await this.reader.simulateContract({
      account: this.signer(),
      address: this.contract,
      abi: rollupAbi,
      functionName: "deposit",
      args: [amountWei, to.l1Address, to.publicKey.x, to.publicKey.y],
      value: await this.#offeredFeeWei(),
    });
    return queuedBy(await this.mined(await this.wallet.writeContract(request)));
  }

  /** Approves what is missing and queues a deposit to a wallet in the contract lane. */
  async depositToEvm(recipient: Address, amountUnits: bigint): Promise<QueuedOperation> {
    const amountWei = amountUnits * WEI_PER_UNIT;
    await this.#approve(amountWei);
    const { request } = await this.reader.simulateContract({
      account: this.signer(),
      address: this.contract,
      abi: rollupAbi,
      functionName: "depositToEvm",
      args: [amountWei, recipient],
      value: await this.#offeredFeeWei(),
    });
    return queuedBy(await this.mined(await this.wallet.writeContract(request)));
  }

  /**
   * Queues an operation of account `sender`, whose l1Address this wallet must be: the way in when the operator does not take it. No node
   * is asked. The operation names cells by their numbers alone, and is a no-op if it is not valid when its turn comes.
   */
  async enqueue(sender: number, request: OperationRequest): Promise<QueuedOperation> {
    for (const guard of ["toL1Address", "verifierL1Address"] as const) {
      if (!(guard in request)) continue;
      throw new SdkError(
        "unchecked-identity",
        `a queued operation names an account by its number, and nobody checks whose it is: ask the node, and leave out ${guard}`,
      );
    }
    return this.enqueueWords(opWords({ ...partsOf(request), sender }));
  }

  /** Queues an operation of any kind but the deposits, as it stands in the stream, with fee 0. */
  async enqueueWords(words: OpWords): Promise<QueuedOperation> {
    const { request } = await this.reader.simulateContract({
      account: this.signer(),
      address: this.contract,
      abi: rollupAbi,
      functionName: "enqueue",
      args: [words],
      value: await this.#offeredFeeWei(),
    });
    return queuedBy(await this.mined(await this.wallet.writeContract(request)));
  }

  /** Gives wallets ether and NRX of the home chain. */
  async fund(gifts: readonly Gift[]): Promise<void> {
    const account = this.signer();
    const sent: Hex[] = [];
    for (const { wallet, etherWei, tokenWei } of gifts) {
      sent.push(await this.wallet.sendTransaction({ account, to: wallet, value: etherWei }));
      sent.push(
        await this.wallet.writeContract({
          account,
          address: this.#token,
          abi: tokenAbi,
          functionName: "transfer",
          args: [wallet, tokenWei],
        }),
      );
    }
    await Promise.all(sent.map((hash) => this.mined(hash)));
  }

  #read<Name extends "terms" | "queueState" | "queueFeeWei" | "isFrozen">(functionName: Name) {
    return this.reader.readContract({ address: this.contract, abi: rollupAbi, functionName });
  }

  /** The fee after one step more than there is now: others may queue before this. What is too much comes back at once. */
  async #offeredFeeWei(): Promise<bigint> {
    const [{ waiting }, { feeStepWei }] = await Promise.all([this.queue(), this.terms()]);
    const steps = waiting / ENTRIES_PER_FEE_STEP + 1n;
    return feeStepWei * steps * steps;
  }

  async #approve(amountWei: bigint): Promise<void> {
    const account = this.signer();
    const allowanceWei = await this.reader.readContract({
      address: this.#token,
      abi: tokenAbi,
      functionName: "allowance",
      args: [account.address, this.contract],
    });
    if (allowanceWei >= amountWei) return;
    const hash = await this.wallet.writeContract({
      account,
      address: this.#token,
      abi: tokenAbi,
      functionName: "approve",
      args: [this.contract, amountWei],
    });
    await this.mined(hash);
  }
}

function queuedBy(receipt: TransactionReceipt): QueuedOperation {
  const [log] = parseEventLogs({ abi: rollupAbi, eventName: "OperationQueued", logs: receipt.logs });
  if (log === undefined) throw new SdkError("missing-event", "the contract did not confirm the operation");
  const { index, queuedAt, deadline, words } = log.args;
  return {
    id: queuedOperationId(index),
    transactionHash: receipt.transactionHash,
    index,
    words,
    queuedAt: BigInt(queuedAt),
    deadline: BigInt(deadline),
  };
}
