import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestClient, http, numberToHex } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import { anvilBinary } from "../../../../bridge/local-chains.ts";
import type { Hex } from "../../../../state/evm/types.ts";
import { freePort } from "../../../fixtures/contracts/settlement.ts";
import { chainId, credit, lower, oneNrxWei } from "../../evm/lane-fixture.ts";
import { startLaneNode } from "../lane-node.ts";

/** The two networks that the scripts run on: both mine a transaction as soon as it arrives. */
export interface Network {
  readonly httpUrl: string;
  readonly webSocketUrl: string;
  readonly close: () => Promise<void>;
}

const fundsWei = 100n * oneNrxWei;
const startTimeoutMs = 20_000;

export async function startNode(funded: readonly Hex[]): Promise<Network> {
  const node = await startLaneNode();
  let mining = node.mine(credit(...funded.map((key) => [ownerOf(key), fundsWei] as const)));
  await mining;
  node.mempool.added.add(() => {
    mining = mining.then(() => (node.mempool.hasExecutable() ? node.mine() : undefined));
  });
  return {
    httpUrl: node.url,
    webSocketUrl: node.url.replace(/^http/, "ws"),
    close: async () => {
      await mining;
      await node.close();
    },
  };
}

export async function startAnvil(funded: readonly Hex[]): Promise<Network> {
  const port = await freePort();
  const httpUrl = `http://127.0.0.1:${port}`;
  const options = { port, "chain-id": chainId, hardfork: "prague", "gas-limit": 30_000_000, accounts: 1 };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(anvilBinary(), [...args, "--quiet"], { stdio: "ignore" });
  const client = createTestClient({ mode: "anvil", transport: http(httpUrl, { retryCount: 0 }) });
  const endMs = Date.now() + startTimeoutMs;
  for (;;) {
    const isUp = await client.request({ method: "eth_chainId" } as never).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    if (Date.now() > endMs) throw new Error(`anvil does not answer on port ${port}`);
    await sleep(50);
  }
  for (const key of funded) await client.setBalance({ address: ownerOf(key), value: fundsWei });
  // The node has a block with its credits: one here too, so that heights are equal.
  await client.request({ method: "anvil_mine", params: [numberToHex(1)] } as never);
  return { httpUrl, webSocketUrl: `ws://127.0.0.1:${port}`, close: () => end(child) };
}

const ownerOf = (key: Hex) => lower(privateKeyToAddress(key));

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
