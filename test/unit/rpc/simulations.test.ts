import { verifyMerkleProof } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { bytesToBigInt, hexToBytes } from "@ethereumjs/util";
import {
  createPublicClient,
  createWalletClient,
  decodeFunctionResult,
  encodeFunctionData,
  http,
  keccak256,
} from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hex } from "../../../state/evm/types.ts";
import { account, chainId, lower, oneNrxWei } from "../evm/lane-fixture.ts";
import { ask, result } from "./json-rpc.ts";
import {
  callee,
  made,
  makeData,
  runData,
  sender,
  startTracedChains,
  type TracedChains,
  tracee,
} from "./traced-chains.ts";
import { traceeAbi } from "./tracee-contract.ts";

let chains: TracedChains;
let url: string;
beforeAll(async () => {
  chains = await startTracedChains();
  url = chains.node.url;
}, 60_000);
afterAll(() => chains.close());

const hex = (value: bigint | number): Hex => `0x${value.toString(16)}`;
const word = (value: bigint | number): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const stranger: Hex = `0x${"99".repeat(20)}`;
const contextData = encodeFunctionData({ abi: traceeAbi, functionName: "context" });

describe("eth_call and eth_estimateGas", () => {
  it("see overridden balances, code and storage", async () => {
    const codeThatReturns7 = "0x600760005260206000f3";
    const overridden = { [stranger]: { code: codeThatReturns7, balance: hex(5) } };
    expect(await result(url, "eth_call", { to: stranger }, "latest", overridden)).toBe(word(7));
    expect(await result(url, "eth_call", { to: stranger }, "latest")).toBe("0x");
    await expect(
      result(url, "eth_call", { from: stranger, to: sender, value: "0x5" }, "latest"),
    ).rejects.toThrow(/insufficient funds/);
    expect(
      await result(url, "eth_call", { from: stranger, to: sender, value: "0x5" }, "latest", overridden),
    ).toBe("0x");
    const x = { to: callee, data: "0x0c55699c" };
    expect(await result(url, "eth_call", x, "latest")).toBe(word(9));
    const diff = { [callee]: { stateDiff: { [word(0)]: word(42) } } };
    expect(await result(url, "eth_call", x, "latest", diff)).toBe(word(42));
    expect(await result(url, "eth_call", x, "latest", { [callee]: { state: {} } })).toBe(word(0));
    expect(await result(url, "eth_call", x, "latest")).toBe(word(9));
    const both = { [callee]: { state: {}, stateDiff: {} } };
    expect((await ask(url, "eth_call", x, "latest", both)).error?.message).toMatch(
      /both 'state' and 'stateDiff'/,
    );
  });

  it("see overridden numbers, times, fees and randomness of the block", async () => {
    const block = {
      number: hex(1234),
      time: hex(77),
      baseFeePerGas: hex(9),
      feeRecipient: stranger,
      prevRandao: word(5),
      gasLimit: hex(90_000_000),
    };
    const call = { from: sender, to: tracee, data: contextData, gasPrice: hex(9), gas: hex(100_000) };
    const data = await result(url, "eth_call", call, "latest", {}, block);
    const seen = decodeFunctionResult({ abi: traceeAbi, functionName: "context", data });
    expect(seen.map(String)).toEqual(["1234", "77", "9", stranger, "5", "90000000"]);
  });

  it("one call does not see what another one wrote, however many run at once", async () => {
    const before = await result(url, "eth_call", { to: tracee, data: "0x0c55699c" }, "latest");
    const calls = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0
        ? result(url, "eth_call", { from: sender, to: tracee, data: runData(BigInt(index + 100)) }, "latest")
        : result(url, "eth_call", { to: tracee, data: "0x0c55699c" }, "latest"),
    );
    const answers = await Promise.all(calls);
    for (const [index, answer] of answers.entries()) {
      expect(answer).toBe(index % 2 === 0 ? word(2 * (index + 100) + 1) : before);
    }
    const answersAfter = await Promise.all(
      [1, 2, 3].map(() => result(url, "eth_call", { to: callee, data: "0x0c55699c" }, "latest")),
    );
    expect(new Set(answersAfter)).toEqual(new Set([word(9)]));
  });

  it("estimates what the transaction will need, authorizations included", async () => {
    const [mine, theirs] = await chains.both("eth_estimateGas", {
      from: sender,
      to: tracee,
      data: runData(5n),
    });
    const ratio = Number(mine) / Number(theirs);
    expect(ratio).toBeGreaterThan(0.98);
    expect(ratio).toBeLessThan(1.02);
    const bob = account(2);
    const signed = await bob.signAuthorization({ contractAddress: tracee, chainId, nonce: 0 });
    const authorization = {
      chainId: hex(signed.chainId),
      address: signed.address,
      nonce: hex(signed.nonce),
      yParity: hex(signed.yParity ?? 0),
      r: signed.r,
      s: signed.s,
    };
    const call = {
      from: sender,
      to: lower(bob.address),
      data: "0x0c55699c",
      authorizationList: [authorization],
    };
    expect(await result(url, "eth_call", call, "latest")).toBe(word(0));
    expect(await result(url, "eth_call", { ...call, authorizationList: [] }, "latest")).toBe("0x");
    const [gas, anvilGas] = await chains.both("eth_estimateGas", call);
    expect(Math.abs(Number(gas) / Number(anvilGas) - 1)).toBeLessThan(0.03);
  });

  it("reports reverts, panics and halts as geth does", async () => {
    const panic = encodeFunctionData({ abi: traceeAbi, functionName: "panic", args: [1n, 0n] });
    expect((await ask(url, "eth_call", { to: tracee, data: panic }, "latest")).error).toMatchObject({
      code: 3,
      message: "execution reverted: division or modulo by zero",
      data: expect.stringMatching(/^0x4e487b71/),
    });
    expect((await ask(url, "eth_estimateGas", { to: callee, data: "0xa9cc4718" })).error).toMatchObject({
      code: 3,
      message: "execution reverted: nope",
    });
    const loop = encodeFunctionData({ abi: traceeAbi, functionName: "loop", args: [1_000_000n] });
    expect(
      (await ask(url, "eth_call", { to: tracee, data: loop, gas: hex(100_000) }, "latest")).error,
    ).toMatchObject({
      code: -32000,
      message: "out of gas",
    });
    expect(
      (await ask(url, "eth_estimateGas", { to: tracee, data: loop, gas: hex(100_000) })).error?.message,
    ).toBe("gas required exceeds allowance (100000)");
    const jump = { [stranger]: { code: "0x60ff56" } };
    expect((await ask(url, "eth_call", { to: stranger }, "latest", jump)).error?.message).toBe(
      "invalid jump destination",
    );
  });
});

