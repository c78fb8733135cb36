import {
  type Account,
  type Address,
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hex,
  http,
  parseEventLogs,
  type TransactionReceipt,
} from "viem";
import type { OpWords } from "../state/ledger/operation.ts";
import { queuedOperationId } from "../state/ledger/operation-id.ts";
import { rollupAbi, rootsAbi, tokenAbi } from "./abi.ts";
import { SdkError } from "./errors.ts";
import type { LedgerKey } from "./ledger-key.ts";
import type { BatchState, BatchWithdrawal } from "./types.ts";

/** Wei of the 18-decimal token in one unit of the ledger. */
export const WEI_PER_UNIT = 1_000_000_000n;

const AMOUNT_SHIFT = 160n;
const RECEIPT_TIMEOUT_MS = 120_000;

const chainOf = (name: string, id: number, rpcUrl: string) =>
  defineChain({
    id,
    name,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });

export interface SettlementOptions {
  readonly name: string;
  readonly chainId: number;
  readonly rpcUrl: string;
  readonly contract: Address;
}

/** Reads of a settlement contract, home's or a mirror's, through the RPC of its own chain. */
export class SettlementReader {
  readonly name: string;
  readonly contract: Address;
  protected readonly chain: ReturnType<typeof chainOf>;
  protected readonly reader;

  constructor({ name, chainId, rpcUrl, contract }: SettlementOptions) {
    this.name = name;
    this.contract = contract;
    this.chain = chainOf(name, chainId, rpcUrl);
    this.reader = createPublicClient({ chain: this.chain, transport: http(rpcUrl), pollingInterval: 250 });
  }

  /** Throws unless the RPC serves the chain that it should. */
  async demandChain(): Promise<void> {
    const actual = await this.reader.getChainId();
    if (actual === this.chain.id) return;
    throw new SdkError(
      "wrong-chain",
      `the RPC of ${this.name} serves another chain`,
      String(this.chain.id),
      String(actual),
    );
  }

  /** Ledger root after a batch; undefined while the chain has not accepted it. */
  async rootOf(batchNumber: number): Promise<bigint | undefined> {
    const root = await this.reader.readContract({
      address: this.contract,
      abi: rootsAbi,
      functionName: "rootOf",
      args: [BigInt(batchNumber)],
    });
    return root === 0n ? undefined : root;
  }

  async latestBatchNumber(): Promise<number> {
    const latest = await this.reader.readContract({
      address: this.contract,
      abi: rootsAbi,
      functionName: "latest",
    });
    return Number(latest.number);
  }

  /** Whether a cell held these fields after a batch, shown to the contract by a proof of the membership circuit. */
  readCell(
    batchNumber: number,
    id: number,
    fields: readonly bigint[],
    proof: readonly bigint[],
  ): Promise<boolean> {
    type Fields = readonly [bigint, bigint, bigint, bigint];
    type Proof = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    return this.reader.readContract({
      address: this.contract,
      abi: rootsAbi,
      functionName: "readCell",
      args: [BigInt(batchNumber), BigInt(id), fields as Fields, proof as Proof],
    });
  }

  /** The receipt of a transaction; undefined if the chain does not have it. */
  receiptOf(hash: Hex): Promise<TransactionReceipt | undefined> {
    return this.reader.getTransactionReceipt({ hash }).catch((error: unknown) => {
      if (error instanceof Error && error.name === "TransactionReceiptNotFoundError") return undefined;
      throw error;
    });
  }
}

/** An operation that waits in the home contract's queue. */
export interface QueuedOperation {
  /** Under which the node keeps it, once it has read it from the home chain. */
  readonly id: Hex;
  readonly transactionHash: Hex;
  readonly index: bigint;
  readonly words: OpWords;
  readonly queuedAt: bigint;
}

export interface HomeOptions extends SettlementOptions {
  readonly token: Address;
  /** Who signs; a reader needs none. */
  readonly account?: Account;
}

export interface Gift {
  readonly wallet: Address;
  readonly etherWei: bigint;
  readonly tokenWei: bigint;
}

/** A wallet's side of the home contract: deposits and withdrawals. Amounts are in units of 1e-9 NRX. */
export class HomeChain extends SettlementReader {
  readonly #token: Address;
  readonly #account: Account | undefined;
  readonly #wallet;

  constructor(options: HomeOptions) {
    super(options);
    this.#token = options.token;
    this.#account = options.account;
    this.#wallet = createWalletClient({ chain: this.chain, transport: http(options.rpcUrl) });
  }

