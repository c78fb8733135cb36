import { getContractAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hex } from "../../../state/evm/types.ts";
import { account, chainId, credit, gwei, lower, oneNrxWei } from "../evm/lane-fixture.ts";
import { probeBytecode } from "../evm/probe-contract.ts";
import { type Answer, ask, result } from "./json-rpc.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";

/** What every method answers to bad input: geth's code and text. Arity and types are held against the documents in openrpc.test.ts. */

const alice = account(1);
const owner = lower(alice.address);
const stranger: Hex = `0x${"12".repeat(20)}`;
/** The tables name it before it is deployed. */
const contract = lower(getContractAddress({ from: alice.address, nonce: 0n }));
const unknownHash: Hex = `0x${"77".repeat(32)}`;
const beyondHead = "0x99";
const word = (value: bigint) => value.toString(16).padStart(64, "0");
const store = (value: bigint) => `0x6057361d${word(value)}`;

let node: LaneNode;
beforeAll(async () => {
  node = await startLaneNode();
  await node.mine(credit([owner, 10n * oneNrxWei]));
  const creation = await alice.signTransaction({
    type: "eip1559",
    chainId,
    nonce: 0,
    data: probeBytecode,
    gas: 1_000_000n,
    maxFeePerGas: 3n * gwei,
    maxPriorityFeePerGas: 0n,
  });
  const hash = await result(node.url, "eth_sendRawTransaction", creation);
  await node.mine();
  expect((await result(node.url, "eth_getTransactionReceipt", hash)).contractAddress).toBe(contract);
});
afterAll(() => node.close());

const refusal = async (method: string, ...params: unknown[]): Promise<Answer["error"]> =>
  (await ask(node.url, method, ...params)).error;

/** Methods that read a state, with their arguments before the block. */
const stateMethods: readonly (readonly [string, readonly unknown[]])[] = [
  ["eth_getBalance", [owner]],
  ["eth_getCode", [owner]],
  ["eth_getTransactionCount", [owner]],
  ["eth_getStorageAt", [owner, "0x0"]],
  ["eth_getStorageValues", [{ [owner]: [unknownHash] }]],
  ["eth_getProof", [owner, []]],
  ["eth_call", [{ to: owner }]],
  ["eth_estimateGas", [{ to: owner }]],
  ["eth_createAccessList", [{ to: owner }]],
  ["eth_simulateV1", [{ blockStateCalls: [{}] }]],
  ["debug_traceCall", [{ to: owner }]],
];

describe("a block that does not exist", () => {
  it.each(stateMethods)("%s: header not found", async (method, before) => {
    const byNumber = { code: -32000, message: "header not found" };
    const byHash = { code: -32000, message: "header for hash not found" };
    expect(await refusal(method, ...before, beyondHead)).toEqual(byNumber);
    expect(await refusal(method, ...before, { blockNumber: beyondHead })).toEqual(byNumber);
    expect(await refusal(method, ...before, unknownHash)).toEqual(byHash);
    expect(await refusal(method, ...before, { blockHash: unknownHash })).toEqual(byHash);
  });

  it.each([
    ["eth_getBlockByNumber", [beyondHead, false]],
    ["eth_getBlockByHash", [unknownHash, true]],
    ["eth_getBlockReceipts", [beyondHead]],
    ["eth_getBlockReceipts", [unknownHash]],
    ["eth_getBlockTransactionCountByNumber", [beyondHead]],
    ["eth_getBlockTransactionCountByHash", [unknownHash]],
    ["eth_getTransactionByBlockNumberAndIndex", [beyondHead, "0x0"]],
    ["eth_getTransactionByBlockHashAndIndex", [unknownHash, "0x0"]],
    ["eth_getTransactionByHash", [unknownHash]],
    ["eth_getTransactionReceipt", [unknownHash]],
    ["eth_getUncleCountByBlockNumber", [beyondHead]],
    ["eth_getUncleByBlockHashAndIndex", [unknownHash, "0x0"]],
  ])("%s %j: null", async (method, params) => {
    expect(await ask(node.url, method, ...params)).toEqual({ jsonrpc: "2.0", id: 1, result: null });
  });

  it.each([
    ["eth_feeHistory", ["0x1", beyondHead], -32000, "request beyond head block: requested 153, head 2"],
    ["eth_getLogs", [{ blockHash: unknownHash }], -32000, "unknown block"],
    ["eth_newFilter", [{ blockHash: unknownHash }], -32000, "unknown block"],
    ["debug_traceBlockByNumber", [beyondHead], -32000, "block #153 not found"],
    ["debug_traceBlockByHash", [unknownHash], -32000, `block ${unknownHash} not found`],
    ["debug_traceBlockByNumber", ["0x0"], -32000, "genesis is not traceable"],
    ["debug_traceTransaction", [unknownHash], -32000, "transaction not found"],
    ["debug_getRawHeader", [unknownHash], -32000, `block ${unknownHash} not found`],
  ] as const)("%s %j", async (method, params, code, message) => {
    expect(await refusal(method, ...params)).toEqual({ code, message });
  });
});

