import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeFunctionData, getContractAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anvilBinary } from "../../../bridge/local-chains.ts";
import type { Hex } from "../../../state/evm/types.ts";
import { freePort } from "../../fixtures/contracts/settlement.ts";
import { account, chainId, credit, gwei, lower, oneNrxWei } from "../evm/lane-fixture.ts";
import { ask, result } from "./json-rpc.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";
import { traceeAbi, traceeBytecode } from "./tracee-contract.ts";

/** The same transactions on this node and on anvil: their traces must be the same too. */

const alice = account(1);
const sender = lower(alice.address);
const tracee = lower(getContractAddress({ from: alice.address, nonce: 0n }));
const callee = lower(getContractAddress({ from: tracee, nonce: 1n }));
/** Made by CREATE2 with the salt 0. */
const made: Hex = "0x88dd465561eae839b7934dd25b2a1816e5e40934";
const created: ReadonlySet<string> = new Set([tracee, callee, made]);
const startTimeoutMs = 20_000;

let node: LaneNode;
let anvil: { readonly url: string; readonly child: ChildProcess };
const hashes: Record<string, Hex> = {};

beforeAll(async () => {
  node = await startLaneNode();
  await node.mine(credit([sender, 100n * oneNrxWei]));
  anvil = await startAnvil();
  await result(anvil.url, "anvil_setBalance", sender, `0x${(100n * oneNrxWei).toString(16)}`);
  const run = (v: bigint) => encodeFunctionData({ abi: traceeAbi, functionName: "run", args: [v] });
  const steps: [string, { to?: Hex; data: Hex; value?: bigint; gas?: bigint }][] = [
    ["deploy", { data: traceeBytecode, gas: 3_000_000n }],
    ["run", { to: tracee, data: run(7n), value: 3n }],
    ["again", { to: tracee, data: run(1n) }],
    ["make", { to: tracee, data: encodeFunctionData({ abi: traceeAbi, functionName: "make" }) }],
    [
      "twice",
      { to: tracee, data: encodeFunctionData({ abi: traceeAbi, functionName: "make" }), gas: 300_000n },
    ],
    ["dry", { to: tracee, data: run(9n), gas: 60_000n }],
    ["transfer", { to: `0x${"77".repeat(20)}`, data: "0x", value: 5n }],
    [
      "end",
      { to: tracee, data: encodeFunctionData({ abi: traceeAbi, functionName: "end", args: [sender] }) },
    ],
  ];
  for (const [nonce, [name, fields]] of steps.entries()) {
    const raw = await alice.signTransaction({
      type: "legacy", // what it costs does not depend on the base fee, which differs between the two
      chainId,
      nonce,
      gas: 500_000n,
      gasPrice: 3n * gwei,
      ...fields,
    });
    hashes[name] = await result(node.url, "eth_sendRawTransaction", raw);
    await node.mine();
    await result(anvil.url, "eth_sendRawTransaction", raw);
  }
}, 60_000);

afterAll(async () => {
  await node.close();
  const ended = once(anvil.child, "exit");
  anvil.child.kill("SIGKILL");
  await ended;
});

async function startAnvil() {
  const port = await freePort();
  const args = [
    "--port",
    port,
    "--chain-id",
    chainId,
    "--hardfork",
    "prague",
    "--accounts",
    1,
    "--quiet",
  ].map(String);
  const child = spawn(anvilBinary(), [...args, "--steps-tracing"], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  const endMs = Date.now() + startTimeoutMs;
  while (Date.now() < endMs) {
    const isUp = await ask(url, "eth_chainId").then(
      () => true,
      () => false,
    );
    if (isUp) return { url, child };
    await sleep(50);
  }
  throw new Error("anvil does not answer");
}

const both = async (method: string, ...params: unknown[]) =>
  Promise.all([result(node.url, method, ...params), result(anvil.url, method, ...params)]);

const names = ["deploy", "run", "again", "make", "twice", "dry", "transfer", "end"];

describe("traces of transactions, compared with anvil's", () => {
  it.each(names)("gas and status of %s are the same", async (name) => {
    const [mine, theirs] = await both("eth_getTransactionReceipt", hashes[name]);
    expect([mine.gasUsed, mine.status]).toEqual([theirs.gasUsed, theirs.status]);
  });

  it.each(names)("callTracer with logs: %s", async (name) => {
    const config = { tracer: "callTracer", tracerConfig: { withLog: true } };
    const [mine, theirs] = await both("debug_traceTransaction", hashes[name], config);
    // geth shows the transaction's gas limit at the top, anvil what is left of it at the start.
    const { input } = await result(node.url, "eth_getTransactionByHash", hashes[name]);
    expect(mine.input).toBe(input);
    expect(normalizedCall({ ...mine, gas: theirs.gas })).toEqual(normalizedCall(theirs));
  });

  it.each(names)("struct logs: %s", async (name) => {
    const [mine, theirs] = await both("debug_traceTransaction", hashes[name], { enableMemory: true });
    expect(mine.gas).toBe(theirs.gas);
    expect(mine.failed).toBe(theirs.failed);
    const steps = (trace: { structLogs: Record<string, unknown>[] }) =>
      trace.structLogs.map(({ pc, op, gas, gasCost, depth, stack }) => ({
        pc,
        op,
        gas,
        // anvil adds the gas that a creation hands on, geth does not
        gasCost: String(op).startsWith("CREATE") ? 0 : gasCost,
        depth,
        stack,
      }));
    expect(steps(mine)).toEqual(steps(theirs));
  });

  it.each(names)("prestateTracer: %s", async (name) => {
    const config = { tracer: "prestateTracer" };
    const [mine, theirs] = await both("debug_traceTransaction", hashes[name], config);
    expect(touchedBy(mine)).toEqual(touchedBy(theirs));
  });

  it.each(names)("prestateTracer in diff mode: %s", async (name) => {
    const config = { tracer: "prestateTracer", tracerConfig: { diffMode: true } };
    const [mine, theirs] = await both("debug_traceTransaction", hashes[name], config);
    expect(touchedBy(mine.post)).toEqual(touchedBy(theirs.post));
    expect(touchedBy(mine.pre)).toEqual(touchedBy(theirs.pre));
  });
});

/** The coinbase differs between the two chains. Contracts that are created are absent before, as with geth; anvil shows them empty. */
function touchedBy(accounts: Record<string, Record<string, unknown>>) {
  const isNothing = ({ balance, nonce, code }: Record<string, unknown>) =>
    balance === "0x0" && nonce === undefined && code === undefined;
  const shared = Object.entries(accounts).filter(
    ([address, account]) => !/^0x0{40}$/.test(address) && !(created.has(address) && isNothing(account)),
  );
  return Object.fromEntries(shared);
}

// biome-ignore lint/suspicious/noExplicitAny: frames of either node
function normalizedCall(frame: any): any {
  const { calls, logs, ...rest } = frame;
  return {
    ...rest,
    ...(rest.error === "CreateCollision" ? { error: "contract address collision" } : {}),
    ...(logs === undefined || logs.length === 0
      ? {}
      : // biome-ignore lint/suspicious/noExplicitAny: logs of either node
        {
          logs: logs.map(({ address, topics, data, position }: any) => ({ address, topics, data, position })),
        }),
    ...(calls === undefined || calls.length === 0 ? {} : { calls: calls.map(normalizedCall) }),
  };
}
