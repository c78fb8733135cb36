import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";

// biome-ignore lint/suspicious/noExplicitAny: messages of any shape are looked at
type Message = any;

const waitMs = 5_000;

/** A WebSocket of which every message is kept until somebody asks for it. */
export class SocketClient {
  readonly socket: WebSocket;
  readonly #messages: Message[] = [];
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => this.#messages.push(JSON.parse(data.toString())));
    socket.on("error", () => undefined);
  }

  static async open(url: string, origin?: string): Promise<SocketClient> {
    const socket = new WebSocket(url.replace(/^http/, "ws"), origin === undefined ? {} : { origin });
    const client = new SocketClient(socket);
    await once(socket, "open");
    return client;
  }

  async ask(method: string, ...params: unknown[]): Promise<Message> {
    const id = this.#nextId++;
    this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return this.next((message) => message.id === id);
  }

  /** The first message that fits; it is taken away. */
  async next(fits: (message: Message) => boolean = () => true): Promise<Message> {
    const endMs = Date.now() + waitMs;
    for (;;) {
      const index = this.#messages.findIndex(fits);
      if (index >= 0) return this.#messages.splice(index, 1)[0];
      if (Date.now() > endMs) throw new Error(`no such message; there are ${JSON.stringify(this.#messages)}`);
      await sleep(5);
    }
  }

  /** What came and nobody has taken. */
  get rest(): readonly Message[] {
    return this.#messages;
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, "close");
    this.socket.terminate();
    await closed;
  }
}
