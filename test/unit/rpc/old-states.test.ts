import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hex } from "../../../state/evm/types.ts";
import { account, chainId, credit, gwei, lower, oneNrxWei } from "../evm/lane-fixture.ts";
import { ask, result } from "./json-rpc.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";

/** What a node answers of blocks whose states it has pruned: geth's codes and texts. */

const alice = account(1);
const owner = lower(alice.address);
const bob = lower(account(2).address);
const slot: Hex = `0x${"00".repeat(32)}`;
const OLDEST = 6;

let node: LaneNode;
const hashes: Hex[] = [];

beforeAll(async () => {
  node = await startLaneNode();
  await node.mine(credit([owner, 10n * oneNrxWei]));
  for (let nonce = 0; nonce < 9; nonce++) {
    const raw = await alice.signTransaction({
      type: "eip1559",
      chainId,
      nonce,
      to: bob,
      value: 1n,
      gas: 21_000n,
      maxFeePerGas: 3n * gwei,
      maxPriorityFeePerGas: 0n,
    });
    hashes.push(await result(node.url, "eth_sendRawTransaction", raw));
    await node.mine();
  }
  while (await node.lane.history.prune({ upToBlock: OLDEST, maxNodes: 10 }));
});
afterAll(() => node.close());

const quantity = (number: number): Hex => `0x${number.toString(16)}`;
const rootOf = (number: number) => node.lane.getBlock(number)?.stateRoot.slice(2);
const unavailable = (number: number) => ({
  code: -32000,
  message: `historical state ${rootOf(number)} is not available`,
});
const notTraceable = { code: -32000, message: "historical state is not available" };

describe("a block whose state is pruned", () => {
  it.each([
    ["eth_getBalance", [owner]],
    ["eth_getCode", [owner]],
    ["eth_getTransactionCount", [owner]],
    ["eth_getStorageAt", [owner, "0x0"]],
    ["eth_getStorageValues", [{ [owner]: [slot] }]],
    ["eth_getProof", [owner, ["0x0"]]],
    ["eth_call", [{ to: bob }]],
    ["eth_estimateGas", [{ to: bob }]],
    ["eth_createAccessList", [{ to: bob }]],
    ["eth_simulateV1", [{ blockStateCalls: [{}] }]],
  ])("%s: historical state … is not available, by number, hash and tag", async (method, before) => {
    const number = OLDEST - 1;
    const blockHash = node.lane.getBlock(number)?.hash;
    for (const block of [quantity(number), blockHash, { blockHash }, { blockNumber: quantity(number) }])
      expect((await ask(node.url, method, ...before, block)).error).toEqual(unavailable(number));
    expect((await ask(node.url, method, ...before, "earliest")).error).toEqual(unavailable(0));
    for (const block of [quantity(OLDEST), "latest", "pending"])
      expect((await ask(node.url, method, ...before, block)).error).toBeUndefined();
  });

  it("cannot be traced, nor can its child: historical state is not available", async () => {
    const call = { to: bob };
    expect((await ask(node.url, "debug_traceCall", call, quantity(OLDEST - 1))).error).toEqual(notTraceable);
    for (const number of [OLDEST - 1, OLDEST]) {
      const { hash } = node.lane.getBlock(number) as { hash: Hex };
      const inBlock = hashes[number - 2];
      expect((await ask(node.url, "debug_traceTransaction", inBlock)).error).toEqual(notTraceable);
      expect((await ask(node.url, "debug_traceBlockByHash", hash)).error).toEqual(notTraceable);
      const byNumber = await ask(node.url, "debug_traceBlockByNumber", quantity(number));
      expect(byNumber.error).toEqual(notTraceable);
    }
    expect((await ask(node.url, "debug_traceBlockByNumber", "0x0")).error?.message).toBe(
      "genesis is not traceable",
    );
    const tracer = { tracer: "callTracer" };
    expect(await result(node.url, "debug_traceTransaction", hashes[OLDEST - 1], tracer)).toMatchObject({
      from: owner,
      to: bob,
    });
  });

  it("is shown with its receipts and logs as ever", async () => {
    const block = await result(node.url, "eth_getBlockByNumber", "0x2", true);
    expect(block.transactions[0]).toMatchObject({ hash: hashes[0], to: bob });
    expect(await result(node.url, "eth_getTransactionReceipt", hashes[0])).toMatchObject({ status: "0x1" });
    expect(await result(node.url, "eth_getLogs", { fromBlock: "0x0", toBlock: "0x1" })).toHaveLength(1);
    expect(await result(node.url, "eth_feeHistory", "0x5", quantity(OLDEST - 1), [])).toMatchObject({
      oldestBlock: "0x1",
    });
    expect(await result(node.url, "debug_getRawBlock", "0x1")).toMatch(/^0x/);
  });
});
