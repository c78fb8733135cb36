/** Errors as JSON-RPC clients see them. Any thrown object with a numeric `rpcCode` is answered with that code. */

/** JSON-RPC 2.0, section 5.1. */
export const parseErrorCode = -32700;
export const invalidRequestCode = -32600;
export const methodNotFoundCode = -32601;
export const invalidParamsCode = -32602;
/** EIP-1474: the server refuses. Libraries retry -32603, so nothing permanent may ever use that. */
export const serverErrorCode = -32000;
export const responseTooLargeCode = -32003;
export const limitExceededCode = -32005;

export class RpcError extends Error {
  constructor(
    readonly rpcCode: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

/** `position` is the parameter's index, as geth counts: "invalid argument 0: …". */
export function invalidArgument(position: number, expectation: string): RpcError {
  return new RpcError(invalidParamsCode, `invalid argument ${position}: ${expectation}`);
}

export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** The answer to a known error, or undefined when the error is nobody's fault but the node's. */
export function errorObject(error: unknown): ErrorObject | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { rpcCode, message, data } = error as { rpcCode?: unknown; message?: unknown; data?: unknown };
  if (typeof rpcCode !== "number") return undefined;
  return { code: rpcCode, message: String(message), ...(data === undefined ? {} : { data }) };
}
