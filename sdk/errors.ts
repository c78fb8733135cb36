/** A JSON-RPC error of the node. `code` is the domain's own code, for example "wrong-nonce", where it has one. */
export class NeuraRpcError extends Error {
  override readonly name = "NeuraRpcError";
  constructor(
    readonly method: string,
    readonly rpcCode: number,
    message: string,
    /** `error.data` as the node sent it. */
    readonly data: unknown,
    readonly code: string | undefined,
    readonly expected: string | undefined,
    readonly actual: string | undefined,
  ) {
    const values = expected === undefined ? "" : ` (expected ${expected}, actual ${actual ?? "unknown"})`;
    super(`${method}: ${message}${values}`);
  }
}

/** The node was not reached, or what answered is no JSON-RPC server. Trying again may help. */
export class NeuraTransportError extends Error {
  override readonly name = "NeuraTransportError";
  readonly code = "unreachable";
  constructor(
    readonly url: string,
    detail: string,
    cause?: unknown,
  ) {
    super(`${url} did not answer: ${detail}. Check that the node runs and that the URL is its RPC URL.`, {
      cause,
    });
  }
}

/** The node answered something that does not have the documented shape. */
export class NeuraResponseError extends Error {
  override readonly name = "NeuraResponseError";
  readonly code = "unexpected-response";
  constructor(
    readonly where: string,
    readonly expected: string,
    readonly actual: unknown,
  ) {
    super(
      `${where}: expected ${expected}, got ${describe(actual)}. Client and node may be of different versions.`,
    );
  }
}

export type SdkErrorCode =
  | "wrong-domain"
  | "wrong-chain"
  | "wrong-wallet-signature"
  | "wallet-not-deterministic"
  | "unknown-account"
  | "unknown-model"
  | "unknown-task"
  | "changed-identity"
  | "wrong-phase"
  | "operation-rejected"
  | "unknown-operation"
  | "timeout"
  | "wrong-content"
  | "unknown-content"
  | "missing-event"
  | "transaction-reverted"
  | "wrong-proof"
  | "wrong-role"
  | "unchecked-identity"
  | "malformed-message"
  | "wrong-receipt"
  | "wrong-price"
  | "wrong-claim"
  | "reward-exhausted"
  | "nothing-to-pay"
  | "stale-state"
  | "wrong-voucher"
  | "credit-exhausted"
  | "unpaid-work"
  | "payout-too-small";

/** What the client library itself refuses. */
export class SdkError extends Error {
  override readonly name = "SdkError";
  constructor(
    readonly code: SdkErrorCode,
    message: string,
    readonly expected?: string,
    readonly actual?: string,
  ) {
    super(message);
  }
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