  /** NRX on the home chain itself, in wei. */
  tokenBalanceWei(owner: Address): Promise<bigint> {
    return this.reader.readContract({
      address: this.#token,
      abi: tokenAbi,
      functionName: "balanceOf",
      args: [owner],
    });
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
      account: this.#signer(),
      address: this.contract,
      abi: rollupAbi,
      functionName: "deposit",
      args: [amountWei, to.l1Address, to.publicKey.x, to.publicKey.y],
    });
    return queuedBy(await this.#receipt(await this.#wallet.writeContract(request)));
  }

  /** Approves what is missing and queues a deposit to a wallet in the contract lane. */
  async depositToEvm(recipient: Address, amountUnits: bigint): Promise<QueuedOperation> {
    const amountWei = amountUnits * WEI_PER_UNIT;
    await this.#approve(amountWei);
    const { request } = await this.reader.simulateContract({
      account: this.#signer(),
      address: this.contract,
      abi: rollupAbi,
      functionName: "depositToEvm",
      args: [amountWei, recipient],
    });
    return queuedBy(await this.#receipt(await this.#wallet.writeContract(request)));
  }

  isClaimed(batchNumber: number, index: number): Promise<boolean> {
    return this.reader.readContract({
      address: this.contract,
      abi: rollupAbi,
      functionName: "isClaimed",
      args: [BigInt(batchNumber), BigInt(index)],
    });
  }

  /** Pays withdrawal `index` of those that a settled batch makes on home to its recipient. Anyone may send this. */
  async claimWithdrawal(
    batch: Pick<BatchState, "number" | "withdrawals">,
    index: number,
  ): Promise<TransactionReceipt> {
    const { request } = await this.reader.simulateContract({
      account: this.#signer(),
      address: this.contract,
      abi: rollupAbi,
      functionName: "claimWithdrawal",
      args: [BigInt(batch.number), withdrawalWords(batch.withdrawals, "home"), BigInt(index)],
    });
    const receipt = await this.#receipt(await this.#wallet.writeContract(request));
    const paid = parseEventLogs({ abi: rollupAbi, eventName: "WithdrawalClaimed", logs: receipt.logs });
    if (paid.length !== 1) throw new SdkError("missing-event", "the contract did not confirm the withdrawal");
    return receipt;
  }

  /** Gives wallets ether and NRX of the home chain. */
  async fund(gifts: readonly Gift[]): Promise<void> {
    const account = this.#signer();
    const sent: Hex[] = [];
    for (const { wallet, etherWei, tokenWei } of gifts) {
      sent.push(await this.#wallet.sendTransaction({ account, to: wallet, value: etherWei }));
      sent.push(
        await this.#wallet.writeContract({
          account,
          address: this.#token,
          abi: tokenAbi,
          functionName: "transfer",
          args: [wallet, tokenWei],
        }),
      );
    }
    await Promise.all(sent.map((hash) => this.#receipt(hash)));
  }

  async #approve(amountWei: bigint): Promise<void> {
    const account = this.#signer();
    const allowanceWei = await this.reader.readContract({
      address: this.#token,
      abi: tokenAbi,
      functionName: "allowance",
      args: [account.address, this.contract],
    });
    if (allowanceWei >= amountWei) return;
    const hash = await this.#wallet.writeContract({
      account,
      address: this.#token,
      abi: tokenAbi,
      functionName: "approve",
      args: [this.contract, amountWei],
    });
    await this.#receipt(hash);
  }

  async #receipt(hash: Hex): Promise<TransactionReceipt> {
    const receipt = await this.reader.waitForTransactionReceipt({ hash, timeout: RECEIPT_TIMEOUT_MS });
    if (receipt.status === "success") return receipt;
    throw new SdkError("transaction-reverted", `transaction ${hash} on ${this.name} reverted`);
  }

  #signer(): Account {
    if (this.#account !== undefined) return this.#account;
    throw new TypeError("HomeChain was created without an account: it can read only");
  }
}

/** The words whose hash the contract of a chain keeps for a batch (docs/LEDGER.md, section 7). */
export const withdrawalWords = (withdrawals: readonly BatchWithdrawal[], chain: string): bigint[] =>
  withdrawals
    .filter((withdrawal) => withdrawal.chain === chain)
    .map(({ recipient, amountUnits }) => BigInt(recipient) | (amountUnits << AMOUNT_SHIFT));

function queuedBy(receipt: TransactionReceipt): QueuedOperation {
  const [log] = parseEventLogs({ abi: rollupAbi, eventName: "OperationQueued", logs: receipt.logs });
  if (log === undefined) throw new SdkError("missing-event", "the contract did not confirm the deposit");
  const { index, queuedAt, words } = log.args;
  return {
    id: queuedOperationId(index),
    transactionHash: receipt.transactionHash,
    index,
    words,
    queuedAt: BigInt(queuedAt),
  };
}
