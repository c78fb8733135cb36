import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { RpcLog } from "viem";

interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
}

interface LogQuery {
  readonly fromBlock: `0x${string}`;
  readonly toBlock: `0x${string}`;
}

/** A JSON-RPC node that a test makes lie, refuse and fail. */
export class FakeRpc {
  readonly calls: Call[] = [];
  chainId = 31337;
  logs: RpcLog[] = [];
  /** Searches of more blocks are refused. */
  maxRangeBlocks = Number.POSITIVE_INFINITY;
  /** So many requests for logs fail before one is answered. */
  failures = 0;
  readonly answers = new Map<string, (params: readonly unknown[]) => unknown>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        const { id, method, params = [] } = JSON.parse(body) as Call & { id: number };
        this.calls.push({ method, params });
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ jsonrpc: "2.0", id, ...this.#answer(method, params) }));
      });
    });
  }

  static async start(): Promise<FakeRpc> {
    const rpc = new FakeRpc();
    rpc.#server.listen(0, "127.0.0.1");
    await once(rpc.#server, "listening");
    return rpc;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** The ranges that were searched, refused ones included. */
  get searches(): [from: number, to: number][] {
    return this.calls
      .filter(({ method }) => method === "eth_getLogs")
      .map(({ params }) => {
        const { fromBlock, toBlock } = params[0] as LogQuery;
        return [Number(fromBlock), Number(toBlock)];
      });
  }

  #answer(method: string, params: readonly unknown[]): object {
    if (method === "eth_chainId") return { result: `0x${this.chainId.toString(16)}` };
    const answer = this.answers.get(method);
    if (answer !== undefined) return { result: answer(params) };
    if (method !== "eth_getLogs") return { error: { code: -32601, message: `no ${method} here` } };
    if (this.failures > 0) {
      this.failures -= 1;
      return { error: { code: -32000, message: "try again" } };
    }
    const { fromBlock, toBlock } = params[0] as LogQuery;
    const [from, to] = [Number(fromBlock), Number(toBlock)];
    if (to - from + 1 > this.maxRangeBlocks) {
      return { error: { code: -32005, message: "query returned more than 10000 results" } };
    }
    const found = this.logs.filter(
      ({ blockNumber }) => Number(blockNumber) >= from && Number(blockNumber) <= to,
    );
    return { result: found };
  }
}