describe("eth_createAccessList", () => {
  it("finds what anvil finds", async () => {
    for (const data of [runData(5n), runData(0n)]) {
      const [mine, theirs] = await chains.both(
        "eth_createAccessList",
        { from: sender, to: tracee, data },
        "latest",
      );
      const sorted = (list: { address: string; storageKeys: string[] }[]) =>
        list
          .map(({ address, storageKeys }) => ({ address, storageKeys: [...storageKeys].sort() }))
          .sort((a, b) => a.address.localeCompare(b.address));
      expect(sorted(mine.accessList)).toEqual(sorted(theirs.accessList));
      expect(mine.error).toBeUndefined();
      const used = { from: sender, to: tracee, data, accessList: mine.accessList };
      expect(Number(await result(url, "eth_estimateGas", used))).toBeGreaterThanOrEqual(Number(mine.gasUsed));
    }
  });
});

describe("eth_createAccessList of a call that fails", () => {
  it("says why, with what was touched until then", async () => {
    const answer = await result(
      url,
      "eth_createAccessList",
      { from: sender, to: tracee, data: makeData },
      "latest",
    );
    expect(answer.error).toBe("execution reverted");
    expect(answer.accessList).toMatchObject([{ address: made }]);
  });
});

describe("eth_getProof", () => {
  it("proves accounts and slots, present and absent, under the block's state root", async () => {
    const { stateRoot } = await result(url, "eth_getBlockByNumber", "latest", false);
    const seenSlot = keccak256(`0x${sender.slice(2).padStart(64, "0")}${word(2).slice(2)}`);
    const keys = ["0x0", word(1), seenSlot, word(99)];
    const proof = await result(url, "eth_getProof", tracee, keys, "latest");
    const account = await provenValue(stateRoot, tracee, proof.accountProof);
    const [nonce, balance, storageRoot, codeHash] = RLP.decode(account as Uint8Array) as Uint8Array[];
    expect(bytesToBigInt(storageRoot as Uint8Array)).toBe(BigInt(proof.storageHash));
    expect([bytesToBigInt(nonce as Uint8Array), bytesToBigInt(balance as Uint8Array)]).toEqual([
      BigInt(proof.nonce),
      BigInt(proof.balance),
    ]);
    expect(BigInt(proof.codeHash)).toBe(bytesToBigInt(codeHash as Uint8Array));
    for (const [index, { key, value, proof: nodes }] of proof.storageProof.entries()) {
      expect(key).toBe(keys[index]);
      const slot = word(BigInt(key));
      const found = await provenValue(proof.storageHash, slot, nodes);
      const proven = found === null ? 0n : bytesToBigInt(RLP.decode(found) as Uint8Array);
      expect(proven).toBe(BigInt(value));
      expect(BigInt(await result(url, "eth_getStorageAt", tracee, slot, "latest"))).toBe(BigInt(value));
    }
    expect(proof.storageProof.map(({ value }: { value: Hex }) => value)).toEqual([
      "0x9",
      hex(BigInt(callee)),
      "0x11",
      "0x0",
    ]);
  });

  it("proves that an account does not exist", async () => {
    const { stateRoot } = await result(url, "eth_getBlockByNumber", "latest", false);
    const proof = await result(url, "eth_getProof", stranger, ["0x1"], "latest");
    expect(await provenValue(stateRoot, stranger, proof.accountProof)).toBeNull();
    expect(proof).toMatchObject({
      balance: "0x0",
      nonce: "0x0",
      storageProof: [{ key: "0x1", value: "0x0", proof: [] }],
    });
  });

  it("proves an old state", async () => {
    const { stateRoot } = await result(url, "eth_getBlockByNumber", "0x2", false);
    const proof = await result(url, "eth_getProof", sender, [], "0x2");
    expect(await provenValue(stateRoot, sender, proof.accountProof)).not.toBeNull();
    expect(proof.nonce).toBe("0x1");
  });
});

