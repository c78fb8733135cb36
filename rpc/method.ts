import { RpcError } from "./errors.ts";

/** What a JSON-RPC method is. */

/** The connection that a request came by, if it is one that can carry notifications (WebSocket). */
export interface Connection {
  /** Starts a subscription of `<namespace>_subscribe` and returns its id. `start` returns what ends it. */
  readonly subscribe: (namespace: string, start: SubscriptionStart) => string;
  /** False when the connection has no such subscription. */
  readonly unsubscribe: (id: string) => boolean;
}

export type SubscriptionStart = (notify: (result: unknown) => void) => () => void;

export type Method = (params: readonly unknown[], connection?: Connection) => Promise<unknown>;
export type MethodTable = Readonly<Record<string, Method>>;

/** How many parameters a method takes. */
export interface Arity {
  readonly required: number;
  readonly total: number;
}

/** JSON-RPC over HTTP cannot notify; geth answers with the code of a missing method. */
export class NotificationsUnsupportedError extends RpcError {
  constructor() {
    super(-32601, "notifications not supported");
  }
}

export class SubscriptionNotFoundError extends RpcError {
  constructor() {
    super(-32000, "subscription not found");
  }
}

/** `<namespace>_subscribe` and `<namespace>_unsubscribe` over a choice of feeds. */
export function subscriptionMethods(
  namespace: string,
  feedOf: (name: string, params: readonly unknown[]) => SubscriptionStart | undefined,
): Record<string, Method> {
  return {
    [`${namespace}_subscribe`]: async ([name, ...params], connection) => {
      if (connection === undefined) throw new NotificationsUnsupportedError();
      const feed = typeof name === "string" ? feedOf(name, params) : undefined;
      if (feed === undefined) {
        const asked = JSON.stringify(name)?.slice(0, maxQuotedCharacters);
        throw new RpcError(-32601, `no ${asked} subscription in ${namespace} namespace`);
      }
      return connection.subscribe(namespace, feed);
    },
    [`${namespace}_unsubscribe`]: async ([id], connection) => {
      if (connection === undefined) throw new NotificationsUnsupportedError();
      if (typeof id !== "string" || !connection.unsubscribe(id)) throw new SubscriptionNotFoundError();
      return true;
    },
  };
}

/** Of what a client sent, this much is repeated in an error. */
export const maxQuotedCharacters = 100;
