import {
  type Address,
  BaseError,
  decodeErrorResult,
  type Hex,
  isHex,
  type Log,
  type PublicClient,
  parseEventLogs,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from "viem";
import { groth16VerifierAbi, neuraRollupAbi } from "../contracts/abi.ts";
import type { FeeMarket } from "./fees.ts";
import { L1Connection, type L1Endpoint, L1RequestError } from "./l1-connection.ts";

/** Where and how a chain accepted a batch, and what exactly it accepted. */
export interface BatchAcceptance {
  readonly transactionHash: Hex;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  readonly root: bigint;
  readonly blockHash: bigint;
  readonly laneDataHash: bigint;
}

/** What a sender needs from its chain. */
export interface SettlementChain {
  readonly address: Address;
  readonly chainId: number;
  /** Number of the batch that the contract accepted last; 0 is the genesis. */
  newestBatch(): Promise<number>;
  /** Executes a call of the contract without sending it; returns its gas. Throws {@link SubmissionRevertedError}. */
  simulate(sender: Address, calldata: Hex, valueWei: bigint): Promise<bigint>;
  feeMarket(): Promise<FeeMarket>;
  /** Nonce of the account's next transaction, those that are only pending not counted. */
  confirmedNonce(account: Address): Promise<number>;
  balanceWei(account: Address): Promise<bigint>;
  /**
   * Hands a signed transaction to the chain. That the chain knows it already is no error, nor that it offers too little at
   * the moment: it waits, and the sender raises the fees of what waits.
   */
  broadcast(raw: Hex): Promise<void>;
  /** What became of a transaction for this batch; undefined while it is in no block. */
  outcomeOf(transactionHash: Hex, batchNumber: number): Promise<BatchAcceptance | "reverted" | undefined>;
  /** The acceptance of a batch, whoever sent it, searched from the block on. */
  findAcceptance(batchNumber: number, fromBlock: number | undefined): Promise<BatchAcceptance | undefined>;
  finalizedBlockNumber(): Promise<number>;
  /** Ends the requests under way and refuses new ones. */
  abort(): void;
}

/** What to do about refusals that are no fault of the batch. */
const ADVICE: Readonly<Record<string, string>> = {
  LedgerFrozen:
    "the ledger is frozen, because a queued operation waited too long: no batch is accepted any more. Everyone leaves with npm run escape",
  OverdueEntrySkipped:
    "a queued operation is overdue, this batch was made before it, and home has taken as many such batches as it does. Make the batch with the operation by npm run batch, and start the node again: it follows that batch, and makes new batches of what is in this one and those after it",
  TimeTooOld:
    "the batch was made longer ago than home allows: the node's start takes back all that is not settled, and makes new batches of it",
  NotSignedByOperator: "the contract was deployed for another operator key: correct NEURA_OPERATOR_KEY",
  LaneDataNotEmpty:
    "home has deposed the operator and takes no contract-lane data from anybody any more, so no batch of a node. Nothing that home has accepted is lost, but this batch and all after it never settle. Start afresh on a local network with npm start -- --reset; elsewhere see where the ledger stands with npm run rebuild, and take what waits in home's queue with npm run batch",
};

/** The contract refuses a call. */
export class SubmissionRevertedError extends Error {
  override readonly name = "SubmissionRevertedError";
  readonly code = "SUBMISSION_REVERTED";
  constructor(
    readonly chain: string,
    /** Name of the contract's custom error. */
    readonly errorName: string,
    readonly args: readonly unknown[],
  ) {
    super(
      `${chain}: the contract refuses it with ${errorName}(${args.join(", ")}); ${ADVICE[errorName] ?? "compare the batch with the contract's state before starting again"}`,
    );
  }
}

export interface SettlementContractOptions extends L1Endpoint {
  readonly address: Address;
  /** Block of the contract's deployment: its events are nowhere before. */
  readonly firstBlock: number;
}

/** The errors of a mirror are a subset of home's; the verifier's pass through both. */
const ERRORS_ABI = [...neuraRollupAbi, ...groth16VerifierAbi].filter(({ type }) => type === "error");

/** How nodes say that they have the transaction, and that another one or the block asks for higher fees. */
const KNOWN_OR_CHEAP =
  /already known|already imported|known transaction|underpriced|less than block base fee/i;

/** A settlement contract, home or mirror, over its chain's JSON-RPC. */
export class SettlementContract implements SettlementChain {
  readonly address: Address;
  readonly chainId: number;
  readonly #firstBlock: number;
  readonly #connection: L1Connection;

  constructor(options: SettlementContractOptions) {
    this.address = options.address;
    this.chainId = options.chainId;
    this.#firstBlock = options.firstBlock;
    this.#connection = new L1Connection(options);
  }

  newestBatch(): Promise<number> {
    return this.#connection.ask("reading the newest batch", async (client) => {
      const { number } = await client.readContract({
        address: this.address,
        abi: neuraRollupAbi,
        functionName: "latest",
      });
      return Number(number);
    });
  }

  async simulate(sender: Address, calldata: Hex, valueWei: bigint): Promise<bigint> {
    const { chain } = this.#connection.endpoint;
    // On the newest block, not the pending one: there the batch's own transaction may be waiting, and would be in the way.
    const call = { account: sender, to: this.address, data: calldata, value: valueWei };
    const request = { ...call, blockTag: "latest" } as const;
    const result = await this.#connection.ask("simulating a batch", async (client) => {
      try {
        await client.call(request);
        return await client.estimateGas(request);
      } catch (error) {
        return revertOf(error, chain) ?? Promise.reject(error);
      }
    });
    if (result instanceof SubmissionRevertedError) throw result;
    return result;
  }

  feeMarket(): Promise<FeeMarket> {
    return this.#connection.ask("reading the fees", async (client) => {
      const { baseFeePerGas } = await client.getBlock({ blockTag: "latest" });
      if (baseFeePerGas === null) throw new Error("the chain has no base fee (EIP-1559)");
      const priorityFeePerGasWei = await client.estimateMaxPriorityFeePerGas();
      return { baseFeePerGasWei: baseFeePerGas, priorityFeePerGasWei };
    });
  }

  confirmedNonce(account: Address): Promise<number> {
    return this.#connection.ask("reading the nonce", (client) =>
      client.getTransactionCount({ address: account, blockTag: "latest" }),
    );
  }

  balanceWei(account: Address): Promise<bigint> {
    return this.#connection.ask("reading the balance", (client) => client.getBalance({ address: account }));
  }

  broadcast(raw: Hex): Promise<void> {
    return this.#connection.ask("sending a batch", async (client) => {
      try {
        await client.sendRawTransaction({ serializedTransaction: raw });
      } catch (error) {
        if (!(error instanceof BaseError && KNOWN_OR_CHEAP.test(error.message))) throw error;
      }
    });
  }

  outcomeOf(transactionHash: Hex, batchNumber: number): Promise<BatchAcceptance | "reverted" | undefined> {
    return this.#connection.ask("reading a receipt", async (client) => {
      const receipt = await receiptOf(client, transactionHash);
      if (receipt === undefined) return undefined;
      // A transaction without effect on the contract counts as reverted: it cannot be the acceptance.
      return this.#acceptanceIn(receipt, batchNumber) ?? "reverted";
    });
  }

  async findAcceptance(batchNumber: number, fromBlock?: number): Promise<BatchAcceptance | undefined> {
    const head = await this.#connection.block("latest");
    const { logRangeBlocks } = this.#connection;
    for (let from = fromBlock ?? this.#firstBlock; from <= head.number; from += logRangeBlocks) {
      const to = Math.min(from + logRangeBlocks - 1, head.number);
      const found = await this.#connection.ask("searching a batch", async (client) => {
        const [event] = await client.getContractEvents({
          address: this.address,
          abi: neuraRollupAbi,
          eventName: "BatchAccepted",
          args: { number: BigInt(batchNumber) },
          fromBlock: BigInt(from),
          toBlock: BigInt(to),
        });
        const receipt = event && (await receiptOf(client, event.transactionHash));
        return receipt && this.#acceptanceIn(receipt, batchNumber);
      });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async finalizedBlockNumber(): Promise<number> {
    return (await this.#connection.finalizedBlock()).number;
  }

  abort(): void {
    this.#connection.abort();
  }

  #acceptanceIn(receipt: TransactionReceipt, batchNumber: number): BatchAcceptance | undefined {
    const logs: Log[] = receipt.logs.filter(
      (log) => log.address.toLowerCase() === this.address.toLowerCase(),
    );
    const events = parseEventLogs({ abi: neuraRollupAbi, eventName: "BatchAccepted", logs });
    const event = events.find(({ args }) => args.number === BigInt(batchNumber));
    if (receipt.status !== "success" || event === undefined) return undefined;
    return {
      transactionHash: receipt.transactionHash,
      blockNumber: Number(receipt.blockNumber),
      gasUsed: receipt.gasUsed,
      root: event.args.root,
      blockHash: BigInt(event.args.blockHash),
      laneDataHash: BigInt(event.args.laneDataHash),
    };
  }
}

async function receiptOf(client: PublicClient, hash: Hex): Promise<TransactionReceipt | undefined> {
  try {
    return await client.getTransactionReceipt({ hash });
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw error;
  }
}

/** The contract's own error in a failed call; undefined if the call failed for another reason. */
function revertOf(error: unknown, chain: string): SubmissionRevertedError | undefined {
  if (!(error instanceof BaseError)) return undefined;
  const data = revertDataOf(error);
  if (data === undefined) return undefined;
  try {
    const { errorName, args } = decodeErrorResult({ abi: ERRORS_ABI, data });
    return new SubmissionRevertedError(chain, errorName, (args ?? []) as readonly unknown[]);
  } catch {
    throw new L1RequestError(chain, "simulating a batch", `it reverts with unknown data ${data}`, {
      cause: error,
    });
  }
}

/** Nodes put the data of a revert into `error.data`, some of them one level deeper. */
function revertDataOf(error: BaseError): Hex | undefined {
  const { data } = error.walk() as { data?: unknown };
  const found = typeof data === "object" && data !== null && "data" in data ? data.data : data;
  return isHex(found) && found.length > 2 ? found : undefined;
}
