/** Why an operation is not valid. Each code has one JSON-RPC error number (rpc/neura). */
export type LedgerErrorCode =
  | "unknown-kind"
  | "unused-part-set"
  | "amount-out-of-range"
  | "unknown-sender"
  | "wrong-caller"
  | "wrong-nonce"
  | "wrong-signature"
  | "fee-above-maximum"
  | "expired"
  | "insufficient-balance"
  | "invalid-key"
  | "unknown-account"
  | "unknown-model"
  | "unknown-task"
  | "wrong-tag"
  | "model-not-active"
  | "reward-below-price"
  | "wrong-phase"
  | "wrong-role"
  | "too-late"
  | "too-early"
  | "stale-content"
  | "stale-task"
  | "stale-share"
  | "out-of-range"
  | "wrong-placement"
  | "tree-full";

/** A condition of docs/LEDGER.md that an operation does not meet. */
export class LedgerError extends Error {
  override readonly name = "LedgerError";
  constructor(
    readonly code: LedgerErrorCode,
    message: string,
    readonly expected?: string,
    readonly actual?: string,
  ) {
    super(message);
  }
}

/** Throws a LedgerError unless `condition` holds. */
export function demand(
  condition: boolean,
  code: LedgerErrorCode,
  message: string,
  expected?: string | bigint | number,
  actual?: string | bigint | number,
): asserts condition {
  if (condition) return;
  throw new LedgerError(
    code,
    message,
    expected === undefined ? undefined : String(expected),
    actual === undefined ? undefined : String(actual),
  );
}
