import {
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hex,
  hexToBigInt,
  http,
  keccak256,
} from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Block } from "../../../state/evm/block-store.ts";
import { homeGasOf, movedDataPriceWei } from "../../../state/evm/data-fee.ts";
import { account, chainId, credit, gwei, lower, oneNrxWei } from "../evm/lane-fixture.ts";
import { ask, result } from "./json-rpc.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";

const alice = account(1);
const bob = lower(account(2).address);
const treasury: Hex = `0x${"77".repeat(20)}`;
const feeRecipient: Hex = `0x${"88".repeat(20)}`;
const dataPriceWei = 60n * gwei;
const baseFeeWei = 15n * gwei;
const hex = (value: bigint): Hex => `0x${value.toString(16)}`;
const data: Hex = `0x${"00c0ffee".repeat(1_000)}`;
const dataGas = 21_000n + 40n * 13n * 1_000n;

let node: LaneNode;
const chain = () =>
  defineChain({
    id: chainId,
    name: "NeuraChain",
    nativeCurrency: { name: "NRX", symbol: "NRX", decimals: 18 },
    rpcUrls: { default: { http: [node.url] } },
  });
const reader = () => createPublicClient({ chain: chain(), transport: http(node.url), pollingInterval: 20 });
const wallet = () => createWalletClient({ account: alice, chain: chain(), transport: http(node.url) });

beforeEach(async () => {
  node = await startLaneNode({}, { treasury, feeRecipient });
  const ledger = credit([lower(alice.address), oneNrxWei]);
  await node.lane.buildBlock({ timestampSeconds: 1, transactions: [], ledger, dataPriceWei });
  await node.mine(); // its base fee is the least that covers the price
});
afterEach(() => node.close());

interface RawReceipt {
  readonly l1GasUsed?: Hex;
  readonly l1GasPrice?: Hex;
  readonly l1Fee?: Hex;
}
const rawReceipt = (hash: Hex): Promise<RawReceipt> => result(node.url, "eth_getTransactionReceipt", hash);

describe("a wallet that knows nothing of data fees", () => {
  it("estimates, sends, and pays exactly gasUsed times effectiveGasPrice, for much data too", async () => {
    const estimate = await reader().estimateGas({ account: alice, to: bob, data });
    expect(estimate).toBeGreaterThanOrEqual(dataGas);
    expect(estimate).toBeLessThanOrEqual((dataGas * 1015n) / 1000n + 1n);
    const before = await reader().getBalance({ address: alice.address });
    const hash = await wallet().sendTransaction({ to: bob, data, value: 7n });
    await node.mine();
    const { gasUsed, effectiveGasPrice, status } = await reader().waitForTransactionReceipt({ hash });
    expect([status, gasUsed]).toEqual(["success", dataGas]);
    const after = await reader().getBalance({ address: alice.address });
    expect(before - after).toBe(7n + gasUsed * effectiveGasPrice);
    const { raw } = node.lane.getTransaction(hash)?.transaction ?? { raw: new Uint8Array(0) };
    const l1Fee = homeGasOf(raw) * dataPriceWei;
    expect(await rawReceipt(hash)).toMatchObject({
      l1GasUsed: hex(homeGasOf(raw)),
      l1GasPrice: hex(dataPriceWei),
      l1Fee: hex(l1Fee),
    });
    expect(l1Fee).toBeLessThanOrEqual(gasUsed * baseFeeWei);
    expect(await reader().getBalance({ address: feeRecipient })).toBe(
      l1Fee + gasUsed * (effectiveGasPrice - baseFeeWei),
    );
    expect(await reader().getBalance({ address: treasury })).toBe(gasUsed * baseFeeWei - l1Fee);
  });

  it("sends all that it has, at the price that it was told, and nothing is left or missing", async () => {
    const gasPrice = await reader().getGasPrice();
    const balance = await reader().getBalance({ address: alice.address });
    const value = balance - 21_000n * gasPrice;
    const hash = await wallet().sendTransaction({ to: bob, value, gasPrice, gas: 21_000n, type: "legacy" });
    await node.mine();
    expect((await reader().getTransactionReceipt({ hash })).status).toBe("success");
    expect(await reader().getBalance({ address: alice.address })).toBe(0n);
  });

  it("is told the base fee that the next block has, by every method", async () => {
    const history = await reader().getFeeHistory({ blockCount: 1, rewardPercentiles: [] });
    expect(history.baseFeePerGas.at(-1)).toBe(baseFeeWei);
    expect(await result(node.url, "eth_baseFee")).toBe(hex(baseFeeWei));
    expect(await reader().getGasPrice()).toBeGreaterThan(baseFeeWei);
    const [simulated] = await result(node.url, "eth_simulateV1", {
      blockStateCalls: [{}],
      validation: true,
    });
    expect(simulated).toMatchObject({ baseFeePerGas: hex(baseFeeWei), extraData: hexOfPrice });
    const hash = await wallet().sendTransaction({ to: bob, value: 1n });
    await node.mine();
    expect((await reader().getTransaction({ hash })).blockNumber).toBe(3n);
    expect(node.lane.head.baseFeeWei).toBe(baseFeeWei);
  });

  it("gets every transaction into the next block while the price rises as fast as it may", async () => {
    for (let nonce = 0; nonce < 8; nonce++) {
      const { lane, mempool } = node;
      const wanted = 10_000n * gwei;
      const prices = { baseFeeWei: lane.nextBaseFeeWei, dataPriceWei: lane.head.dataPriceWei };
      await wallet().sendTransaction({ to: bob, value: 1n });
      const { block } = await lane.buildBlock({
        timestampSeconds: 9,
        transactions: mempool.take(),
        dataPriceWei: movedDataPriceWei(prices, wanted),
      });
      await mempool.onBlock(block, []);
      expect(block.transactions).toHaveLength(1);
    }
    expect(node.lane.head.baseFeeWei).toBeGreaterThan(2n * baseFeeWei);
  });

  it("is refused a call and a block's place below the least base fee, and gets the place once it falls", async () => {
    const low = { from: alice.address, to: bob, gasPrice: hex(baseFeeWei - 1n) };
    await node.mine();
    const { error } = await ask(node.url, "eth_call", low, "latest");
    expect(error?.message).toMatch(/max fee per gas less than block base fee/);
    const hash = await wallet().sendTransaction({ to: bob, gas: 21_000n, gasPrice: baseFeeWei - 1n });
    expect([node.mempool.hasExecutable(), node.mempool.take()]).toEqual([false, []]);
    await node.mine();
    expect(await result(node.url, "eth_getTransactionReceipt", hash)).toBeNull();
    await node.lane.buildBlock({ timestampSeconds: 9, transactions: [], dataPriceWei: 0n });
    expect(node.mempool.hasExecutable()).toBe(true);
    await node.mine();
    expect((await reader().getTransactionReceipt({ hash })).status).toBe("success");
  });
});

