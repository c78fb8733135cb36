import type { Hex } from "viem";
import type { NeuraClient } from "./client.ts";
import { SdkError } from "./errors.ts";
import type { LedgerKey } from "./ledger-key.ts";
import {
  type AuthorizationTerms,
  buildOperation,
  type OperationSigner,
  type SignedOperation,
} from "./operations.ts";
import type { OperationRequest } from "./requests.ts";
import type { AccountState } from "./types.ts";
import type { OperationWarning, SettlementDelays } from "./warnings.ts";

const VALID_FOR_SECONDS = 3600n;
/** Room for a fee that rises between the estimate and the block. */
const FEE_MARGIN = 2n;

export interface SentOperation {
  readonly id: Hex;
  readonly warnings: readonly OperationWarning[];
}

/** A ledger account with its key: signs operations with the right nonce and sends them. */
export class LedgerAccount {
  readonly key: LedgerKey;
  readonly #client: NeuraClient;
  readonly #nowSeconds: () => bigint;
  readonly #delays: SettlementDelays | undefined;
  #signer: OperationSigner | undefined;
  /** The operation before: two that are sent at once must not read the same nonce. */
  #previous: Promise<unknown> = Promise.resolve();

  /** `delays` are the home contract's own (`HomeChain.terms`); its warnings are judged by the usual ones if they are left out. */
  constructor(client: NeuraClient, key: LedgerKey, nowSeconds: () => bigint, delays?: SettlementDelays) {
    this.#client = client;
    this.key = key;
    this.#nowSeconds = nowSeconds;
    this.#delays = delays;
  }

  /** Null while the account has not been opened. */
  state(): Promise<AccountState | null> {
    const { publicKey, l1Address } = this.key;
    return this.#client.getAccountByKey(publicKey.x, publicKey.y, l1Address);
  }

  /** The account's id. It never changes, so it is asked for once. */
  async id(): Promise<number> {
    return (await this.signer()).id;
  }

  async signer(): Promise<OperationSigner> {
    if (this.#signer !== undefined) return this.#signer;
    const state = await this.state();
    if (state === null) {
      throw new SdkError(
        "unknown-account",
        `no ledger account for ${this.key.l1Address}: deposit to it first`,
      );
    }
    this.#signer = { id: state.id, ...this.key };
    return this.#signer;
  }

  /** Signs and sends one operation. What the terms leave out is asked from the node: next nonce, and twice the usual fee. */
  send(request: OperationRequest, terms: Partial<AuthorizationTerms> = {}): Promise<SentOperation> {
    const sent = this.#previous.then(() => this.#send(request, terms));
    this.#previous = sent.catch(() => undefined);
    return sent;
  }

  /** Signs without sending. */
  async build(request: OperationRequest, terms: Partial<AuthorizationTerms> = {}): Promise<SignedOperation> {
    const signer = await this.signer();
    const signed: AuthorizationTerms = {
      // A voucher uses up no nonce.
      nonce: terms.nonce ?? (request.kind === "drawTask" ? 0n : await this.#nextNonce()),
      maxFeeUnits: terms.maxFeeUnits ?? FEE_MARGIN * (await this.#client.estimateFeeUnits(request.kind)),
      validUntil: terms.validUntil ?? this.#nowSeconds() + VALID_FOR_SECONDS,
    };
    const surroundings = { nowSeconds: this.#nowSeconds(), delays: this.#delays };
    return buildOperation(this.#client, signer, request, signed, surroundings);
  }

  async #send(request: OperationRequest, terms: Partial<AuthorizationTerms>): Promise<SentOperation> {
    const operation = await this.build(request, terms);
    const id = await this.#client.sendOperation(operation);
    if (id !== operation.id) {
      throw new SdkError(
        "unknown-operation",
        "the node names the operation otherwise than it was signed",
        operation.id,
        id,
      );
    }
    return { id, warnings: operation.warnings };
  }

  async #nextNonce(): Promise<bigint> {
    const state = await this.state();
    if (state === null) throw new SdkError("unknown-account", `the account of ${this.key.l1Address} is gone`);
    return state.pendingNonce;
  }
}
