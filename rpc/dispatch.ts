import {
  errorObject,
  invalidParamsCode,
  invalidRequestCode,
  limitExceededCode,
  methodNotFoundCode,
  parseErrorCode,
  responseTooLargeCode,
  serverErrorCode,
} from "./errors.ts";
import { type Arity, type Connection, type Method, type MethodTable, maxQuotedCharacters } from "./method.ts";

/** JSON-RPC 2.0: from the text of a request to the text of the answer, transport left out. */

export const maxBatchRequests = 1_000;
/** Requests of one batch that run at the same time; the others wait, so that a batch cannot fill the memory. */
const maxParallelRequests = 20;
const maxBatchResponseBytes = 25_000_000;
/** Messages repeat what was wrong, and that can be as long as the request. */
const maxMessageCharacters = 1_000;

export interface Observer {
  /** `method` is "unknown" when the table has no such method, so that labels stay bounded. */
  readonly onCall: (method: string, isSuccess: boolean, seconds: number) => void;
  /** An error that no client caused. Its text stays in the log. */
  readonly onInternalError: (error: unknown, method: string) => void;
}

type Id = string | number | null;

const success = (id: Id, result: unknown): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result ?? null)}}`;

export const failure = (id: Id, code: number, message: string, data?: unknown): string =>
  JSON.stringify({
    jsonrpc: "2.0",
    id,
    error: { code, message: message.slice(0, maxMessageCharacters), ...(data === undefined ? {} : { data }) },
  });

export class Dispatcher {
  readonly #methods: ReadonlyMap<string, Method>;
  readonly #arities: ReadonlyMap<string, Arity>;
  readonly #observer: Observer;

  constructor(methods: MethodTable, arities: ReadonlyMap<string, Arity>, observer: Observer) {
    this.#methods = new Map(Object.entries(methods));
    this.#arities = arities;
    this.#observer = observer;
  }

  /** The answer to a request body, undefined when it held notifications only. */
  async answer(body: string, connection?: Connection): Promise<string | undefined> {
    let request: unknown;
    try {
      request = JSON.parse(body);
    } catch {
      return failure(null, parseErrorCode, "parse error: the body is not JSON");
    }
    if (!Array.isArray(request)) return this.#one(request, connection);
    if (request.length === 0) return failure(null, invalidRequestCode, "empty batch");
    if (request.length > maxBatchRequests) {
      const message = `batch too large: ${request.length} requests, limit ${maxBatchRequests}`;
      return failure(null, limitExceededCode, message);
    }
    return this.#batch(request, connection);
  }

  async #batch(requests: readonly unknown[], connection?: Connection): Promise<string | undefined> {
    const answers: string[] = [];
    let bytes = 0;
    for (let start = 0; start < requests.length; start += maxParallelRequests) {
      const part = requests.slice(start, start + maxParallelRequests);
      const isFull = bytes > maxBatchResponseBytes;
      const texts = await Promise.all(
        part.map((item) => (isFull ? tooLarge(item) : this.#one(item, connection))),
      );
      for (const [index, text] of texts.entries()) {
        if (text === undefined) continue;
        const answer = bytes > maxBatchResponseBytes ? (tooLarge(part[index]) ?? text) : text;
        bytes += answer.length;
        answers.push(answer);
      }
    }
    return answers.length === 0 ? undefined : `[${answers.join(",")}]`;
  }

  async #one(request: unknown, connection?: Connection): Promise<string | undefined> {
    if (typeof request !== "object" || request === null || Array.isArray(request)) {
      return failure(null, invalidRequestCode, "invalid request: expected an object");
    }
    const { jsonrpc, id, method, params } = request as Record<string, unknown>;
    const replyId = idOf(request);
    if (jsonrpc !== "2.0" || typeof method !== "string" || replyId === undefined) {
      const expected = 'invalid request: needs jsonrpc "2.0", a method and an id';
      return failure(replyId ?? null, invalidRequestCode, expected);
    }
    const given = params ?? [];
    const answer = Array.isArray(given)
      ? await this.#call(replyId, method, given, connection)
      : failure(replyId, invalidParamsCode, "non-array args");
    return id === undefined ? undefined : answer;
  }

  async #call(
    id: Id,
    name: string,
    params: readonly unknown[],
    connection: Connection | undefined,
  ): Promise<string> {
    const method = this.#methods.get(name);
    if (method === undefined) {
      this.#observer.onCall("unknown", false, 0);
      const quoted = name.slice(0, maxQuotedCharacters);
      return failure(id, methodNotFoundCode, `the method ${quoted} does not exist/is not available`);
    }
    const start = performance.now();
    const done = (isSuccess: boolean) =>
      this.#observer.onCall(name, isSuccess, (performance.now() - start) / 1000);
    try {
      const wrong = arityError(this.#arities.get(name), params);
      if (wrong !== undefined) {
        done(false);
        return failure(id, invalidParamsCode, wrong);
      }
      const text = success(id, await method(params, connection));
      done(true);
      return text;
    } catch (error) {
      done(false);
      const known = errorObject(error);
      if (known !== undefined) return failure(id, known.code, known.message, known.data);
      this.#observer.onInternalError(error, name);
      return failure(id, serverErrorCode, "internal error: the node's log says more");
    }
  }
}

/** The id to answer with, null without one, undefined when it is none of the kinds that JSON-RPC knows. */
function idOf(request: object): Id | undefined {
  const { id = null } = request as { id?: unknown };
  return id === null || typeof id === "string" || typeof id === "number" ? id : undefined;
}

function tooLarge(request: unknown): string | undefined {
  const isNotification = typeof request === "object" && request !== null && !("id" in request);
  const id = typeof request === "object" && request !== null ? (idOf(request) ?? null) : null;
  return isNotification ? undefined : failure(id, responseTooLargeCode, "response too large");
}

/** geth's texts. A required parameter that is null counts as missing. */
function arityError(arity: Arity | undefined, params: readonly unknown[]): string | undefined {
  if (arity === undefined) return undefined;
  for (let position = 0; position < arity.required; position++) {
    if (params[position] === undefined || params[position] === null) {
      return `missing value for required argument ${position}`;
    }
  }
  return params.length > arity.total ? `too many arguments, want at most ${arity.total}` : undefined;
}