describe("a block that is named badly", () => {
  it.each([
    [{}, -32000, "invalid arguments; neither block nor hash specified"],
    [
      { blockHash: unknownHash, blockNumber: "0x1" },
      -32602,
      "invalid argument 1: cannot specify both BlockHash and BlockNumber, choose one or the other",
    ],
    ["newest", -32602, "invalid argument 1: hex string without 0x prefix"],
    ["0x01", -32602, "invalid argument 1: hex number with leading zero digits"],
    ["0xg", -32602, "invalid argument 1: invalid hex string"],
    ["", -32602, "invalid argument 1: empty hex string"],
    [5, -32602, "invalid argument 1: json: cannot unmarshal number into Go value of type string"],
    [true, -32602, "invalid argument 1: json: cannot unmarshal bool into Go value of type string"],
  ])("%j", async (block, code, message) => {
    expect(await refusal("eth_getBalance", owner, block)).toEqual({ code, message });
  });
});

describe("a call that cannot be done", () => {
  const reverting: readonly (readonly [string, bigint, string, string])[] = [
    [
      "a reason",
      13n,
      "execution reverted: unlucky",
      `0x08c379a0${word(32n)}${word(7n)}${"756e6c75636b79".padEnd(64, "0")}`,
    ],
    ["an error of the contract", 101n, "execution reverted", `0x677fd0e3${word(101n)}${word(100n)}`],
  ];

  it.each(reverting)("reverts with %s", async (_what, value, message, data) => {
    const error = { code: 3, message, data };
    const call = { to: contract, data: store(value) };
    expect(await refusal("eth_call", call)).toEqual(error);
    expect(await refusal("eth_estimateGas", call)).toEqual(error);
    expect((await result(node.url, "eth_createAccessList", call)).error).toBe(message);
    const [block] = await result(node.url, "eth_simulateV1", { blockStateCalls: [{ calls: [call] }] });
    expect(block.calls[0]).toMatchObject({ status: "0x0", returnData: "0x", error });
  });

  const initCode = `0x${"00".repeat(49_153)}`;
  const cases: readonly (readonly [string, string, object, string])[] = [
    [
      "too little gas to start",
      "eth_call",
      { to: contract, gas: "0x1" },
      "intrinsic gas too low: have 1, want 21000",
    ],
    [
      "too little gas to start",
      "eth_estimateGas",
      { to: contract, data: store(1n), gas: "0x1" },
      "gas required exceeds allowance (1)",
    ],
    ["too little gas to end", "eth_call", { to: contract, data: store(1n), gas: "0x5c00" }, "out of gas"],
    [
      "too little gas to end",
      "eth_estimateGas",
      { to: contract, data: store(1n), gas: "0x5c00" },
      "gas required exceeds allowance (23552)",
    ],
    ["an invalid instruction", "eth_call", { data: "0xfe" }, "invalid opcode"],
    ["an invalid instruction", "eth_estimateGas", { data: "0xfe" }, "invalid opcode"],
    ["oversized init code", "eth_call", { data: initCode }, "max initcode size exceeded"],
    ["oversized init code", "eth_estimateGas", { data: initCode }, "max initcode size exceeded"],
    [
      "more than the sender has",
      "eth_call",
      { from: stranger, to: owner, value: "0x1" },
      `insufficient funds for gas * price + value: address ${stranger} have 0 want 1`,
    ],
    [
      "more than the sender has",
      "eth_estimateGas",
      { from: stranger, to: owner, value: "0x1" },
      `insufficient funds for gas * price + value: address ${stranger} have 0 want 1`,
    ],
    [
      "another chain",
      "eth_call",
      { to: owner, chainId: "0x1" },
      `chainId does not match node's (have=1, want=${chainId})`,
    ],
    [
      "another chain",
      "eth_estimateGas",
      { to: owner, chainId: "0x1" },
      `chainId does not match node's (have=1, want=${chainId})`,
    ],
    [
      "another chain",
      "eth_createAccessList",
      { to: owner, chainId: "0x1" },
      `chainId does not match node's (have=1, want=${chainId})`,
    ],
  ];
  it.each(cases)("%s, %s", async (_what, method, call, message) => {
    expect(await refusal(method, call)).toEqual({ code: -32000, message });
  });

  it("names a price below the base fee", async () => {
    const message = expect.stringMatching(
      new RegExp(
        `^max fee per gas less than block base fee: address ${owner}, maxFeePerGas: 1, baseFee: \\d+$`,
      ),
    );
    for (const method of ["eth_call", "eth_createAccessList"]) {
      const call = { from: owner, to: owner, maxFeePerGas: "0x1" };
      expect(await refusal(method, call)).toEqual({ code: -32000, message });
    }
  });
});

