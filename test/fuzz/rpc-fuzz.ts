import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { WebSocket } from "ws";
import { SeededRandom } from "../support/seeded-random.ts";
import { account, credit, gwei, lower, oneNrxWei, signTransfer } from "../unit/evm/lane-fixture.ts";
import { probeBytecode } from "../unit/evm/probe-contract.ts";
import type { SequencerNode } from "../unit/rpc/sequencer-node.ts";
import { type KnownValues, MalformedRequests } from "./malformed-requests.ts";

/** Sends malformed requests over HTTP and WebSocket and checks that every answer is a valid JSON-RPC response. */

export interface FuzzOptions {
  readonly node: SequencerNode;
  readonly seed: number;
  readonly requests: number;
}

export interface FuzzReport {
  readonly overHttp: number;
  readonly overWebSocket: number;
  readonly answers: number;
  readonly errors: number;
  readonly notifications: number;
}

/** Of every so many requests one goes over the WebSocket. */
const socketShare = 3;
const parallelRequests = 8;
const answerTimeoutMs = 60_000;

/** A chain with something on it, so that requests can hit. */
export async function prepare(node: SequencerNode): Promise<KnownValues> {
  const { lane, transactions } = node.sequencer;
  const alice = account(1);
  const bob = lower(account(2).address);
  await node.sequencer.fund("alice", 10_000_000n);
  await lane.buildBlock({
    timestampSeconds: lane.head.timestampSeconds,
    transactions: [],
    ledger: credit([lower(alice.address), 100n * oneNrxWei]),
  });
  const signed = [
    await signTransfer(lane, alice, {
      nonce: 0,
      data: probeBytecode,
      gas: 1_000_000n,
      maxFeePerGas: 3n * gwei,
    }),
    await signTransfer(lane, alice, { nonce: 1, to: bob, value: 1n, maxFeePerGas: 3n * gwei }),
    await signTransfer(lane, alice, { nonce: 3, to: bob, value: 1n, maxFeePerGas: 3n * gwei }),
  ];
  for (const { raw } of signed) await transactions.add(raw);
  const built = await lane.buildBlock({
    timestampSeconds: lane.head.timestampSeconds,
    transactions: transactions.take(),
  });
  await transactions.onBlock(built.block, []);
  const probe = built.receipts[0]?.contractAddress ?? bob;
  const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;
  return {
    addresses: [lower(alice.address), bob, probe, `0x${"00".repeat(20)}`],
    hashes: [built.block.hash, ...signed.map(({ hash }) => hash), `0x${"00".repeat(32)}`],
    transactions: signed.map(({ raw }) => hex(raw)),
  };
}

export async function fuzz({ node, seed, requests }: FuzzOptions): Promise<FuzzReport> {
  const source = new MalformedRequests(new SeededRandom(seed), await prepare(node));
  const counts = { overHttp: 0, overWebSocket: 0, answers: 0, errors: 0, notifications: 0 };
  const line = new SocketLine(node.url, counts);
  for (let sent = 0; sent < requests; sent += parallelRequests) {
    const bodies = Array.from({ length: parallelRequests }, () => source.next());
    await Promise.all(
      bodies.map(async (body, index) => {
        if ((sent + index) % socketShare === 0) {
          await line.send(body);
          counts.overWebSocket += 1;
        } else {
          counts.overHttp += 1;
          countAnswers(await overHttp(node.url, body), body, counts);
        }
      }),
    );
    await setImmediate();
  }
  await line.close();
  const [internal] = node.internalErrors;
  if (internal !== undefined) {
    throw new Error(`seed ${seed}: ${internal.method} failed inside`, { cause: internal.error });
  }
  return counts;
}

async function overHttp(url: string, body: string): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const signal = AbortSignal.timeout(answerTimeoutMs);
  const response = await fetch(url, { method: "POST", headers, body, signal });
  const text = await response.text();
  return text === "" ? undefined : parsed(text, body);
}

function parsed(text: string, body: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the answer to ${body.slice(0, 500)} is no JSON: ${text.slice(0, 500)}`);
  }
}

type Counts = { answers: number; errors: number; notifications: number };

function countAnswers(answer: unknown, body: string, counts: Counts): void {
  if (answer === undefined) return;
  for (const each of Array.isArray(answer) ? answer : [answer]) {
    const fault = faultOf(each);
    if (fault !== undefined) {
      throw new Error(`${fault}: ${JSON.stringify(each).slice(0, 500)} answers ${body.slice(0, 500)}`);
    }
    counts.answers += 1;
    if ("error" in each) counts.errors += 1;
  }
}

/** What is wrong with a response (JSON-RPC 2.0, section 5). */
function faultOf(response: unknown): string | undefined {
  if (typeof response !== "object" || response === null) return "no object";
  const { jsonrpc, id, result, error, ...others } = response as Record<string, unknown>;
  if (jsonrpc !== "2.0") return "no version";
  if (id !== null && typeof id !== "string" && typeof id !== "number") return "no id";
  if (Object.keys(others).length > 0) return "unknown members";
  if ((result === undefined) === (error === undefined)) return "not exactly one of result and error";
  if (error === undefined) return undefined;
  const { code, message } = error as Record<string, unknown>;
  if (!Number.isInteger(code) || typeof message !== "string" || message === "") return "a wrong error object";
  if (code === -32603) return "an error that clients would try again";
  return message.length > 1_000 ? "an error as long as a book" : undefined;
}

/** One WebSocket, opened again when the node has closed it for good reason. */
class SocketLine {
  readonly #url: string;
  readonly #counts: Counts;
  #socket: WebSocket | undefined;
  #fault: Error | undefined;

  constructor(url: string, counts: Counts) {
    this.#url = url.replace(/^http/, "ws");
    this.#counts = counts;
  }

  async send(body: string): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault;
    const socket = await this.#opened();
    // Half as text, half as bytes: both are messages.
    socket.send(body.length % 2 === 0 ? body : Buffer.from(body));
  }

  /** Waits until everything sent is answered: the answer to a last request comes after the others have begun. */
  async close(): Promise<void> {
    const socket = await this.#opened();
    const answered = new Promise<void>((resolve) => {
      socket.on("message", (data) => {
        if (data.toString().includes('"id":"last"')) resolve();
      });
    });
    socket.send('{"jsonrpc":"2.0","id":"last","method":"eth_chainId"}');
    await answered;
    const closed = once(socket, "close");
    socket.close();
    await closed;
    if (this.#fault !== undefined) throw this.#fault;
  }

  async #opened(): Promise<WebSocket> {
    const current = this.#socket;
    if (current?.readyState === WebSocket.OPEN) return current;
    if (current?.readyState === WebSocket.CONNECTING) {
      await once(current, "open");
      return current;
    }
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.on("message", (data) => this.#receive(data.toString()));
    await once(socket, "open");
    return socket;
  }

  #receive(text: string): void {
    try {
      const message = parsed(text, "a WebSocket message") as Record<string, unknown>;
      const isNotification =
        !Array.isArray(message) && /^(eth|neura)_subscription$/.test(String(message.method));
      if (isNotification) this.#counts.notifications += 1;
      else countAnswers(message, "a WebSocket message", this.#counts);
    } catch (error) {
      this.#fault ??= error as Error;
    }
  }
}
