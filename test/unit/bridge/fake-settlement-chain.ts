import { type Address, decodeFunctionData, type Hex, keccak256, parseTransaction } from "viem";
import type { FeeMarket } from "../../../bridge/fees.ts";
import { L1RequestError } from "../../../bridge/l1-connection.ts";
import {
  type BatchAcceptance,
  type SettlementChain,
  SubmissionRevertedError,
} from "../../../bridge/settlement-contract.ts";
import { neuraMirrorAbi, neuraRollupAbi } from "../../../contracts/abi.ts";

interface FakeTransaction {
  readonly hash: Hex;
  readonly nonce: number;
  readonly maxFeePerGas: bigint;
  readonly batchNumber: number;
  readonly acceptance: Omit<BatchAcceptance, "blockNumber">;
}

type Receipt = {
  readonly transaction: FakeTransaction;
  readonly blockNumber: number;
  readonly accepted: boolean;
};

/** A settlement contract and its chain, with every misfortune at hand. */
export class FakeSettlementChain implements SettlementChain {
  readonly address: Address = "0x00000000000000000000000000000000000c0de1";
  readonly chainId = 11155111;
  /** Every transaction handed in, in order. */
  readonly broadcasts: Hex[] = [];
  readonly requests = { simulate: 0, total: 0 };
  /** Blocks that a block is from being final. */
  finalityBlocks = 1;
  isDown = false;
  /** Whether the pending transaction goes into a block at once. */
  minesAtOnce = true;
  isRevertingInBlocks = false;
  refusal: { name: string; args: readonly unknown[] } | undefined;
  market: FeeMarket = { baseFeePerGasWei: 10n, priorityFeePerGasWei: 2n };
  wei = 10n ** 18n;
  onBroadcast: () => void = () => {};
  #height = 1;
  #nonce = 0;
  #pending: FakeTransaction | undefined;
  #receipts: Receipt[] = [];

  newestBatch = (): Promise<number> => this.#answer(() => this.acceptedHashes().length);

  simulate = (_sender: Address, calldata: Hex): Promise<bigint> =>
    this.#answer(() => {
      this.requests.simulate += 1;
      const expected = this.acceptedHashes().length + 1;
      const actual = batchNumberOf(calldata).batchNumber;
      if (actual !== expected)
        throw new SubmissionRevertedError("fake", "WrongBatchNumber", [expected, actual]);
      if (this.refusal) throw new SubmissionRevertedError("fake", this.refusal.name, this.refusal.args);
      return 400_000n;
    });

  feeMarket = (): Promise<FeeMarket> => this.#answer(() => this.market);

  confirmedNonce = (): Promise<number> => this.#answer(() => this.#nonce);

  balanceWei = (): Promise<bigint> => this.#answer(() => this.wei);

  broadcast = (raw: Hex): Promise<void> =>
    this.#answer(() => {
      this.onBroadcast();
      this.broadcasts.push(raw);
      const transaction = fakeTransaction(raw);
      if (transaction.nonce !== this.#nonce) throw new Error("nonce too low");
      const isReplacing =
        this.#pending === undefined || transaction.maxFeePerGas > this.#pending.maxFeePerGas;
      if (isReplacing) this.#pending = transaction;
      if (this.minesAtOnce) this.mine();
    });

  outcomeOf = (hash: Hex): Promise<BatchAcceptance | "reverted" | undefined> =>
    this.#answer(() => {
      const receipt = this.#receipts.find(({ transaction }) => transaction.hash === hash);
      if (receipt === undefined) return undefined;
      return receipt.accepted ? acceptanceOf(receipt) : "reverted";
    });

  findAcceptance = (batchNumber: number): Promise<BatchAcceptance | undefined> =>
    this.#answer(() => {
      const receipt = this.#receipts.find(
        ({ transaction, accepted }) => accepted && transaction.batchNumber === batchNumber,
      );
      return receipt && acceptanceOf(receipt);
    });

  finalizedBlockNumber = (): Promise<number> => this.#answer(() => this.#height - this.finalityBlocks);

  abort(): void {
    this.isDown = true;
  }

  /** Closes a block, with the pending transaction or with the one given. */
  mine(transaction: FakeTransaction | undefined = this.#pending): void {
    this.#height += 1;
    if (transaction === undefined) return;
    const isNext = transaction.batchNumber === this.acceptedHashes().length + 1;
    const accepted = isNext && !this.isRevertingInBlocks;
    this.#receipts.push({ transaction, blockNumber: this.#height, accepted });
    this.#nonce = transaction.nonce + 1;
    this.#pending = undefined;
  }

  /** Mines a transaction that was handed in before, although another one replaced it. */
  mineLate(raw: Hex): void {
    this.mine(fakeTransaction(raw));
  }

  /** A batch from somebody else's node with the same key. */
  acceptFromElsewhere(batchNumber: number, root: bigint, blockHash: bigint, laneDataHash: bigint): void {
    const hash = keccak256(`0x0e15e${batchNumber.toString(16).padStart(3, "0")}`);
    const acceptance = { transactionHash: hash, gasUsed: 7n, root, blockHash, laneDataHash };
    this.mine({ hash, nonce: this.#nonce, maxFeePerGas: 1n, batchNumber, acceptance });
  }

  /** Puts the chain back to where it had accepted only this many batches, as a restart from an old state does. */
  loseBatchesAbove(newest: number): void {
    const kept = this.#receipts.filter(({ transaction }) => transaction.batchNumber <= newest);
    const lost = this.#receipts.filter(({ transaction }) => transaction.batchNumber > newest);
    this.#receipts = kept;
    this.#nonce -= lost.length;
    this.#pending = undefined;
  }

  /** Forgets transactions that are in no block. */
  forgetPending(): void {
    this.#pending = undefined;
  }

  acceptedHashes(): Hex[] {
    return this.#receipts.filter(({ accepted }) => accepted).map(({ transaction }) => transaction.hash);
  }

  async #answer<T>(compute: () => T): Promise<T> {
    this.requests.total += 1;
    if (this.isDown) throw new L1RequestError("fake", "anything", "connection refused");
    return compute();
  }
}