describe("a simulation whose nonces, fees or gas do not fit", () => {
  it.each([
    [{ nonce: "0x0" }, -38010, /^nonce too low/],
    [{ nonce: "0x99" }, -38011, /^nonce too high/],
    [{ maxFeePerGas: "0x1" }, -38012, /^max fee per gas less than block base fee/],
    [{ gas: "0x1", maxFeePerGas: "0xb2d05e00" }, -38013, /^intrinsic gas too low/],
    [{ value: "0xffffffffffffffffffff", maxFeePerGas: "0xb2d05e00" }, -38014, /^insufficient funds/],
    [{ gas: "0xffffffffff" }, -38015, /^block gas limit reached/],
  ])("%j", async (fields, code, message) => {
    const calls = [{ from: owner, to: owner, ...fields }];
    const error = await refusal("eth_simulateV1", { blockStateCalls: [{ calls }], validation: true });
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe("filters and logs", () => {
  it.each([
    ["eth_getFilterChanges", ["0x1"], -32000, "filter not found"],
    ["eth_getFilterLogs", ["0x1"], -32000, "filter not found"],
    ["eth_getLogs", [{ fromBlock: "0x2", toBlock: "0x1" }], -32602, /^invalid block range params/],
    ["eth_newFilter", [{ fromBlock: "0x2", toBlock: "0x1" }], -32602, /^invalid block range params/],
    [
      "eth_getLogs",
      [{ fromBlock: "0x1", toBlock: beyondHead }],
      -32602,
      /^block range extends beyond current head block/,
    ],
    ["eth_getLogs", [{ topics: [[], [], [], [], []] }], -32602, /^exceed max topics/],
    ["eth_getLogs", [{ address: "0x1" }], -32602, /^invalid argument 0: .*common\.Address$/],
    ["eth_getLogs", [{ topics: ["0x1"] }], -32602, /^invalid argument 0: .*common\.Hash$/],
    [
      "eth_getLogs",
      [{ blockHash: unknownHash, fromBlock: "0x1" }],
      -32602,
      "invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other",
    ],
    ["eth_subscribe", ["newHeads"], -32601, "notifications not supported"],
    ["eth_unsubscribe", ["0x1"], -32601, "notifications not supported"],
    ["eth_sendTransaction", [{}], -32601, "the method eth_sendTransaction does not exist/is not available"],
  ] as const)("%s %j", async (method, params, code, message) => {
    expect(await refusal(method, ...params)).toEqual({
      code,
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  it("a filter that is not there is not ended", async () => {
    expect(await result(node.url, "eth_uninstallFilter", "0x1")).toBe(false);
  });
});

describe("indexes and percentiles", () => {
  it.each([
    [
      "eth_getTransactionByBlockNumberAndIndex",
      ["0x1", "0x01"],
      -32602,
      "invalid argument 1: json: cannot unmarshal hex number with leading zero digits into Go value of type hexutil.Uint",
    ],
    [
      "eth_getUncleByBlockNumberAndIndex",
      ["0x1", "x"],
      -32602,
      "invalid argument 1: json: cannot unmarshal hex string without 0x prefix into Go value of type hexutil.Uint",
    ],
    ["eth_feeHistory", ["0x1", "latest", [101]], -32000, "invalid reward percentile: 101.000000"],
    [
      "eth_feeHistory",
      ["0x1", "latest", [50, 10]],
      -32000,
      "invalid reward percentile: #0:50.000000 >= #1:10.000000",
    ],
  ] as const)("%s %j", async (method, params, code, message) => {
    expect(await refusal(method, ...params)).toEqual({ code, message });
  });
});
