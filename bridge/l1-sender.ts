import type { Hex, LocalAccount } from "viem";
import type { Database } from "../state/database.ts";
import { HOME } from "../state/store/confirmation.ts";
import {
  BATCHES,
  type BatchRecord,
  type ChainName,
  CURSOR,
  finalizedCursor,
  PROOFS,
  type ProofRecord,
  readCursor,
  type SettlementRecord,
} from "../state/store/records.ts";
import type { BatchSigner } from "./batch-signer.ts";
import { Outbox } from "./outbox.ts";
import type { ReturnErrands } from "./return-errands.ts";
import {
  type BatchAcceptance,
  type SettlementChain,
  SubmissionRevertedError,
} from "./settlement-contract.ts";
import {
  RetryableError,
  type StageError,
  StageLoop,
  type StageRuntime,
  type StageState,
} from "./stage-loop.ts";
import { submissionCalldata } from "./submission.ts";
import { type Errand, TransactionLine } from "./transaction-line.ts";

export interface L1SenderOptions {
  readonly chain: ChainName;
  /** A mirror gets a batch only when a final block of home has it. */
  readonly target: { readonly role: "home" } | { readonly role: "mirror"; readonly home: ChainName };
  readonly database: Database;
  readonly contract: SettlementChain;
  readonly signer: Pick<BatchSigner, "signForHome" | "signAsFinal">;
  /** What else home's sender has to send when no batch is due. */
  readonly returns?: Pick<ReturnErrands, "next">;
  /** Pays. Nothing else may send from this account on this chain. */
  readonly account: LocalAccount;
  /** N of the circuit's size. */
  readonly maxOps: number;
  readonly pollMs: number;
  /** How long a transaction may wait for its block before its fees are raised. */
  readonly bumpAfterMs: number;
  readonly maxFeePerGasWei: bigint;
  /** Below this balance the sender warns. */
  readonly minBalanceWei: bigint;
  readonly runtime: StageRuntime;
  readonly onFatal: (error: Error) => void;
}

export interface L1SenderStatus {
  readonly chain: ChainName;
  readonly state: StageState;
  /** The batch that the chain needs next. */
  readonly nextBatch: number;
  readonly acceptedBatch: number;
  readonly finalizedBatch: number;
  /** Proven batches that the chain has not accepted. */
  readonly lagBatches: number;
  /** What must happen elsewhere before the next batch can be sent; undefined if nothing. */
  readonly waitsFor: string | undefined;
  readonly lastSuccessAtMs: number | undefined;
  readonly lastError: StageError | undefined;
  /** Why the sender stopped for good. */
  readonly error: StageError | undefined;
  readonly lastGasUsed: bigint | undefined;
  readonly balanceWei: bigint | undefined;
}

interface AttemptOutcomes {
  readonly accepted: BatchAcceptance | undefined;
  readonly reverts: number;
}

/** The contract accepted a batch that is not ours. */
export class ForeignBatchError extends Error {
  override readonly name = "ForeignBatchError";
  readonly code = "FOREIGN_BATCH";
  constructor(
    readonly chain: ChainName,
    readonly batchNumber: number,
    readonly expected: string,
    readonly actual: string,
  ) {
    const advice =
      chain === HOME
        ? `Somebody else made it while an entry of home's queue was overdue. What was settled up to batch ${batchNumber - 1} stays; the node's start takes back what it has built since, follows home as soon as that is final, and sequences it again`
        : "This database belongs to another deployment: correct deployment.json and the RPC URLs";
    super(
      `${chain}: the contract has another batch ${batchNumber} than this node: expected ${expected}, got ${actual}. ${advice}`,
    );
  }
}

/** Transactions for a batch keep failing in blocks although their simulation succeeds. */
export class RepeatedRevertError extends Error {
  override readonly name = "RepeatedRevertError";
  readonly code = "REPEATED_REVERT";
  constructor(
    readonly chain: ChainName,
    readonly batchNumber: number,
    readonly reverts: number,
  ) {
    super(
      `${chain}: ${reverts} transactions for batch ${batchNumber} reverted although each was simulated before; no more gas is spent on it: look at the transactions`,
    );
  }
}

