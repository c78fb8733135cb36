import { setTimeout as sleep } from "node:timers/promises";
import { encodeFunctionData, type Hex } from "viem";
import { nrxTokenAbi } from "../contracts/abi.ts";
import { loadContracts } from "../contracts/compile.ts";
import { NEURACHAIN_ID } from "../sequencer/node.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { domainOf } from "../state/ledger/stream.ts";
import { AnvilPeer } from "./anvil-peer.ts";
import { BenchProcess } from "./child-process.ts";
import { type Cleanup, withCleanup } from "./cleanup.ts";
import { evmDeposits } from "./deposits.ts";
import { inFlight, timed } from "./in-flight.ts";
import type { NodeAnswer, NodeTask } from "./node-process.ts";
import { RpcClient } from "./rpc-client.ts";
import type { Figure } from "./table.ts";
import { SENDERS, signTransfers, type TransferLoad } from "./transfer-load.ts";

const REQUESTS_IN_FLIGHT = 64;
const FUNDS_UNITS = 1_000_000_000_000n;
const WEI_PER_UNIT = 1_000_000_000n;
const POLL_MS = 20;
const MINE_TIMEOUT_MS = 300_000;

interface Throughput {
  readonly plainPerSecond: number;
  readonly tokensPerSecond: number;
}

/** Plain and ERC-20 transfers from JSON-RPC to mined, here and on anvil, with the same client and the same bytes. */
export async function measureContracts(options: {
  readonly size: BatchSize;
  readonly transactions: number;
  readonly artifactsDirectory: string;
  readonly cleanup: Cleanup;
}): Promise<Figure[]> {
  const { size, artifactsDirectory, cleanup } = options;
  const { NrxToken } = await loadContracts(artifactsDirectory);
  const load = await signTransfers(
    NEURACHAIN_ID,
    Math.ceil(options.transactions / SENDERS),
    NrxToken.bytecode,
  );
  const anvil = await withCleanup(cleanup, (inner) => measureAnvil(load, inner));
  const lane = await withCleanup(cleanup, (inner) => measureLane(size, load, inner));
  const group = `Contract lane: ${load.plain.length.toLocaleString("en")} transactions of each kind, JSON-RPC to mined, ${SENDERS} senders`;
  const durable = "blocks durable";
  const inMemory = `${anvil.version}, in memory, a block of 1e9 gas a second, same client and bytes`;
  return [
    { group, what: "plain transfers", value: lane.plainPerSecond, unit: "tx/s", note: durable },
    { group, what: "plain transfers, anvil", value: anvil.plainPerSecond, unit: "tx/s", note: inMemory },
    { group, what: "ratio", value: lane.plainPerSecond / anvil.plainPerSecond, unit: "of anvil" },
    { group, what: "ERC-20 transfers", value: lane.tokensPerSecond, unit: "tx/s", note: durable },
    { group, what: "ERC-20 transfers, anvil", value: anvil.tokensPerSecond, unit: "tx/s", note: inMemory },
    { group, what: "ratio", value: lane.tokensPerSecond / anvil.tokensPerSecond, unit: "of anvil" },
  ];
}

async function measureAnvil(
  load: TransferLoad,
  cleanup: Cleanup,
): Promise<Throughput & { readonly version: string }> {
  const anvil = await AnvilPeer.start(NEURACHAIN_ID);
  cleanup.defer(() => anvil.close());
  const client = new RpcClient(anvil.url, REQUESTS_IN_FLIGHT);
  cleanup.defer(async () => client.close());
  const balance = `0x${(FUNDS_UNITS * WEI_PER_UNIT).toString(16)}`;
  await inFlight(load.payers, REQUESTS_IN_FLIGHT, (payer) =>
    client.call("anvil_setBalance", [payer, balance]),
  );
  return { version: anvil.version, ...(await drive(client, load)) };
}

async function measureLane(size: BatchSize, load: TransferLoad, cleanup: Cleanup): Promise<Throughput> {
  const directory = await cleanup.directory();
  const node = new BenchProcess<NodeTask, NodeAnswer>("./node-process.ts");
  cleanup.defer(() => node.close());
  const deposits = evmDeposits(load.payers, FUNDS_UNITS);
  const { url } = await node.ask({ directory, size, domain: domainOf(31_337n, 1n), deposits });
  const client = new RpcClient(url, REQUESTS_IN_FLIGHT);
  cleanup.defer(async () => client.close());
  return drive(client, load);
}

async function drive(client: RpcClient, load: TransferLoad): Promise<Throughput> {
  const { setup, plain, tokens, perSender, recipients, token, payers } = load;
  // One by one: the deployer's nonces have to arrive in order.
  await inFlight(setup, 1, (raw) => client.call("eth_sendRawTransaction", [raw]));
  await awaitNonce(client, payers[0] as Hex, setup.length);
  const perSecond = async (raws: readonly Hex[], finalNonce: number): Promise<number> => {
    const elapsedMs = await timed(async () => {
      await inFlight(raws, REQUESTS_IN_FLIGHT, (raw) => client.call("eth_sendRawTransaction", [raw]));
      for (const sender of load.senders) await awaitNonce(client, sender, finalNonce);
    });
    return (raws.length * 1000) / elapsedMs;
  };
  const plainPerSecond = await perSecond(plain, perSender);
  const tokensPerSecond = await perSecond(tokens, 2 * perSender);
  for (const recipient of recipients) {
    const native = await client.call("eth_getBalance", [recipient, "latest"]);
    const data = encodeFunctionData({ abi: nrxTokenAbi, functionName: "balanceOf", args: [recipient] });
    const owned = await client.call("eth_call", [{ to: token, data }, "latest"]);
    if (Number(native) !== perSender || Number(owned) !== perSender) {
      throw new Error(`${recipient} got ${native} wei and ${owned} tokens, expected ${perSender} of each`);
    }
  }
  return { plainPerSecond, tokensPerSecond };
}

async function awaitNonce(client: RpcClient, sender: Hex, expected: number): Promise<void> {
  const deadlineMs = performance.now() + MINE_TIMEOUT_MS;
  for (;;) {
    const nonce = Number(await client.call("eth_getTransactionCount", [sender, "latest"]));
    if (nonce === expected) return;
    if (performance.now() > deadlineMs)
      throw new Error(`${sender} is at nonce ${nonce}, expected ${expected}`);
    await sleep(POLL_MS);
  }
}
