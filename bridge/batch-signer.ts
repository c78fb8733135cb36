import { type Hex, type LocalAccount, numberToHex } from "viem";
import type { Database } from "../state/database.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { commitmentOf, historyAfter, streamHashOf, streamWords } from "../state/ledger/stream.ts";
import { type PublicBatch, streamOf } from "../state/store/batch-stream.ts";
import { BATCHES, FINAL_HISTORIES, type ProofRecord, SIGNED_FINAL_BATCHES } from "../state/store/records.ts";
import { RetryableError } from "./stage-loop.ts";

/** Home's newest batch, and the hash that says what all batches up to it were. */
export interface HistoryOfHome {
  readonly batchNumber: number;
  readonly historyHash: Hex;
}

/** What a signer asks the home contract. */
export interface HomeWitness {
  /** Whether home takes no signature of the operator any more. */
  isDeposed(): Promise<boolean>;
  /** As the newest finalized block has it; undefined if the contract is not in it. */
  finalHistory(): Promise<HistoryOfHome | undefined>;
}

export interface BatchSignerOptions {
  readonly database: Database;
  /** The operator. */
  readonly account: LocalAccount;
  readonly home: { readonly chainId: number; readonly contract: Hex };
  readonly size: BatchSize;
  readonly domain: bigint;
  readonly witness: HomeWitness;
}

/** The operator has told mirrors of another batch of this number: a second such signature would cost it its bond. */
export class BatchAlreadySignedError extends Error {
  override readonly name = "BatchAlreadySignedError";
  readonly code = "BATCH_ALREADY_SIGNED";
  constructor(
    readonly batchNumber: number,
    readonly expected: Hex,
    readonly actual: Hex,
  ) {
    super(
      `batch ${batchNumber}: the operator signed ${expected} as final before, so it never signs ${actual} of the same number. Home has given up a block that it had called final; a mirror without this signature stays at batch ${batchNumber - 1}`,
    );
  }
}

/** What home has made final is not what this node has made. */
export class FinalBatchMismatchError extends Error {
  override readonly name = "FinalBatchMismatchError";
  readonly code = "FINAL_BATCH_MISMATCH";
  constructor(
    readonly batchNumber: number,
    readonly expected: Hex,
    readonly actual: Hex,
  ) {
    super(
      `batch ${batchNumber}: in a final block home's history is ${actual}, that of this node's batches ${expected}; it signs for the mirrors only what it knows. See where the ledger stands with npm run rebuild`,
    );
  }
}

/** keccak256 of a batch's stream and the prover's commitment to it: what the operator signs. */
export function hashOfBatch(
  batch: PublicBatch,
  { commitment }: Pick<ProofRecord, "commitment">,
  { domain, size }: { readonly domain: bigint; readonly size: BatchSize },
): Hex {
  const words = streamWords(streamOf(batch, domain), size);
  return numberToHex(streamHashOf(words, commitment), { size: 32 });
}

const STATEMENT_FIELDS = [
  { name: "number", type: "uint64" },
  { name: "streamHash", type: "bytes32" },
] as const;

/**
 * Signs batches with the operator's key (EIP-712, docs/SETTLEMENT.md section 2): as home's next batch, which commits the
 * operator to nothing, and as final on home, which costs it its bond if it is false. So the latter comes only after home
 * was asked, and what is going to be signed is in the database before it is: never are two batches of one number signed
 * as final, whenever the process ends.
 */