/**
 * Refusals that pass by themselves: another transaction came first, the chain's clock is behind ours, or the operator was
 * deposed in the block between our question and the call, or not any more.
 */
const PASSING_REVERTS: ReadonlySet<string> = new Set([
  "WrongBatchNumber",
  "TimeInFuture",
  "OperatorIsDeposed",
  "PrivilegeNotSuspended",
]);

/** Reverted transactions for one batch, after which the sender gives up. */
const maxReverts = 3;
/** Rounds in a row in which a chain must lack an accepted batch before that is believed: one RPC server may lag behind another. */
const roundsToBelieveLoss = 3;
const balanceIntervalMs = 30_000;

/**
 * Posts proven batches to one chain, in order, one transaction in flight. What to do follows in every round from the
 * contract's newest number, the account's nonce on chain and the outbox in the database, and from nothing that is only
 * remembered; so a restart of this process, or of the chain, needs no special case:
 *
 * - the contract has more batches than the database says: adopt them, whoever sent them;
 * - it has fewer: the chain lost them; take them back in the database, and they are due again;
 * - a batch is due: have it signed, and bring its transaction into a block ({@link TransactionLine}).
 */
export class L1Sender {
  readonly #options: L1SenderOptions;
  readonly #outbox: Outbox;
  readonly #line: TransactionLine;
  readonly #loop: StageLoop;
  #lossSightings = 0;
  #isInterrupted = false;
  #balance: { readonly wei: bigint; readonly atMs: number } | undefined;

