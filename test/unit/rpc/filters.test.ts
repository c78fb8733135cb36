import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filterLifetimeMs } from "../../../rpc/eth/filters.ts";
import { ledgerAddress } from "../../../state/evm/chain-rules.ts";
import { account, credit, gwei, lower, oneNrxWei, signTransfer } from "../evm/lane-fixture.ts";
import { ask, result } from "./json-rpc.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";

const alice = account(1);
const to = lower(account(2).address);
const topic = `0x${"11".repeat(32)}`;

let node: LaneNode;
beforeEach(async () => {
  node = await startLaneNode();
  await node.mine(credit([lower(alice.address), 100n * oneNrxWei]));
});
afterEach(() => node.close());

async function transfer(nonce: number): Promise<string> {
  const { raw } = await signTransfer(node.lane, alice, { nonce, to, value: 1n, maxFeePerGas: 3n * gwei });
  return result(node.url, "eth_sendRawTransaction", `0x${Buffer.from(raw).toString("hex")}`);
}
const hashOf = async (number: number) =>
  (await result(node.url, "eth_getBlockByNumber", `0x${number.toString(16)}`, false)).hash;

describe("filters", () => {
  it("hand out every block once", async () => {
    const id = await result(node.url, "eth_newBlockFilter");
    expect(await result(node.url, "eth_getFilterChanges", id)).toEqual([]);
    await node.mine();
    await node.mine();
    expect(await result(node.url, "eth_getFilterChanges", id)).toEqual([await hashOf(2), await hashOf(3)]);
    expect(await result(node.url, "eth_getFilterChanges", id)).toEqual([]);
  });

  it("hand out every accepted transaction once, to each filter by itself", async () => {
    const early = await result(node.url, "eth_newPendingTransactionFilter");
    const first = await transfer(0);
    const late = await result(node.url, "eth_newPendingTransactionFilter");
    const second = await transfer(1);
    expect(await result(node.url, "eth_getFilterChanges", early)).toEqual([first, second]);
    expect(await result(node.url, "eth_getFilterChanges", early)).toEqual([]);
    expect(await result(node.url, "eth_getFilterChanges", late)).toEqual([second]);
  });

  it("hand out new logs that fit, and all logs when asked for them", async () => {
    const fitting = await result(node.url, "eth_newFilter", { fromBlock: "0x0", topics: [topic] });
    const other = await result(node.url, "eth_newFilter", { address: to });
    expect(await result(node.url, "eth_getFilterChanges", fitting)).toEqual([]);
    await node.mine(credit([to, 1n]));
    const changes = await result(node.url, "eth_getFilterChanges", fitting);
    expect(changes).toMatchObject([{ address: ledgerAddress, blockNumber: "0x2" }]);
    expect(await result(node.url, "eth_getFilterChanges", fitting)).toEqual([]);
    expect(await result(node.url, "eth_getFilterChanges", other)).toEqual([]);
    expect(await result(node.url, "eth_getFilterLogs", fitting)).toHaveLength(2);
  });

  it("respect the range that a log filter names", async () => {
    const id = await result(node.url, "eth_newFilter", { fromBlock: "0x3", toBlock: "0x3", topics: [topic] });
    for (let block = 2; block <= 4; block++) await node.mine(credit([to, 1n]));
    const changes = await result(node.url, "eth_getFilterChanges", id);
    expect(changes.map(({ blockNumber }: { blockNumber: string }) => blockNumber)).toEqual(["0x3"]);
  });

  it("are forgotten when nobody polls them, and live on when somebody does", async () => {
    const [used, unused] = [
      await result(node.url, "eth_newBlockFilter"),
      await result(node.url, "eth_newBlockFilter"),
    ];
    for (let polls = 0; polls < 3; polls++) {
      node.clock.nowMs += filterLifetimeMs / 2;
      await result(node.url, "eth_getFilterChanges", used);
    }
    expect((await ask(node.url, "eth_getFilterChanges", unused)).error).toEqual({
      code: -32000,
      message: "filter not found",
    });
  });

  it("end when they are uninstalled", async () => {
    const id = await result(node.url, "eth_newBlockFilter");
    expect(await result(node.url, "eth_uninstallFilter", id)).toBe(true);
    expect(await result(node.url, "eth_uninstallFilter", id)).toBe(false);
    expect((await ask(node.url, "eth_getFilterChanges", id)).error?.message).toBe("filter not found");
  });

  it("have no logs unless they are log filters", async () => {
    const id = await result(node.url, "eth_newBlockFilter");
    expect((await ask(node.url, "eth_getFilterLogs", id)).error?.message).toBe("filter not found");
  });
});

describe("eth_getLogs", () => {
  it("refuses ranges and filters with geth's texts", async () => {
    const hash = await hashOf(1);
    const logs = (filter: unknown) => ask(node.url, "eth_getLogs", filter);
    const refusals = [
      [{ fromBlock: "0x1", toBlock: "0x0" }, -32602, "invalid block range params"],
      [{ blockHash: hash, fromBlock: "0x0" }, -32602, "cannot specify both BlockHash and FromBlock/ToBlock"],
      [{ blockHash: `0x${"00".repeat(32)}` }, -32000, "unknown block"],
      [{ topics: [null, null, null, null, null] }, -32602, "exceed max topics"],
      [{ address: Array(1_001).fill(to) }, -32602, "exceed max addresses or topics per search position"],
      [{ topics: ["0x12"] }, -32602, "hex string has length 2, want 64 for common.Hash"],
      [{ topics: 5 }, -32602, "invalid topic(s)"],
      [{ address: 5 }, -32602, "invalid addresses in query"],
      [{ fromBlock: "0x5", toBlock: "0x9" }, -32602, "block range extends beyond current head block"],
      [{ fromBlock: 5 }, -32602, "hex string without 0x prefix"],
    ] as const;
    for (const [filter, code, text] of refusals) {
      expect((await logs(filter)).error).toMatchObject({ code, message: expect.stringContaining(text) });
    }
    expect((await logs({ blockHash: hash })).result).toHaveLength(1);
    expect((await logs({ topics: [[null, topic]] })).result).toHaveLength(1);
  });
});