const acceptanceOf = ({ transaction, blockNumber }: Receipt): BatchAcceptance => ({
  ...transaction.acceptance,
  blockNumber,
});

export const feesOfRaw = (raw: Hex) => {
  const { maxFeePerGas = 0n, maxPriorityFeePerGas = 0n } = parseTransaction(raw);
  return { maxFeePerGas, maxPriorityFeePerGas };
};

export const nonceOfRaw = (raw: Hex): number => parseTransaction(raw).nonce ?? 0;

function fakeTransaction(raw: Hex): FakeTransaction {
  const { data = "0x" } = parseTransaction(raw);
  const { batchNumber, ...accepted } = isSubmission(data) ? batchNumberOf(data) : NO_BATCH;
  const hash = keccak256(raw);
  return {
    hash,
    nonce: nonceOfRaw(raw),
    maxFeePerGas: feesOfRaw(raw).maxFeePerGas,
    batchNumber,
    acceptance: { transactionHash: hash, gasUsed: 300_000n, ...accepted },
  };
}

/** What a submission to home or to a mirror says. */
function batchNumberOf(data: Hex) {
  const home = decodeOrUndefined(() => decodeFunctionData({ abi: neuraRollupAbi, data }));
  const call = home ?? decodeFunctionData({ abi: neuraMirrorAbi, data });
  if (call.functionName !== "submitBatch") throw new Error(`unexpected call of ${call.functionName}`);
  const [batch, lane] = call.args;
  return {
    batchNumber: Number(batch.number),
    root: batch.root,
    blockHash: BigInt(batch.blockHash),
    laneDataHash: BigInt(home ? keccak256(lane) : lane),
  };
}

/** Something else that the sender sends. */
const NO_BATCH = { batchNumber: 0, root: 0n, blockHash: 0n, laneDataHash: 0n };

const isSubmission = (data: Hex): boolean =>
  decodeOrUndefined(() => decodeFunctionData({ abi: [...neuraRollupAbi, ...neuraMirrorAbi], data }))
    ?.functionName === "submitBatch";

function decodeOrUndefined<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