function provenValue(root: Hex, key: Hex, nodes: Hex[]): Promise<Uint8Array | null> {
  return verifyMerkleProof(
    hexToBytes(keccak256(key)),
    nodes.map((node) => hexToBytes(node)),
    { root: hexToBytes(root) } as never,
  );
}

describe("eth_simulateV1", () => {
  const simulate = (blockStateCalls: unknown, options = {}) =>
    ask(url, "eth_simulateV1", { blockStateCalls, ...options }, "latest");

  it("lets later calls and blocks see what earlier ones did, and leaves the chain alone", async () => {
    const head = await result(url, "eth_blockNumber");
    const balance = await result(url, "eth_getBalance", stranger, "latest");
    const { result: blocks } = await simulate([
      { calls: [{ from: sender, to: tracee, data: runData(50n) }] },
      {
        blockOverrides: { number: hex(Number(head) + 4), time: hex(5_000_000_000) },
        stateOverrides: { [stranger]: { balance: hex(oneNrxWei) } },
        calls: [
          { from: stranger, to: callee, data: "0x0c55699c" },
          { from: stranger, to: sender, value: hex(3) },
          { from: stranger, to: tracee, data: contextData },
        ],
      },
    ]);
    expect(blocks.map(({ number }: { number: Hex }) => Number(number) - Number(head))).toEqual([1, 2, 3, 4]);
    for (const [index, { parentHash }] of blocks.entries()) {
      if (index > 0) expect(parentHash).toBe(blocks[index - 1].hash);
    }
    expect(blocks[0].calls[0]).toMatchObject({ status: "0x1", returnData: word(101) });
    expect(blocks[0].calls[0].logs).toHaveLength(3);
    expect(blocks[3].calls[0].returnData).toBe(word(50));
    expect(blocks[3].calls[1]).toMatchObject({ status: "0x1", gasUsed: hex(21_000) });
    const context = decodeFunctionResult({
      abi: traceeAbi,
      functionName: "context",
      data: blocks[3].calls[2].returnData,
    });
    expect(context.slice(0, 2)).toEqual([BigInt(Number(head) + 4), 5_000_000_000n]);
    expect(await result(url, "eth_blockNumber")).toBe(head);
    expect(await result(url, "eth_getBalance", stranger, "latest")).toBe(balance);
  });

  it("answers as anvil does for the same calls", async () => {
    const calls = [
      { from: sender, to: tracee, data: runData(5n), value: "0x1", gas: hex(300_000) },
      { from: sender, to: callee, data: "0xa9cc4718", gas: hex(100_000) },
    ];
    const request = { blockStateCalls: [{ calls }], traceTransfers: true };
    const [mine, theirs] = await chains.both("eth_simulateV1", request, "latest");
    // Calldata costs more here, and the second call does little else: four bytes, 160 gas each.
    const leastGas = [0, 21_000 + 4 * 160];
    // biome-ignore lint/suspicious/noExplicitAny: calls of either node
    const shape = (blocks: any) =>
      // biome-ignore lint/suspicious/noExplicitAny: calls of either node
      blocks[0].calls.map(({ status, gasUsed, returnData, logs, error }: any, index: number) => ({
        status,
        gasUsed: Math.max(Number(gasUsed), leastGas[index] ?? 0),
        // The specification moved what a revert returned into the error, and gave it the code of eth_call.
        returnData: error?.data ?? returnData,
        // biome-ignore lint/suspicious/noExplicitAny: logs of either node
        logs: logs.map(({ address, topics, data }: any) => ({
          address: address.toLowerCase(),
          topics,
          data,
        })),
        code: error?.code === -3200 ? 3 : error?.code, // anvil's old code, and it lost a digit
      }));
    expect(shape(mine)).toEqual(shape(theirs));
    expect(Number(mine[0].calls[1].gasUsed)).toBe(leastGas[1]);
  });

  it("validates nonces, fees and funds only when asked", async () => {
    const call = { from: stranger, to: sender, nonce: hex(7) };
    expect((await simulate([{ calls: [call] }])).result[0].calls[0].status).toBe("0x1");
    expect((await simulate([{ calls: [call] }], { validation: true })).error).toMatchObject({ code: -38011 });
    expect(
      (await simulate([{ calls: [{ from: stranger, to: sender }] }], { validation: true })).error,
    ).toMatchObject({
      code: -38012,
    });
    expect((await simulate([{ calls: [{ from: stranger, to: sender, value: "0x1" }] }])).error).toMatchObject(
      {
        code: -38014,
      },
    );
    expect((await simulate([{ blockOverrides: { number: "0x1" }, calls: [] }])).error).toMatchObject({
      code: -38020,
    });
    expect((await simulate([{ blockOverrides: { time: "0x0" }, calls: [] }])).error).toMatchObject({
      code: -38021,
    });
    expect((await simulate([{ blockOverrides: { number: "0xffff" }, calls: [] }])).error).toMatchObject({
      code: -38026,
    });
    expect((await simulate([{ calls: [{ to: sender, gas: "0xfffffffff" }] }])).error).toMatchObject({
      code: -38015,
    });
    expect((await simulate([{ calls: [{ to: sender, gas: "0x10" }] }])).error).toMatchObject({
      code: -38013,
    });
    expect((await simulate([])).error).toMatchObject({ code: -32602 });
    expect((await simulate(5)).error).toMatchObject({ code: -32602 });
  });

  it("works through viem", async () => {
    const client = createPublicClient({ transport: http(url) });
    const blocks = await client.simulateBlocks({
      blocks: [{ calls: [{ account: sender, to: stranger, value: 2n }] }],
      traceTransfers: true,
      returnFullTransactions: true,
    });
    expect(blocks[0]?.calls[0]).toMatchObject({ status: "success", gasUsed: 21_000n });
    expect(blocks[0]?.calls[0]?.logs?.[0]?.address).toBe(`0x${"ee".repeat(20)}`);
  });
});

