import { Agent, request } from "node:http";

/** The node refused a request of the bench. */
export class RpcRefusalError extends Error {
  readonly code = "BENCH_RPC_REFUSED";
  constructor(method: string, reason: string) {
    super(`${method}: ${reason}`);
  }
}

/** One JSON-RPC request per HTTP request over kept connections: the same client for every node that is measured. */
export class RpcClient {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, connections: number) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const answer = JSON.parse(await this.#post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })));
    const { result, error } = answer as { result?: unknown; error?: { message: string } };
    if (error !== undefined) throw new RpcRefusalError(method, error.message);
    return result;
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const sent = request(this.#url, { method: "POST", agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }
}
