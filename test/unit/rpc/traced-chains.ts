import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeFunctionData, getContractAddress } from "viem";
import { anvilBinary } from "../../../bridge/local-chains.ts";
import type { Hex } from "../../../state/evm/types.ts";
import { freePort } from "../../fixtures/contracts/settlement.ts";
import { account, chainId, credit, gwei, lower, oneNrxWei } from "../evm/lane-fixture.ts";
import { ask, result } from "./json-rpc.ts";
import { type LaneNode, startLaneNode } from "./lane-node.ts";
import { traceeAbi, traceeBytecode } from "./tracee-contract.ts";

/** This node and an anvil after the same transactions. */

const startTimeoutMs = 20_000;
const alice = account(1);
export const sender = lower(alice.address);
export const tracee = lower(getContractAddress({ from: alice.address, nonce: 0n }));
export const callee = lower(getContractAddress({ from: tracee, nonce: 1n }));
/** Made by CREATE2 with the salt 0. */
export const made: Hex = "0x88dd465561eae839b7934dd25b2a1816e5e40934";

export const runData = (v: bigint) => encodeFunctionData({ abi: traceeAbi, functionName: "run", args: [v] });
export const makeData = encodeFunctionData({ abi: traceeAbi, functionName: "make" });

const steps: readonly [string, { to?: Hex; data: Hex; value?: bigint; gas?: bigint }][] = [
  ["deploy", { data: traceeBytecode, gas: 3_000_000n }],
  ["run", { to: tracee, data: runData(7n), value: 3n }],
  ["again", { to: tracee, data: runData(1n) }],
  ["make", { to: tracee, data: makeData }],
  ["twice", { to: tracee, data: makeData, gas: 300_000n }],
  ["dry", { to: tracee, data: runData(9n), gas: 60_000n }],
  ["transfer", { to: `0x${"77".repeat(20)}`, data: "0x", value: 5n }],
  ["end", { to: tracee, data: encodeFunctionData({ abi: traceeAbi, functionName: "end", args: [sender] }) }],
];

export const stepNames = steps.map(([name]) => name);

export interface TracedChains {
  readonly node: LaneNode;
  readonly anvilUrl: string;
  /** Transaction hashes by the step's name. */
  readonly hashes: Readonly<Record<string, Hex>>;
  /** The same request to both. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  readonly both: (method: string, ...params: unknown[]) => Promise<[any, any]>;
  readonly close: () => Promise<void>;
}

export async function startTracedChains(): Promise<TracedChains> {
  const node = await startLaneNode();
  const anvil = await startAnvil();
  await node.mine(credit([sender, 100n * oneNrxWei]));
  await result(anvil.url, "anvil_setBalance", sender, `0x${(100n * oneNrxWei).toString(16)}`);
  const hashes: Record<string, Hex> = {};
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
  return {
    node,
    anvilUrl: anvil.url,
    hashes,
    both: (method, ...params) =>
      Promise.all([result(node.url, method, ...params), result(anvil.url, method, ...params)]),
    close: async () => {
      await node.close();
      const ended = once(anvil.child, "exit");
      anvil.child.kill("SIGKILL");
      await ended;
    },
  };
}

async function startAnvil(): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const port = await freePort();
  const options = ["--port", port, "--chain-id", chainId, "--hardfork", "prague", "--accounts", 1];
  const args = [...options.map(String), "--steps-tracing", "--quiet"];
  const child = spawn(anvilBinary(), args, { stdio: "ignore" });
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
  child.kill("SIGKILL");
  throw new Error("anvil does not answer");
}
