import { randomBytes } from "node:crypto";
import type { Dispatcher } from "./dispatch.ts";
import { limitExceededCode, RpcError } from "./errors.ts";
import type { Connection, SubscriptionStart } from "./method.ts";

/** One WebSocket connection: requests in, answers and notifications out, and what it may cost the node. */

export interface SessionLimits {
  readonly maxSubscriptions: number;
  /** Requests (a batch counts as one) that are worked on at the same time; more wait in the client's socket. */
  readonly maxParallelRequests: number;
  /** What the client has not read yet. A reader that falls further behind is dropped. */
  readonly maxQueuedBytes: number;
}

export const defaultSessionLimits: SessionLimits = {
  maxSubscriptions: 100,
  maxParallelRequests: 64,
  maxQueuedBytes: 64 * 1024 * 1024,
};

/** What a session needs of its socket; `ws` has it. */
export interface SessionSocket {
  readonly bufferedAmount: number;
  readonly send: (text: string) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly terminate: () => void;
}

interface Subscription {
  readonly id: string;
  readonly namespace: string;
  stop: () => void;
  /** Notifications before the answer with the id is out; undefined afterwards. */
  held: string[] | undefined;
}

const subscriptionIdBytes = 16;

export class WebSocketSession {
  readonly #socket: SessionSocket;
  readonly #dispatcher: Dispatcher;
  readonly #limits: SessionLimits;
  readonly #subscriptions = new Map<string, Subscription>();
  #running = 0;
  #isOpen = true;

  constructor(socket: SessionSocket, dispatcher: Dispatcher, limits: SessionLimits) {
    this.#socket = socket;
    this.#dispatcher = dispatcher;
    this.#limits = limits;
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size;
  }

  /** Answers one message. Never throws. */
  async receive(text: string): Promise<void> {
    this.#running += 1;
    if (this.#running === this.#limits.maxParallelRequests) this.#socket.pause();
    const started: Subscription[] = [];
    try {
      const answer = await this.#dispatcher.answer(text, this.#connection(started));
      if (answer !== undefined) this.#send(answer);
      for (const subscription of started) this.#release(subscription);
    } finally {
      this.#running -= 1;
      if (this.#isOpen && this.#running === this.#limits.maxParallelRequests - 1) this.#socket.resume();
    }
  }

  /** To be called when the socket has closed. */
  close(): void {
    this.#isOpen = false;
    for (const { stop } of this.#subscriptions.values()) stop();
    this.#subscriptions.clear();
  }

  #connection(started: Subscription[]): Connection {
    return {
      subscribe: (namespace, start) => {
        const subscription = this.#subscribe(namespace, start);
        started.push(subscription);
        return subscription.id;
      },
      unsubscribe: (id) => {
        const found = this.#subscriptions.get(id);
        found?.stop();
        return this.#subscriptions.delete(id);
      },
    };
  }

  #subscribe(namespace: string, start: SubscriptionStart): Subscription {
    const { maxSubscriptions } = this.#limits;
    if (!this.#isOpen) throw new RpcError(limitExceededCode, "the connection is closed");
    if (this.#subscriptions.size >= maxSubscriptions) {
      const message = `too many subscriptions: ${maxSubscriptions} of this connection are open, end one first`;
      throw new RpcError(limitExceededCode, message);
    }
    const id = `0x${randomBytes(subscriptionIdBytes).toString("hex")}`;
    const subscription: Subscription = { id, namespace, stop: () => undefined, held: [] };
    this.#subscriptions.set(id, subscription);
    subscription.stop = start((result) => this.#notify(subscription, result));
    return subscription;
  }

  #notify({ id, namespace, held }: Subscription, result: unknown): void {
    if (!this.#subscriptions.has(id)) return;
    const method = `${namespace}_subscription`;
    const text = JSON.stringify({ jsonrpc: "2.0", method, params: { subscription: id, result } });
    if (held === undefined) this.#send(text);
    else held.push(text);
  }

  #release(subscription: Subscription): void {
    const held = subscription.held ?? [];
    subscription.held = undefined;
    for (const text of held) this.#send(text);
  }

  #send(text: string): void {
    if (!this.#isOpen) return;
    if (this.#socket.bufferedAmount > this.#limits.maxQueuedBytes) {
      this.close();
      this.#socket.terminate();
      return;
    }
    this.#socket.send(text);
  }
}