const hexOfPrice: Hex = `0x0${dataPriceWei.toString(16)}`;

describe("a block with a data price", () => {
  it("shows it as extraData, and hashes to its hash", async () => {
    const block: { extraData: Hex; hash: Hex } = await result(
      node.url,
      "eth_getBlockByNumber",
      "latest",
      false,
    );
    expect(hexToBigInt(block.extraData)).toBe(dataPriceWei);
    expect(block.extraData).toBe(hexOfPrice);
    const header: Hex = await result(node.url, "debug_getRawHeader", "latest");
    expect(keccak256(header)).toBe(block.hash);
  });

  it("has data fees in all receipts but those of system transactions", async () => {
    await wallet().sendTransaction({ to: bob, value: 1n });
    await node.mine(credit([bob, 5n]));
    const [system, own]: RawReceipt[] = await result(node.url, "eth_getBlockReceipts", "latest");
    expect(system).not.toHaveProperty("l1Fee");
    expect(own).toMatchObject({ l1GasPrice: hex(dataPriceWei) });
    expect(hexToBigInt(own?.l1Fee as Hex)).toBe(hexToBigInt(own?.l1GasUsed as Hex) * dataPriceWei);
  });

  it("is traced as it ran", async () => {
    const heavy = await wallet().sendTransaction({ to: bob, data });
    const plain = await wallet().sendTransaction({ to: bob, value: 1n });
    await node.mine(credit([bob, 5n]));
    const { number } = node.lane.head as Block;
    const traces: { txHash: Hex; result: { gas: number } }[] = await result(
      node.url,
      "debug_traceBlockByNumber",
      hex(BigInt(number)),
    );
    const receipts = node.lane.getReceipts(number) ?? [];
    expect(traces.map(({ txHash, result: { gas } }) => [txHash, BigInt(gas)])).toEqual(
      receipts.map(({ transactionHash, gasUsed }) => [transactionHash, gasUsed]),
    );
    expect(
      receipts
        .map(({ transactionHash }) => transactionHash)
        .slice(1)
        .sort(),
    ).toEqual([heavy, plain].sort());
  });
});
