import { setTimeout as sleep } from "node:timers/promises";
import { encodeFunctionData, type Hex } from "viem";
import { nrxTokenAbi } from "../contracts/abi.ts";
import { loadContracts } from "../contracts/compile.ts";
import { NEURACHAIN_ID } from "../sequencer/lanes.ts";
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

/** Between two timed calls of one caller. */
const CALL_PAUSE_MS = 5;
const PERCENT = 100;

interface Throughput {
  readonly plainPerSecond: number;
  readonly tokensPerSecond: number;
  /** Of `eth_call` while transfers arrive, ascending. */
  readonly callsMs: readonly number[];
}

/** Plain and ERC-20 transfers from JSON-RPC to mined, and calls meanwhile, here and on anvil, with the same client and the same bytes. */
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
    ...callFigures(group, "eth_call under load", lane.callsMs),
    ...callFigures(group, "eth_call under load, anvil", anvil.callsMs),
  ];
}

function callFigures(group: string, what: string, callsMs: readonly number[]): Figure[] {
  const percentile = (percent: number) =>
    callsMs[Math.ceil((percent / PERCENT) * callsMs.length) - 1] as number;
  const note = `of ${callsMs.length.toLocaleString("en")} calls of an ERC-20's balanceOf, plain transfers arriving meanwhile`;
  return [50, 99].map((percent) => ({
    group,
    what: `${what}, p${percent}`,
    value: percentile(percent),
    unit: "ms",
    note,
  }));
}

async function measureAnvil(
  load: TransferLoad,
  cleanup: Cleanup,
): Promise<Throughput & { readonly version: string }> {
  const anvil = await AnvilPeer.start(NEURACHAIN_ID);
  cleanup.defer(() => anvil.close());
  const client = clientOf(anvil.url, REQUESTS_IN_FLIGHT, cleanup);
  const balance = `0x${(FUNDS_UNITS * WEI_PER_UNIT).toString(16)}`;
  await inFlight(load.payers, REQUESTS_IN_FLIGHT, (payer) =>
    client.call("anvil_setBalance", [payer, balance]),
  );
  return { version: anvil.version, ...(await drive(client, clientOf(anvil.url, 1, cleanup), load)) };
}

async function measureLane(size: BatchSize, load: TransferLoad, cleanup: Cleanup): Promise<Throughput> {
  const directory = await cleanup.directory();
  const node = new BenchProcess<NodeTask, NodeAnswer>("./node-process.ts");
  cleanup.defer(() => node.close());
  const deposits = evmDeposits(load.payers, FUNDS_UNITS);
  const { url } = await node.ask({ directory, size, domain: domainOf(31_337n, 1n), deposits });
  return drive(clientOf(url, REQUESTS_IN_FLIGHT, cleanup), clientOf(url, 1, cleanup), load);
}

function clientOf(url: string, connections: number, cleanup: Cleanup): RpcClient {
  const client = new RpcClient(url, connections);
  cleanup.defer(async () => client.close());
  return client;
}

/** `caller` has a connection of its own: its calls must not wait behind the transfers before they are sent. */
async function drive(client: RpcClient, caller: RpcClient, load: TransferLoad): Promise<Throughput> {
  const { setup, plain, tokens, background, perSender, backgroundPerSender } = load;
  const { recipients, token, payers } = load;
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
  const balanceOf = (owner: Hex): Promise<unknown> => {
    const data = encodeFunctionData({ abi: nrxTokenAbi, functionName: "balanceOf", args: [owner] });
    return caller.call("eth_call", [{ to: token, data }, "latest"]);
  };
  const plainPerSecond = await perSecond(plain, perSender);
  const tokensPerSecond = await perSecond(tokens, 2 * perSender);
  const loading = perSecond(background, 2 * perSender + backgroundPerSender);
  const callsMs = await timedCalls(loading, () => balanceOf(recipients[0] as Hex));
  for (const recipient of recipients) {
    const native = Number(await client.call("eth_getBalance", [recipient, "latest"]));
    const owned = Number(await balanceOf(recipient));
    if (native !== perSender + backgroundPerSender || owned !== perSender)
      throw new Error(`${recipient} got ${native} wei and ${owned} tokens, expected ${perSender} of each`);
  }
  return { plainPerSecond, tokensPerSecond, callsMs };
}

/** Calls one after another until `loading` is done; what each took, ascending. */
async function timedCalls(loading: Promise<unknown>, call: () => Promise<unknown>): Promise<number[]> {
  let isDone = false;
  const done = loading.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined);
  const callsMs: number[] = [];
  while (!isDone) {
    callsMs.push(await timed(call));
    await sleep(CALL_PAUSE_MS);
  }
  await done;
  return callsMs.sort((a, b) => a - b);
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
