import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createBlockHeaderFromRPC } from "@ethereumjs/block";
import { Contract, JsonRpcProvider, Wallet } from "ethers";
import {
  type BaseError,
  type Chain,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
} from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chainRules, ledgerAddress, systemAddress } from "../../../state/evm/chain-rules.ts";
import type { Hex } from "../../../state/evm/types.ts";
import { account, chainId, credit, lower, oneNrxWei } from "../evm/lane-fixture.ts";
import { probeAbi, probeBytecode } from "../evm/probe-contract.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";

const alice = account(1);
const bob = account(2);
const run = promisify(execFile);
const castPath = fileURLToPath(new URL("../../../node_modules/.bin/cast", import.meta.url));
const operationTopic: Hex = `0x${"11".repeat(32)}`;

let node: LaneNode;
let chain: Chain;
beforeAll(async () => {
  node = await startLaneNode();
  chain = defineChain({
    id: chainId,
    name: "NeuraChain",
    nativeCurrency: { name: "NRX", symbol: "NRX", decimals: 18 },
    rpcUrls: { default: { http: [node.url] } },
  });
  await node.mine(credit([lower(alice.address), 100n * oneNrxWei]));
});
afterAll(() => node.close());

const publicClient = () => createPublicClient({ chain, transport: http(node.url), pollingInterval: 20 });
const walletClient = () => createWalletClient({ account: alice, chain, transport: http(node.url) });

describe("viem", () => {
  it("sends a value transfer, deploys, calls, and reads receipts, logs and custom errors", async () => {
    const reader = publicClient();
    const writer = walletClient();
    const transfer = await writer.sendTransaction({ to: bob.address, value: 5n });
    expect((await reader.getTransaction({ hash: transfer })).blockNumber).toBeNull();
    const deployment = await writer.deployContract({ abi: probeAbi, bytecode: probeBytecode });
    await node.mine();
    expect(await reader.getTransactionReceipt({ hash: transfer })).toMatchObject({
      status: "success",
      gasUsed: 21_000n,
    });
    expect(await reader.getBalance({ address: bob.address })).toBe(5n);
    const { contractAddress } = await reader.getTransactionReceipt({ hash: deployment });
    const address = contractAddress as Hex;
    const store = await writer.writeContract({ address, abi: probeAbi, functionName: "store", args: [42n] });
    await node.mine();
    const receipt = await reader.getTransactionReceipt({ hash: store });
    expect(await reader.readContract({ address, abi: probeAbi, functionName: "value" })).toBe(42n);
    const logs = await reader.getContractEvents({
      address,
      abi: probeAbi,
      eventName: "Stored",
      fromBlock: 0n,
    });
    expect(logs).toMatchObject([
      { args: { by: alice.address, value: 42n }, transactionHash: receipt.transactionHash },
    ]);
    const refusal = await reader
      .simulateContract({ address, abi: probeAbi, functionName: "store", args: [101n] })
      .catch((error: unknown) => error);
    const reverted = (refusal as BaseError).walk((error) => error instanceof ContractFunctionRevertedError);
    expect((reverted as ContractFunctionRevertedError).data).toMatchObject({
      errorName: "TooLarge",
      args: [101n, 100n],
    });
  });

  it("reads a block with a system transaction, and its hash is that of its header", async () => {
    const block = await publicClient().getBlock({ blockNumber: 1n, includeTransactions: true });
    expect(block.transactions[0]).toMatchObject({
      from: systemAddress,
      to: ledgerAddress,
      type: "legacy",
      r: "0x0",
    });
    const logs = await publicClient().getLogs({ address: ledgerAddress, fromBlock: 0n, toBlock: "latest" });
    expect(logs).toMatchObject([{ topics: [operationTopic], data: "0x2222", blockNumber: 1n }]);
    for (let number = 0; number <= node.lane.head.number; number++) {
      const raw = await publicClient().request({
        method: "eth_getBlockByNumber",
        params: [`0x${number.toString(16)}`, false],
      });
      const header = createBlockHeaderFromRPC(
        raw as unknown as Parameters<typeof createBlockHeaderFromRPC>[0],
        { common: chainRules(chainId) },
      );
      expect(`0x${Buffer.from(header.hash()).toString("hex")}`).toBe(raw?.hash);
    }
  });

  it("recognizes the refusals of the mempool", async () => {
    const writer = walletClient();
    await expect(writer.sendTransaction({ to: bob.address, nonce: 0, gas: 21_000n })).rejects.toThrow(
      /lower than the current nonce/,
    );
    const poor = createWalletClient({ account: account(9), chain, transport: http(node.url) });
    await expect(poor.sendTransaction({ to: bob.address, value: 1n, gas: 21_000n })).rejects.toThrow(
      /total cost .* exceeds the balance/,
    );
  });

  it("gets a fee history", async () => {
    const history = await publicClient().getFeeHistory({ blockCount: 2, rewardPercentiles: [10, 90] });
    expect(history.baseFeePerGas).toHaveLength(3);
    expect(history.reward).toHaveLength(2);
  });
});

describe("ethers", () => {
  it("sends, waits, and reads system transactions and ledger events", async () => {
    const provider = new JsonRpcProvider(node.url, chainId, { staticNetwork: true, pollingInterval: 20 });
    try {
      const key = `0x${(2).toString(16).padStart(64, "0")}`;
      const wallet = new Wallet(key, provider);
      expect(wallet.address).toBe(alice.address);
      const sent = await wallet.sendTransaction({ to: bob.address, value: 3n });
      await node.mine();
      expect((await provider.getTransactionReceipt(sent.hash))?.status).toBe(1);
      const block = await provider.getBlock(1, true);
      expect(block?.prefetchedTransactions[0]?.from.toLowerCase()).toBe(systemAddress);
      const logs = await provider.getLogs({ address: ledgerAddress, topics: [operationTopic], fromBlock: 0 });
      expect(logs).toHaveLength(1);
      const ledger = new Contract(ledgerAddress, ["function ledgerRoot() view returns (uint256)"], provider);
      expect(await ledger.ledgerRoot?.()).toBe(7n);
    } finally {
      provider.destroy();
    }
  });
});

describe("cast", () => {
  const cast = async (...args: string[]) =>
    (await run(castPath, [...args, "--rpc-url", node.url])).stdout.trim();

  it("reads blocks, system transactions, logs and contracts, and sends", async () => {
    const block = JSON.parse(await cast("block", "1", "--full", "--json"));
    expect(block.transactions[0].from).toBe(systemAddress);
    const hash = block.transactions[0].hash;
    expect(await cast("tx", hash, "from")).toMatch(new RegExp(systemAddress, "i"));
    expect(JSON.parse(await cast("receipt", hash, "--json")).logs).toHaveLength(1);
    expect(
      JSON.parse(await cast("logs", "--from-block", "0", "--address", ledgerAddress, "--json")),
    ).toHaveLength(1);
    expect(await cast("call", ledgerAddress, "ledgerRoot()(uint256)")).toBe("7");
    expect(await cast("chain-id")).toBe(String(chainId));
    const key = `0x${(2).toString(16).padStart(64, "0")}`;
    const before = await cast("balance", bob.address);
    const sent = await cast("send", bob.address, "--value", "4", "--private-key", key, "--async");
    await node.mine();
    expect(JSON.parse(await cast("receipt", sent, "--json")).status).toBe("0x1");
    expect(BigInt(await cast("balance", bob.address)) - BigInt(before)).toBe(4n);
  });
});