describe("EIP-7702", () => {
  it("a type 4 transaction delegates an account to a contract", async () => {
    const transport = http(url);
    const alice = account(1);
    const bob = account(2);
    const chain = {
      id: chainId,
      name: "",
      nativeCurrency: { name: "", symbol: "", decimals: 18 },
      rpcUrls: { default: { http: [url] } },
    };
    const writer = createWalletClient({ account: alice, chain, transport });
    const authorization = await writer.signAuthorization({ account: bob, contractAddress: tracee });
    const hash = await writer.sendTransaction({
      to: bob.address,
      data: "0x0c55699c",
      authorizationList: [authorization],
    });
    await chains.node.mine();
    const reader = createPublicClient({ chain, transport });
    const receipt = await reader.getTransactionReceipt({ hash });
    expect(receipt).toMatchObject({ status: "success", type: "eip7702" });
    expect(await reader.getCode({ address: bob.address })).toBe(`0xef0100${tracee.slice(2)}`);
    expect((await reader.getTransaction({ hash })).authorizationList).toHaveLength(1);
    // Delegated accounts still send.
    const { stateRoot } = await result(url, "eth_getBlockByNumber", "latest", false);
    const trace = await result(url, "debug_traceTransaction", hash, { tracer: "callTracer" });
    expect(trace.gasUsed).toBe(hex(receipt.gasUsed));
    expect(stateRoot).toMatch(/^0x/);
  });
});
