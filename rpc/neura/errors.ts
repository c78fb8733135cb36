import { LedgerError, type LedgerErrorCode } from "../../state/ledger/errors.ts";
import { ContentTooLargeError } from "../../state/store/content-store.ts";

/**
 * JSON-RPC error numbers of `neura_*`. They lie outside of the reserved range and of the ones that Ethereum clients give
 * a meaning to, so that no client retries a refusal that is final.
 */
export const NEURA_ERROR_CODES: Readonly<Record<LedgerErrorCode | AdmissionErrorCode, number>> = {
  "unknown-kind": -39001,
  "unused-part-set": -39002,
  "amount-out-of-range": -39003,
  "unknown-sender": -39004,
  "wrong-caller": -39005,
  "wrong-nonce": -39006,
  "wrong-signature": -39007,
  "fee-above-maximum": -39008,
  expired: -39009,
  "insufficient-balance": -39010,
  "invalid-key": -39011,
  "unknown-account": -39012,
  "unknown-model": -39013,
  "unknown-task": -39014,
  "wrong-tag": -39015,
  "model-not-active": -39016,
  "reward-below-price": -39017,
  "wrong-phase": -39018,
  "wrong-role": -39019,
  "too-late": -39020,
  "too-early": -39025,
  "stale-content": -39021,
  "stale-task": -39026,
  "stale-share": -39027,
  "out-of-range": -39022,
  "wrong-placement": -39023,
  "tree-full": -39024,
  "already-known": -39030,
  "mempool-full": -39031,
  "sender-queue-full": -39032,
  "fee-too-low": -39033,
  "fee-not-zero": -39034,
  "content-too-large": -39040,
};

/** Refusals that are not the ledger's own. */
type AdmissionErrorCode =
  | "already-known"
  | "mempool-full"
  | "sender-queue-full"
  | "fee-too-low"
  | "fee-not-zero"
  | "content-too-large";

/** A refusal as JSON-RPC clients see it. */
export class NeuraRpcError extends Error {
  override readonly name = "NeuraRpcError";
  constructor(
    readonly rpcCode: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

const INVALID_PARAMS = -32602;

export const invalidParams = (message: string): NeuraRpcError => new NeuraRpcError(INVALID_PARAMS, message);

interface CodedError extends Error {
  readonly code: keyof typeof NEURA_ERROR_CODES;
  readonly expected?: string;
  readonly actual?: string;
}

const isCoded = (error: unknown): error is CodedError =>
  error instanceof LedgerError ||
  error instanceof ContentTooLargeError ||
  (error instanceof Error && "code" in error && String(error.code) in NEURA_ERROR_CODES);

/** Gives a domain error its JSON-RPC number; others pass through. */
export function toRpcError(error: unknown): unknown {
  if (!isCoded(error)) return error;
  const { code, message, expected, actual } = error;
  return new NeuraRpcError(NEURA_ERROR_CODES[code], message, { code, expected, actual });
}