  constructor(options: L1SenderOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.database, options.chain);
    this.#line = new TransactionLine(options);
    this.#loop = new StageLoop({
      runtime: options.runtime,
      onFatal: options.onFatal,
      abort: () => options.contract.abort(),
      round: async () => {
        // Only a round that ends clears it; after one that throws, the next knows that there was an interruption.
        const wasInterrupted = this.#isInterrupted;
        this.#isInterrupted = true;
        await this.#round(wasInterrupted);
        this.#isInterrupted = false;
        return options.pollMs;
      },
    });
  }

  start(): void {
    this.#loop.start();
  }

  close(): Promise<void> {
    return this.#loop.close();
  }

  status(): L1SenderStatus {
    const { chain, database } = this.#options;
    const acceptedBatch = this.#outbox.accepted;
    return {
      chain,
      state: this.#loop.state,
      nextBatch: acceptedBatch + 1,
      acceptedBatch,
      finalizedBatch: this.#outbox.finalized,
      lagBatches: Math.max(0, readCursor(database, CURSOR.proofs) - acceptedBatch),
      waitsFor: this.#waitsFor(acceptedBatch + 1),
      lastSuccessAtMs: this.#loop.lastSuccessAtMs,
      lastError: this.#loop.lastError,
      error: this.#loop.fatalError,
      lastGasUsed: this.#outbox.record(acceptedBatch).accepted?.gasUsed,
      balanceWei: this.#balance?.wei,
    };
  }

  async #round(wasInterrupted: boolean): Promise<void> {
    const newest = await this.#options.contract.newestBatch();
    if (newest < this.#outbox.accepted) {
      await this.#noticeLoss(newest);
      return;
    }
    this.#lossSightings = 0;
    while (this.#outbox.accepted < newest) await this.#adopt(this.#outbox.accepted + 1);
    await this.#finalize();
    await this.#watchBalance();
    const errand = await this.#nextErrand(newest + 1);
    if (errand !== undefined) await this.#line.advance(errand, wasInterrupted);
  }

  /** The batch that is due, or a return; but first of all what was sent with the nonce that comes next. */
  async #nextErrand(batchNumber: number): Promise<Errand | undefined> {
    const due = this.#due(batchNumber);
    const batch = due && this.#errandOf(due.batch, due.proof);
    const { returns } = this.#options;
    if (returns === undefined) return batch;
    const next = await returns.next();
    if (batch === undefined || (next !== undefined && (await this.#line.isInFlight(next)))) return next;
    return batch;
  }

  // What the chain has

  async #adopt(batchNumber: number): Promise<void> {
    const acceptance = await this.#locate(batchNumber);
    await this.#outbox.noteAcceptance(batchNumber, acceptance, false);
    const { transactionHash, blockNumber, gasUsed } = acceptance;
    this.#options.runtime.log.info(
      { batchNumber, transactionHash, blockNumber, gasUsed: String(gasUsed) },
      "batch accepted",
    );
  }

  /** Finds the acceptance of a batch that the contract has, by our own attempts or by the contract's event. */
  async #locate(batchNumber: number): Promise<BatchAcceptance> {
    const { contract, chain, database } = this.#options;
    const batch = BATCHES.get(database, batchNumber);
    if (batch === undefined) throw new ForeignBatchError(chain, batchNumber, "no such batch yet", "one");
    const outcomes = await this.#outcomesOf(this.#outbox.record(batchNumber));
    // Not from the batch before, unless it is final: a reorganization may have moved both to earlier blocks.
    const earlier = this.#outbox.record(this.#outbox.finalized).accepted;
    const acceptance =
      outcomes.accepted ?? (await contract.findAcceptance(batchNumber, earlier?.blockNumber));
    if (acceptance === undefined) {
      throw new RetryableError(
        "ACCEPTANCE_NOT_VISIBLE",
        `${chain}: the contract has batch ${batchNumber}, but the RPC shows no event of it; if this goes on, use another RPC`,
      );
    }
    this.#checkIsOurs(batch, acceptance);
    return acceptance;
  }

  #checkIsOurs(batch: BatchRecord, acceptance: BatchAcceptance): void {
    const ours = describe(batch.rootAfter, batch.blockHash, batch.laneDataHash);
    const theirs = describe(acceptance.root, acceptance.blockHash, acceptance.laneDataHash);
    if (ours !== theirs) throw new ForeignBatchError(this.#options.chain, batch.number, ours, theirs);
  }

  /** What became of the attempts that are in blocks. */
  async #outcomesOf({ batchNumber, attempts }: SettlementRecord): Promise<AttemptOutcomes> {
    let accepted: BatchAcceptance | undefined;
    let reverts = 0;
    for (const { transactionHash } of attempts) {
      const outcome = await this.#options.contract.outcomeOf(transactionHash, batchNumber);
      if (outcome === "reverted") reverts += 1;
      else accepted ??= outcome;
    }
    return { accepted, reverts };
  }

  async #finalize(): Promise<void> {
    const { contract, runtime } = this.#options;
    if (this.#outbox.finalized >= this.#outbox.accepted) return;
    const finalizedBlock = await contract.finalizedBlockNumber();
    while (this.#outbox.finalized < this.#outbox.accepted) {
      const batchNumber = this.#outbox.finalized + 1;
      const noted = this.#outbox.record(batchNumber).accepted;
      if (noted !== undefined && noted.blockNumber > finalizedBlock) return;
      // Looked up again: a reorganization may have moved the batch to another block or another attempt.
      const acceptance = await this.#locate(batchNumber);
      const isFinalized = acceptance.blockNumber <= finalizedBlock;
      await this.#outbox.noteAcceptance(batchNumber, acceptance, isFinalized);
      if (!isFinalized) return;
      runtime.log.info({ batchNumber, finalizedBlock }, "batch finalized");
    }
  }

  async #noticeLoss(newest: number): Promise<void> {
    this.#lossSightings += 1;
    if (this.#lossSightings < roundsToBelieveLoss) return;
    const { accepted } = this.#outbox;
    this.#options.runtime.log.warn(
      { newest, accepted },
      "the chain lost accepted batches: they are due again",
    );
    await this.#outbox.takeBackAbove(newest);
    this.#lossSightings = 0;
    this.#line.forget();
  }

  // What the chain needs

  #due(batchNumber: number): { batch: BatchRecord; proof: ProofRecord } | undefined {
    const { database } = this.#options;
    if (this.#waitsFor(batchNumber) !== undefined) return undefined;
    const batch = BATCHES.get(database, batchNumber);
    const proof = PROOFS.get(database, batchNumber);
    return batch && proof && { batch, proof };
  }

  /** Home waits for proofs only; a mirror for home's final block as well, since nothing else may be signed for it. */
  #waitsFor(batchNumber: number): string | undefined {
    const { database, target } = this.#options;
    if (readCursor(database, CURSOR.proofs) < batchNumber) return undefined;
    if (target.role === "home" || readCursor(database, finalizedCursor(target.home)) >= batchNumber)
      return undefined;
    return `batch ${batchNumber} to be final on ${target.home}`;
  }

  #errandOf(batch: BatchRecord, proof: ProofRecord): Errand {
    const { target, maxOps } = this.#options;
    const record = this.#outbox.record(batch.number);
    return {
      label: `batch ${batch.number}`,
      attempts: record.attempts,
      addAttempt: (attempt) => this.#outbox.addAttempt(batch.number, attempt),
      mayTryAgain: () => this.#mayTryAgain(record),
      prepare: async () => {
        const signature = await this.#signatureFor(batch, proof);
        const calldata = submissionCalldata(target.role, batch, proof, maxOps, signature);
        return { calldata, valueWei: 0n, gas: await this.#simulate(calldata) };
      },
    };
  }

  /** The operator's signature; empty at home once the operator is deposed. */
  async #signatureFor(batch: BatchRecord, proof: ProofRecord): Promise<Hex> {
    const { target, signer, runtime } = this.#options;
    if (target.role === "mirror") return signer.signAsFinal(batch, proof);
    const signature = await signer.signForHome(batch, proof);
    if (signature !== undefined) return signature;
    runtime.log.warn(
      { batchNumber: batch.number },
      "the operator is deposed: the batch goes to home unsigned",
    );
    return "0x";
  }

  /** False while an attempt has succeeded and the contract's number, read before, does not show it yet. */
  async #mayTryAgain(record: SettlementRecord): Promise<boolean> {
    const { accepted, reverts } = await this.#outcomesOf(record);
    if (accepted !== undefined) return false;
    if (reverts >= maxReverts) {
      throw new RepeatedRevertError(this.#options.chain, record.batchNumber, reverts);
    }
    return true;
  }

  async #simulate(calldata: Hex): Promise<bigint> {
    const { contract, account } = this.#options;
    try {
      return await contract.simulate(account.address, calldata, 0n);
    } catch (error) {
      const isPassing = error instanceof SubmissionRevertedError && PASSING_REVERTS.has(error.errorName);
      if (!isPassing) throw error;
      throw new RetryableError(error.code, error.message, { cause: error });
    }
  }

  async #watchBalance(): Promise<void> {
    const { contract, account, runtime, minBalanceWei } = this.#options;
    const nowMs = runtime.now();
    if (this.#balance !== undefined && nowMs - this.#balance.atMs < balanceIntervalMs) return;
    const wei = await contract.balanceWei(account.address);
    const wasLow = this.#balance !== undefined && this.#balance.wei < minBalanceWei;
    this.#balance = { wei, atMs: nowMs };
    if (wei < minBalanceWei && !wasLow) {
      runtime.log.warn(
        { account: account.address, balanceWei: String(wei), minBalanceWei: String(minBalanceWei) },
        "the operator's balance is low: send it funds on this chain",
      );
    }
  }
}

/** Without the hashes' lowest bytes: they are not part of the stream, so who delivers a batch chooses them. */
const describe = (root: bigint, blockHash: bigint, laneDataHash: bigint): string =>
  `root 0x${root.toString(16)}, block 0x${(blockHash >> 8n).toString(16)}, lane data 0x${(laneDataHash >> 8n).toString(16)}`;
