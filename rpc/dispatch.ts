import {
  type ErrorObject,
  errorObject,
  invalidRequestCode,
  limitExceededCode,
  methodNotFoundCode,
  parseErrorCode,
  serverErrorCode,
} from "./errors.ts";

/** JSON-RPC 2.0: from the text of a request to the answer, transport left out. */

export type Method = (params: readonly unknown[]) => Promise<unknown>;
export type MethodTable = Readonly<Record<string, Method>>;

export const maxBatchRequests = 1_000;

export interface Observer {
  /** `method` is "unknown" when the table has no such method, so that labels stay bounded. */
  readonly onCall: (method: string, isSuccess: boolean, seconds: number) => void;
  /** An error that no client caused. Its text stays in the log. */
  readonly onInternalError: (error: unknown, method: string) => void;
}

type Id = string | number | null;
type Response = { readonly jsonrpc: "2.0"; readonly id: Id } & (
  | { readonly result: unknown }
  | { readonly error: ErrorObject }
);

const failure = (id: Id, code: number, message: string): Response => ({
  jsonrpc: "2.0",
  id,
  error: { code, message },
});

export class Dispatcher {
  readonly #methods: ReadonlyMap<string, Method>;
  readonly #observer: Observer;

  constructor(methods: MethodTable, observer: Observer) {
    this.#methods = new Map(Object.entries(methods));
    this.#observer = observer;
  }

  /** The answer to a request body, undefined when it held notifications only. */
  async answer(body: string): Promise<Response | Response[] | undefined> {
    let request: unknown;
    try {
      request = JSON.parse(body);
    } catch {
      return failure(null, parseErrorCode, "parse error: the body is not JSON");
    }
    if (!Array.isArray(request)) return this.#one(request);
    if (request.length === 0) return failure(null, invalidRequestCode, "empty batch");
    if (request.length > maxBatchRequests) {
      const message = `batch too large: ${request.length} requests, limit ${maxBatchRequests}`;
      return failure(null, limitExceededCode, message);
    }
    const answers = await Promise.all(request.map((item) => this.#one(item)));
    const responses = answers.filter((answer) => answer !== undefined);
    return responses.length === 0 ? undefined : responses;
  }

  async #one(request: unknown): Promise<Response | undefined> {
    if (typeof request !== "object" || request === null || Array.isArray(request)) {
      return failure(null, invalidRequestCode, "invalid request: expected an object");
    }
    const { jsonrpc, id, method, params = [] } = request as Record<string, unknown>;
    const isIdValid = id === undefined || id === null || typeof id === "string" || typeof id === "number";
    const replyId: Id = isIdValid ? (id ?? null) : null;
    if (jsonrpc !== "2.0" || typeof method !== "string" || !isIdValid) {
      return failure(replyId, invalidRequestCode, 'invalid request: needs jsonrpc "2.0", a method and an id');
    }
    const response = Array.isArray(params)
      ? await this.#call(replyId, method, params)
      : failure(replyId, invalidRequestCode, "invalid request: params must be an array");
    return id === undefined ? undefined : response;
  }

  async #call(id: Id, name: string, params: readonly unknown[]): Promise<Response> {
    const method = this.#methods.get(name);
    if (method === undefined) {
      this.#observer.onCall("unknown", false, 0);
      const message = `the method ${name} does not exist/is not available`;
      return failure(id, methodNotFoundCode, message);
    }
    const start = performance.now();
    const done = (isSuccess: boolean) =>
      this.#observer.onCall(name, isSuccess, (performance.now() - start) / 1000);
    try {
      const result = await method(params);
      done(true);
      return { jsonrpc: "2.0", id, result: result ?? null };
    } catch (error) {
      done(false);
      const known = errorObject(error);
      if (known !== undefined) return { jsonrpc: "2.0", id, error: known };
      this.#observer.onInternalError(error, name);
      return failure(id, serverErrorCode, "internal error: the node's log says more");
    }
  }
}