export class BatchSigner {
  readonly #options: BatchSignerOptions;
  /** One at a time: the senders of several mirrors may ask at once. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: BatchSignerOptions) {
    this.#options = options;
  }

  /** For home. Undefined once home has deposed the operator: then only a batch without signature has a chance. */
  async signForHome(batch: PublicBatch, proof: ProofRecord): Promise<Hex | undefined> {
    if (await this.#options.witness.isDeposed()) return undefined;
    return this.#signatureOf("Batch", batch.number, hashOfBatch(batch, proof, this.#options));
  }

  /**
   * For the mirrors. Throws a {@link RetryableError} while no final block of home has the batch, a
   * {@link FinalBatchMismatchError} if home's history in one is not that of the node's batches, and a
   * {@link BatchAlreadySignedError}.
   */
  signAsFinal(batch: PublicBatch, proof: ProofRecord): Promise<Hex> {
    const sign = () => this.#signAsFinal(batch.number, hashOfBatch(batch, proof, this.#options));
    const attempt = this.#turn.then(sign, sign);
    this.#turn = attempt;
    return attempt;
  }

  async #signAsFinal(number: number, streamHash: Hex): Promise<Hex> {
    const { database } = this.#options;
    const signed = SIGNED_FINAL_BATCHES.get(database, number);
    if (signed !== undefined && signed.streamHash !== streamHash)
      throw new BatchAlreadySignedError(number, signed.streamHash, streamHash);
    if (signed?.signature !== undefined) return signed.signature;
    await this.#demandFinal(number, streamHash);
    await database.write([SIGNED_FINAL_BATCHES.put(number, { number, streamHash })]);
    const signature = await this.#signatureOf("FinalBatch", number, streamHash);
    await database.write([SIGNED_FINAL_BATCHES.put(number, { number, streamHash, signature })]);
    return signature;
  }

  /** One hash of home's says of all batches what they were, so it is compared with that of the node's own. */
  async #demandFinal(number: number, streamHash: Hex): Promise<void> {
    const { database } = this.#options;
    if (FINAL_HISTORIES.get(database, number) === undefined) await this.#compareHistories(number);
    const own = word(historyAfter(this.#historyBefore(number), BigInt(streamHash)));
    const atHome = FINAL_HISTORIES.get(database, number);
    if (atHome !== own) throw new FinalBatchMismatchError(number, own, atHome ?? "0x");
  }

  /** Compares the batches since the last comparison, and notes home's history after each. */
  async #compareHistories(number: number): Promise<void> {
    const { database, domain, size, witness } = this.#options;
    const home = await witness.finalHistory();
    if (home === undefined || home.batchNumber < number) {
      throw new RetryableError(
        "NOT_FINAL_AT_HOME",
        `batch ${number} is in no final block of home: it goes to the mirrors when it is`,
      );
    }
    let first = number;
    while (first > 1 && FINAL_HISTORIES.get(database, first - 1) === undefined) first -= 1;
    let history = this.#historyBefore(first);
    const compared = [];
    for (let each = first; each <= home.batchNumber; each++) {
      const batch = BATCHES.get(database, each);
      if (batch === undefined) throw aheadError(number, home.batchNumber);
      const words = streamWords(streamOf(batch, domain), size);
      history = historyAfter(history, streamHashOf(words, commitmentOf(words)));
      compared.push(FINAL_HISTORIES.put(each, word(history)));
    }
    if (word(history) !== home.historyHash)
      throw new FinalBatchMismatchError(number, word(history), home.historyHash);
    await database.write(compared);
  }

  #historyBefore(number: number): bigint {
    const { database } = this.#options;
    const before =
      number === 1 ? BATCHES.get(database, 1)?.rootBefore : FINAL_HISTORIES.get(database, number - 1);
    if (before === undefined) throw new Error(`nothing is known of home's history before batch ${number}`);
    return BigInt(before);
  }

  #signatureOf(statement: "Batch" | "FinalBatch", number: number, streamHash: Hex): Promise<Hex> {
    const { account, home } = this.#options;
    return account.signTypedData({
      domain: {
        name: "NeuraChain",
        version: "1",
        chainId: home.chainId,
        verifyingContract: home.contract,
      },
      types: { [statement]: STATEMENT_FIELDS },
      primaryType: statement,
      message: { number: BigInt(number), streamHash },
    });
  }
}

const word = (value: bigint): Hex => numberToHex(value, { size: 32 });

const aheadError = (number: number, newest: number): RetryableError =>
  new RetryableError(
    "HOME_IS_AHEAD",
    `batch ${number}: home has made batch ${newest} final, which this node has not; it goes to the mirrors when the node has it`,
  );
