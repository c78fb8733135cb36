import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createPublicClient, http } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { probeChain } from "../../bridge/chain-probe.ts";
import {
  type LocalChains,
  type LocalChainsOptions,
  LocalGenesisError,
  LocalPortTakenError,
  resetLocalChains,
  startLocalChains,
  stopLocalChains,
} from "../../bridge/local-chains.ts";
import { freePort } from "../fixtures/contracts/settlement.ts";

let directory: string;
let options: LocalChainsOptions;
let events: string[];
const opened: LocalChains[] = [];

beforeEach(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), "neura-chains-"));
  events = [];
  options = {
    directory,
    chains: [
      { name: "one", chainId: 11155111, port: await freePort() },
      { name: "two", chainId: 80002, port: await freePort() },
    ],
    resetCommand: "the reset command",
    blockTimeSeconds: 1,
    onEvent: (message) => events.push(message),
  };
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((chains) => chains.close()));
  await resetLocalChains(directory);
});

async function start(changes: Partial<LocalChainsOptions> = {}) {
  const started = await startLocalChains({ ...options, ...changes });
  opened.push(started);
  return started.chains;
}

const clientOf = (rpcUrl: string) => createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error("the condition did not come true within 10 s");
}

const [oneState, oneBackup] = ["one/state.json", "one/state.backup.json"];

describe("local chains", () => {
  it("are stopped again when one of them cannot start, but not one that ran before", async () => {
    const [one, two] = options.chains;
    if (one === undefined || two === undefined) throw new Error("two chains");
    const occupant = createServer(() => {}).listen(two.port, "127.0.0.1");
    try {
      await once(occupant, "listening");
      const rpcUrl = `http://127.0.0.1:${one.port}`;
      await expect(start()).rejects.toMatchObject({ code: "LOCAL_CHAIN_NOT_STARTED" });
      expect(await probeChain(rpcUrl)).toBeNull();
      await start({ chains: [one] });
      await expect(start()).rejects.toMatchObject({ code: "LOCAL_CHAIN_NOT_STARTED" });
      expect(await probeChain(rpcUrl)).toMatchObject({ chainId: one.chainId });
    } finally {
      occupant.closeAllConnections();
      occupant.close();
    }
  });

  it("start with their ids, and their finality moves by itself", async () => {
    const chains = await start();
    expect(chains.map(({ chainId, adopted }) => [chainId, adopted])).toEqual([
      [11155111, false],
      [80002, false],
    ]);
    for (const { rpcUrl, chainId, genesisHash } of chains) {
      expect(await probeChain(rpcUrl)).toMatchObject({
        chainId,
        genesisHash,
        clientVersion: expect.stringMatching(/^anvil/),
      });
      const client = clientOf(rpcUrl);
      await until(async () => (await client.getBlock({ blockTag: "finalized" })).number >= 1n);
    }
  });

  it("are adopted by the next start while they live", async () => {
    const first = await start();
    const second = await start();
    expect(second).toEqual(first.map((chain) => ({ ...chain, adopted: true })));
  });

  it("continue with the same genesis after they were stopped", async () => {
    const [first] = await start();
    const client = clientOf(first?.rpcUrl ?? "");
    await until(async () => (await client.getBlockNumber()) >= 2n);
    const number = await client.getBlockNumber();
    await stopLocalChains(directory);
    expect(await probeChain(first?.rpcUrl ?? "")).toBeNull();
    const [second] = await start();
    expect(second).toMatchObject({ adopted: false, genesisHash: first?.genesisHash });
    expect(await client.getBlockNumber()).toBeGreaterThanOrEqual(number);
    // A call at the finalized block works at once, although anvil forgets the states of the blocks before a restart.
    const address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
    expect(await client.getCode({ address, blockTag: "finalized" })).toMatch(/^0x7f/);
  });

  it("continue after they were killed", async () => {
    const [first] = await start();
    process.kill(-(first?.pid ?? 0), "SIGKILL");
    await until(async () => (await probeChain(first?.rpcUrl ?? "")) === null);
    const [second] = await start();
    expect(second).toMatchObject({ adopted: false, genesisHash: first?.genesisHash });
  });

  it("use the backup when they were killed while writing their state", async () => {
    const [first] = await start();
    await until(() => existsSync(path.join(directory, oneBackup)));
    process.kill(-(first?.pid ?? 0), "SIGKILL");
    await until(async () => (await probeChain(first?.rpcUrl ?? "")) === null);
    const state = readFileSync(path.join(directory, oneState), "utf8");
    writeFileSync(path.join(directory, oneState), state.slice(0, state.length / 2));
    const [second] = await start();
    expect(second?.genesisHash).toBe(first?.genesisHash);
    expect(events.some((event) => event.includes("backup"))).toBe(true);
  });

  it("stop with the reset command when the genesis differs or the state is lost", async () => {
    await start();
    await stopLocalChains(directory);
    const record = path.join(directory, "one/chain.json");
    const original = readFileSync(record, "utf8");
    const other = { ...JSON.parse(original), genesisHash: `0x${"ab".repeat(32)}` };
    writeFileSync(record, JSON.stringify(other));
    await expect(start()).rejects.toThrow(LocalGenesisError);
    await expect(start()).rejects.toThrow(/the reset command/);
    await stopLocalChains(directory);
    writeFileSync(record, original);
    rmSync(path.join(directory, oneState));
    rmSync(path.join(directory, oneBackup), { force: true });
    await expect(start()).rejects.toThrow(/its state is lost/);
    await resetLocalChains(directory);
    expect(await start()).toHaveLength(2);
  });

  it("refuse a port on which another program or another folder's chain answers", async () => {
    await start();
    const other = mkdtempSync(path.join(os.tmpdir(), "neura-chains-other-"));
    try {
      const attempt = startLocalChains({ ...options, directory: other });
      await expect(attempt).rejects.toThrow(LocalPortTakenError);
      const [one] = options.chains;
      expect(await probeChain(`http://127.0.0.1:${one?.port}`)).not.toBeNull();
    } finally {
      await resetLocalChains(other);
    }
  });

  it("move to another port when told so", async () => {
    const [first] = await start();
    const moved = await Promise.all(
      options.chains.map(async (chain) => ({ ...chain, port: await freePort() })),
    );
    const [second] = await start({ chains: moved });
    expect(second).toMatchObject({ adopted: false, genesisHash: first?.genesisHash, port: moved[0]?.port });
    expect(await probeChain(first?.rpcUrl ?? "")).toBeNull();
  });
});
