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
import { rootsAbi, tokenAbi, withdrawalsAbi } from "./abi.ts";
import { SdkError } from "./errors.ts";
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

export interface WalletChainOptions extends SettlementOptions {
  /** Who signs; a reader needs none. */
  readonly account?: Account;
}

/** A wallet's side of a settlement contract: what home and mirrors have in common. */
export class WalletChain extends SettlementReader {
  readonly #account: Account | undefined;
  protected readonly wallet;

  constructor(options: WalletChainOptions) {
    super(options);
    this.#account = options.account;
    this.wallet = createWalletClient({ chain: this.chain, transport: http(options.rpcUrl) });
  }

  isClaimed(batchNumber: number, index: number): Promise<boolean> {
    return this.reader.readContract({
      address: this.contract,
      abi: withdrawalsAbi,
      functionName: "isClaimed",
      args: [BigInt(batchNumber), BigInt(index)],
    });
  }

  /** Pays withdrawal `index` of those that a settled batch makes on this chain to its recipient. Anyone may send this. */
  async claimWithdrawal(
    batch: Pick<BatchState, "number" | "withdrawals">,
    index: number,
  ): Promise<TransactionReceipt> {
    const { request } = await this.reader.simulateContract({
      account: this.signer(),
      address: this.contract,
      abi: withdrawalsAbi,
      functionName: "claimWithdrawal",
      args: [BigInt(batch.number), withdrawalWords(batch.withdrawals, this.name), BigInt(index)],
    });
    const receipt = await this.mined(await this.wallet.writeContract(request));
    const paid = parseEventLogs({
      abi: withdrawalsAbi,
      eventName: "WithdrawalClaimed",
      logs: receipt.logs,
    });
    if (paid.length !== 1) throw new SdkError("missing-event", "the contract did not confirm the withdrawal");
    return receipt;
  }

  protected balanceWei(token: Address, owner: Address): Promise<bigint> {
    return this.reader.readContract({
      address: token,
      abi: tokenAbi,
      functionName: "balanceOf",
      args: [owner],
    });
  }

  /** The receipt of a transaction that succeeded. */
  protected async mined(hash: Hex): Promise<TransactionReceipt> {
    const receipt = await this.reader.waitForTransactionReceipt({ hash, timeout: RECEIPT_TIMEOUT_MS });
    if (receipt.status === "success") return receipt;
    throw new SdkError("transaction-reverted", `transaction ${hash} on ${this.name} reverted`);
  }

  protected signer(): Account {
    if (this.#account !== undefined) return this.#account;
    throw new TypeError(`${this.name} was created without an account: it can read only`);
  }
}

/** The words whose hash the contract of a chain keeps for a batch (docs/LEDGER.md, section 7). */
export const withdrawalWords = (withdrawals: readonly BatchWithdrawal[], chain: string): bigint[] =>
  withdrawals
    .filter((withdrawal) => withdrawal.chain === chain)
    .map(({ recipient, amountUnits }) => BigInt(recipient) | (amountUnits << AMOUNT_SHIFT));
