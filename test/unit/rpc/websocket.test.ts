import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketProvider } from "ethers";
import { createPublicClient, webSocket } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { account, chainId, credit, gwei, lower, oneNrxWei, signTransfer } from "../evm/lane-fixture.ts";
import { result } from "./json-rpc.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";
import { SocketClient } from "./socket-client.ts";

const alice = account(1);
const to = lower(account(2).address);
const limits = { maxSubscriptions: 3, maxParallelRequests: 4, maxQueuedBytes: 200_000 };

let node: LaneNode;
let client: SocketClient;
beforeEach(async () => {
  node = await startLaneNode({ sessionLimits: limits });
  await node.mine(credit([lower(alice.address), 100n * oneNrxWei]));
  client = await SocketClient.open(node.url);
});
afterEach(async () => {
  await client.close();
  await node.close();
});

const isNotification = ({ method }: { method?: string }) => method === "eth_subscription";
async function transfer(nonce: number): Promise<string> {
  const { raw } = await signTransfer(node.lane, alice, { nonce, to, value: 1n, maxFeePerGas: 3n * gwei });
  return result(node.url, "eth_sendRawTransaction", `0x${Buffer.from(raw).toString("hex")}`);
}

describe("JSON-RPC over WebSocket", () => {
  it("answers what HTTP answers, batches and refusals included", async () => {
    expect((await client.ask("eth_chainId")).result).toBe("0x67932");
    expect((await client.ask("eth_nothing")).error.code).toBe(-32601);
    expect((await client.ask("eth_getBalance", "0x1")).error).toMatchObject({ code: -32602 });
    client.socket.send("{");
    expect((await client.next()).error.code).toBe(-32700);
    client.socket.send(
      '[{"jsonrpc":"2.0","id":"a","method":"eth_blockNumber"},{"jsonrpc":"2.0","method":"eth_blockNumber"},7]',
    );
    expect(await client.next(Array.isArray)).toMatchObject([
      { id: "a", result: "0x1" },
      { error: { code: -32600 } },
    ]);
  });

  it("sends new heads as they are built, until it is told to stop", async () => {
    const { result: id } = await client.ask("eth_subscribe", "newHeads");
    await node.mine();
    const { params } = await client.next(isNotification);
    const block = await result(node.url, "eth_getBlockByNumber", "latest", false);
    const { transactions: _, uncles: __, withdrawals: ___, size: ____, ...header } = block;
    expect(params).toEqual({ subscription: id, result: header });
    expect((await client.ask("eth_unsubscribe", id)).result).toBe(true);
    await node.mine();
    expect((await client.ask("eth_unsubscribe", id)).error).toMatchObject({
      code: -32000,
      message: "subscription not found",
    });
    expect(client.rest).toEqual([]);
  });

  it("sends accepted transactions, as hashes or whole", async () => {
    await client.ask("eth_subscribe", "newPendingTransactions");
    const hash = await transfer(0);
    expect((await client.next(isNotification)).params.result).toBe(hash);
    await client.ask("eth_subscribe", "newPendingTransactions", true);
    const second = await transfer(1);
    const whole = await client.next(({ params }) => typeof params?.result === "object");
    expect(whole.params.result).toMatchObject({ hash: second, from: lower(alice.address), blockHash: null });
  });

  it("sends the logs that a filter wants and no others", async () => {
    const topic = `0x${"11".repeat(32)}`;
    const { result: all } = await client.ask("eth_subscribe", "logs");
    const { result: some } = await client.ask("eth_subscribe", "logs", {
      topics: [[topic, `0x${"12".repeat(32)}`]],
    });
    await client.ask("eth_subscribe", "logs", { topics: [null, topic] });
    await node.mine(credit([to, 1n]));
    const seen = [await client.next(isNotification), await client.next(isNotification)];
    expect(new Set(seen.map(({ params }) => params.subscription))).toEqual(new Set([all, some]));
    expect(seen[0].params.result).toMatchObject({
      topics: [topic],
      data: "0x2222",
      blockNumber: "0x2",
      removed: false,
    });
    await client.ask("eth_chainId");
    expect(client.rest).toEqual([]);
  });

  it("answers with the id before the first notification", async () => {
    client.socket.send('{"jsonrpc":"2.0","id":9,"method":"eth_subscribe","params":["syncing"]}');
    const [first, second] = [await client.next(), await client.next()];
    expect(first.id).toBe(9);
    expect(second.params).toEqual({ subscription: first.result, result: false });
  });

  it("refuses unknown feeds, wrong filters and too many subscriptions", async () => {
    expect((await client.ask("eth_subscribe", "weather")).error).toEqual({
      code: -32601,
      message: 'no "weather" subscription in eth namespace',
    });
    expect((await client.ask("eth_subscribe", "logs", { address: "0x1" })).error.code).toBe(-32602);
    expect((await client.ask("eth_subscribe")).error.code).toBe(-32602);
    for (let open = 0; open < limits.maxSubscriptions; open++) await client.ask("eth_subscribe", "newHeads");
    expect((await client.ask("eth_subscribe", "newHeads")).error).toMatchObject({ code: -32005 });
  });

  it("another connection cannot end a subscription", async () => {
    const { result: id } = await client.ask("eth_subscribe", "newHeads");
    const other = await SocketClient.open(node.url);
    expect((await other.ask("eth_unsubscribe", id)).error).toBeDefined();
    await other.close();
    await node.mine();
    expect((await client.next(isNotification)).params.subscription).toBe(id);
  });

  it("says over HTTP that it cannot notify there", async () => {
    await expect(result(node.url, "eth_subscribe", "newHeads")).rejects.toThrow(
      "-32601 notifications not supported",
    );
  });

  it("drops a reader that does not read, and nobody else", async () => {
    const { hostname, port } = new URL(node.url);
    const slow = connect({ host: hostname, port: Number(port) });
    slow.on("error", () => undefined);
    const closed = once(slow, "close");
    slow.write(
      `GET / HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n",
    );
    await once(slow, "data");
    slow.pause();
    // Requests whose answers are never read: far more than its socket and the limit hold.
    const request = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "rpc.discover" }));
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | request.length, 0, 0, 0, 0]), request]);
    for (let sent = 0; sent < 1_000; sent++) slow.write(frame);
    const dropped = await Promise.race([
      closed.then(() => true),
      waitUntilDropped(),
      sleep(10_000).then(() => false),
    ]);
    expect(dropped).toBe(true);
    slow.destroy();
    expect((await client.ask("eth_chainId")).result).toBe("0x67932");
  }, 20_000);

  it("works on no more messages at once than the limit, and answers all in the end", async () => {
    const ids = Array.from({ length: 200 }, (_, index) => 1_000 + index);
    for (const id of ids) client.socket.send(`{"jsonrpc":"2.0","id":${id},"method":"eth_blockNumber"}`);
    for (const id of ids) expect((await client.next((message) => message.id === id)).result).toBe("0x1");
  });

  it("closes a connection whose message is too large, and goes on", async () => {
    const closed = once(client.socket, "close");
    client.socket.send(`"${"a".repeat(1_000_001)}"`);
    expect((await closed)[0]).toBe(1009);
    client = await SocketClient.open(node.url);
    expect((await client.ask("eth_chainId")).result).toBe("0x67932");
  });

  it("tells a plain GET what to do", async () => {
    const response = await fetch(node.url);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("closes with open connections", async () => {
    await client.ask("eth_subscribe", "newHeads");
    const closed = once(client.socket, "close");
    await node.close();
    await closed;
    node = await startLaneNode();
    client = await SocketClient.open(node.url);
  });
});

async function waitUntilDropped(): Promise<boolean> {
  for (let waited = 0; waited < 1_000; waited++) {
    const text = await (await fetch(`${node.url}/metrics`)).text();
    if (/^rpc_websocket_connections 1$/m.test(text)) return true;
    await sleep(10);
  }
  return false;
}

describe("an allow-list of origins", () => {
  it("keeps pages from elsewhere from connecting, and lets programs in", async () => {
    const guarded = await startLaneNode({ allowedOrigins: ["https://app.example"] });
    try {
      await expect(SocketClient.open(guarded.url, "https://evil.example")).rejects.toThrow(/403/);
      for (const origin of ["https://app.example", undefined]) {
        const page = await SocketClient.open(guarded.url, origin);
        expect((await page.ask("eth_chainId")).result).toBe("0x67932");
        await page.close();
      }
    } finally {
      await guarded.close();
    }
  });
});

describe("libraries over WebSocket", () => {
  it("viem watches blocks", async () => {
    const reader = createPublicClient({ transport: webSocket(node.url.replace(/^http/, "ws")) });
    const seen: bigint[] = [];
    const stop = reader.watchBlockNumber({ onBlockNumber: (number) => seen.push(number) });
    // It subscribes when it has connected; blocks go on.
    for (let mined = 0; mined < 50 && seen.length < 2; mined++) {
      await node.mine();
      await sleep(50);
    }
    stop();
    expect(seen.length).toBeGreaterThanOrEqual(2);
    expect(Number(seen[1])).toBe(Number(seen[0]) + 1);
    const socket = await reader.transport.getRpcClient();
    socket.close();
  });

  it("ethers waits for a transaction", async () => {
    const provider = new WebSocketProvider(node.url.replace(/^http/, "ws"), chainId, { staticNetwork: true });
    try {
      const hash = await transfer(0);
      let status: number | null | undefined;
      const waiting = provider.waitForTransaction(hash, 1, 5_000).then((receipt) => {
        status = receipt?.status;
      });
      // It subscribes when it has connected; blocks go on.
      for (let mined = 0; mined < 50 && status === undefined; mined++) {
        await node.mine();
        await sleep(50);
      }
      await waiting;
      expect(status).toBe(1);
    } finally {
      await provider.destroy();
    }
  });
});
