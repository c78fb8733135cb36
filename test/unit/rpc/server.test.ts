import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LaneNode, startLaneNode } from "./lane-node.ts";

let node: LaneNode;
beforeAll(async () => {
  node = await startLaneNode();
});
afterAll(() => node.close());

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape are looked at
async function post(body: string): Promise<{ status: number; json: any }> {
  const response = await fetch(node.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
}

const call = async (method: string, ...params: unknown[]) =>
  (await post(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))).json;

describe("the JSON-RPC server", () => {
  it("answers a call", async () => {
    expect(await call("eth_chainId")).toEqual({ jsonrpc: "2.0", id: 1, result: "0x67932" });
    expect((await call("web3_sha3", "0x")).result).toMatch(/^0xc5d24601/);
  });

  it("answers a batch in order, with an error only for the request that failed", async () => {
    const { json } = await post(
      JSON.stringify([
        { jsonrpc: "2.0", id: "a", method: "eth_blockNumber" },
        { jsonrpc: "2.0", id: "b", method: "eth_nothing" },
        { jsonrpc: "2.0", method: "eth_blockNumber" },
        7,
      ]),
    );
    expect(json.map(({ id }: { id: unknown }) => id)).toEqual(["a", "b", null]);
    expect(json[0].result).toBe("0x0");
    expect(json[1].error).toMatchObject({ code: -32601, message: expect.stringContaining("does not exist") });
    expect(json[2].error.code).toBe(-32600);
  });

  it("answers nothing to notifications", async () => {
    const { status, json } = await post('{"jsonrpc":"2.0","method":"eth_blockNumber"}');
    expect([status, json]).toEqual([204, undefined]);
  });

  it.each([
    ["{", -32700],
    ["[]", -32600],
    ["5", -32600],
    ['{"id":1,"method":"eth_chainId"}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x12","latest"]}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x123"]}', -32602],
    ['{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"zz"},"latest"]}', -32602],
    [`[${"1,".repeat(1000)}1]`, -32005],
  ])("refuses %.60s with %i", async (body, code) => {
    expect((await post(body)).json.error.code).toBe(code);
  });

  it("refuses an oversized body before it parses it", async () => {
    const { status, json } = await post(`"${"a".repeat(1_000_001)}"`);
    expect(status).toBe(413);
    expect(json.error).toMatchObject({ code: -32005, message: expect.stringContaining("too large") });
  });

  it("passes on the code and data of a domain error, and hides the text of a bug", async () => {
    expect((await call("test_domainError")).error).toEqual({
      code: -39001,
      message: "no such thing",
      data: { expected: 1, actual: 2 },
    });
    const { error } = await call("test_bug");
    expect(error.code).not.toBe(-32603);
    expect(error.message).not.toContain("secret");
  });

  it("lets pages of other origins call", async () => {
    const response = await fetch(node.url, {
      method: "OPTIONS",
      headers: {
        origin: "https://wallet.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("tells alive from ready, and counts calls", async () => {
    expect((await fetch(`${node.url}/health`)).status).toBe(200);
    expect((await fetch(`${node.url}/ready`)).status).toBe(503);
    node.confirmations.safe = 1;
    expect(await (await fetch(`${node.url}/ready`)).json()).toEqual({ ready: true, safe: 1 });
    node.confirmations.safe = 0;
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    expect(metrics).toMatch(/rpc_calls_total\{method="eth_chainId",outcome="success"\} [1-9]/);
    expect(metrics).toMatch(/rpc_calls_total\{method="unknown",outcome="error"\} [1-9]/);
  });
});

describe("block tags", () => {
  it("safe and finalized follow the confirmations of the node", async () => {
    await node.mine();
    await node.mine();
    node.confirmations.safe = 1;
    const number = async (tag: string) => (await call("eth_getBlockByNumber", tag, false)).result.number;
    expect(await number("latest")).toBe("0x2");
    expect(await number("pending")).toBe("0x2");
    expect(await number("safe")).toBe("0x1");
    expect(await number("finalized")).toBe("0x0");
    expect(await number("earliest")).toBe("0x0");
    expect((await call("eth_getBlockByNumber", "0x99", false)).result).toBeNull();
    expect((await call("eth_getBalance", `0x${"1".repeat(40)}`, "0x99")).error).toEqual({
      code: -32000,
      message: "header not found",
    });
  });
});
