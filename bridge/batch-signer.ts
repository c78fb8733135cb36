import { concatHex, type Hex, keccak256, type LocalAccount, numberToHex } from "viem";
import type { Database } from "../state/database.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { streamWords } from "../state/ledger/stream.ts";
import { type PublicBatch, streamOf } from "../state/store/batch-stream.ts";
import { type ProofRecord, SIGNED_BATCHES } from "../state/store/records.ts";

/** The operator's right to be the only one who makes batches (docs/SETTLEMENT.md, section 2). */
export type Privilege = "held" | "suspended" | "deposed";

export interface BatchSignerOptions {
  readonly database: Database;
  /** The operator. */
  readonly account: LocalAccount;
  readonly home: { readonly chainId: number; readonly contract: Hex };
  readonly size: BatchSize;
  readonly domain: bigint;
  /** As the home contract sees it now. */
  readonly privilege: () => Promise<Privilege>;
}

/** Either the operator's signature, or why there is none. */
export type SigningOutcome = { readonly signature: Hex } | { readonly withheld: "suspended" };

/** The operator has signed another batch of this number: a second signature would cost it its bond. */
export class BatchAlreadySignedError extends Error {
  override readonly name = "BatchAlreadySignedError";
  readonly code = "BATCH_ALREADY_SIGNED";
  constructor(
    readonly batchNumber: number,
    readonly expected: Hex,
    readonly actual: Hex,
  ) {
    super(
      `batch ${batchNumber}: the operator signed ${expected} before, so it never signs ${actual} of the same number; a chain that needs this signature stays at batch ${batchNumber - 1}`,
    );
  }
}

/** Home takes no signature of this operator any more. */
export class OperatorDeposedError extends Error {
  override readonly name = "OperatorDeposedError";
  readonly code = "OPERATOR_DEPOSED";
  constructor() {
    super(
      "home has deposed the operator, who signed two batches of one number: its signature has no meaning any more. Mirrors stay where they are; anyone can make batches with npm run batch",
    );
  }
}

/** keccak256 of a batch's stream and the prover's commitment to it: what the operator signs. */
export function streamHashOf(
  batch: PublicBatch,
  { commitment }: Pick<ProofRecord, "commitment">,
  { domain, size }: { readonly domain: bigint; readonly size: BatchSize },
): Hex {
  const words = [...streamWords(streamOf(batch, domain), size), commitment];
  return keccak256(concatHex(words.map((word) => numberToHex(word, { size: 32 }))));
}

/**
 * Signs batches with the operator's key (EIP-712, docs/SETTLEMENT.md section 2), one signature for home and all mirrors. What
 * is going to be signed is in the database before it is: so never are two batches of one number, whenever the process ends.
 */
export class BatchSigner {
  readonly #options: BatchSignerOptions;
  /** One at a time: home's sender and the mirrors' may ask at once. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: BatchSignerOptions) {
    this.#options = options;
  }

  /** Throws a {@link BatchAlreadySignedError} or an {@link OperatorDeposedError}. */
  sign(batch: PublicBatch, proof: ProofRecord): Promise<SigningOutcome> {
    const attempt = this.#turn.then(
      () => this.#sign(batch, proof),
      () => this.#sign(batch, proof),
    );
    this.#turn = attempt;
    return attempt;
  }

  async #sign(batch: PublicBatch, proof: ProofRecord): Promise<SigningOutcome> {
    const { database, privilege } = this.#options;
    const { number } = batch;
    const streamHash = streamHashOf(batch, proof, this.#options);
    const signed = SIGNED_BATCHES.get(database, number);
    const state = await privilege();
    if (state === "deposed") throw new OperatorDeposedError();
    if (signed?.streamHash === streamHash && signed.signature !== undefined)
      return { signature: signed.signature };
    if (state === "suspended") return { withheld: "suspended" };
    if (signed !== undefined && signed.streamHash !== streamHash)
      throw new BatchAlreadySignedError(number, signed.streamHash, streamHash);
    await database.write([SIGNED_BATCHES.put(number, { number, streamHash })]);
    const signature = await this.#signatureOf(number, streamHash);
    await database.write([SIGNED_BATCHES.put(number, { number, streamHash, signature })]);
    return { signature };
  }

  #signatureOf(number: number, streamHash: Hex): Promise<Hex> {
    const { account, home } = this.#options;
    return account.signTypedData({
      domain: {
        name: "NeuraChain",
        version: "1",
        chainId: home.chainId,
        verifyingContract: home.contract,
      },
      types: {
        Batch: [
          { name: "number", type: "uint64" },
          { name: "streamHash", type: "bytes32" },
        ],
      },
      primaryType: "Batch",
      message: { number: BigInt(number), streamHash },
    });
  }
}
