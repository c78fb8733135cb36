/**
 * The three chains of a network on one machine: anvil processes with the chain ids of Sepolia, Arbitrum Sepolia and Polygon Amoy.
 *
 * They outlive the node on purpose, as real chains do: each runs in its own process group, a later start adopts it, and only
 * {@link stopLocalChains} ends it. Blocks come every two seconds, so that finality (two blocks behind the head) moves by itself.
 * Not every second: anvil keeps every block, 1.7 KB each, and writes all of them with its state every second, so block time
 * decides how soon an idle network wears the disk.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestClient, type Hash, http } from "viem";
import { probeChain } from "./chain-probe.ts";
import { StateBackup, usableState } from "./local-state.ts";

const require = createRequire(import.meta.url);

const defaultBlockTimeSeconds = 2;
/** The finality of Ethereum with epochs of one block. */
const slotsInAnEpoch = 1;
/** `finalized` is this far behind the head. */
const finalityBlocks = 2 * slotsInAnEpoch;
const stateIntervalSeconds = 1;
/** States that anvil keeps in memory for calls at past blocks; more would go to files in the user's home. */
const maxHistoricalStates = 256;
const pollIntervalMs = 50;
const startTimeoutMs = 20_000;
const stopTimeoutMs = 10_000;
const maxLogCharacters = 2_000;

export interface LocalChainSpec {
  /** Names the folder of its state. */
  readonly name: string;
  readonly chainId: number;
  readonly port: number;
}

/** Home first, then the mirrors. */
export const defaultLocalChains: readonly LocalChainSpec[] = [
  { name: "ethereum", chainId: 11155111, port: 8546 },
  { name: "arbitrum", chainId: 421614, port: 8547 },
  { name: "polygon", chainId: 80002, port: 8548 },
];

/** anvil's well-known accounts: funded on local chains, worthless anywhere else. */
export const localMnemonic = "test test test test test test test test test test test junk";

export interface LocalChainsOptions {
  /** Holds a folder for each chain. */
  readonly directory: string;
  readonly chains: readonly LocalChainSpec[];
  /** Told to the user when a chain cannot be continued, such as `npm start -- --reset`. */
  readonly resetCommand: string;
  /** 0 mines a block for each transaction and none otherwise. */
  readonly blockTimeSeconds?: number;
  readonly onEvent?: (message: string) => void;
}

export interface LocalChain extends LocalChainSpec {
  readonly rpcUrl: string;
  readonly pid: number;
  readonly genesisHash: Hash;
  /** True if the chain was running already. */
  readonly adopted: boolean;
}

export interface LocalChains {
  readonly chains: readonly LocalChain[];
  /** Stops keeping backups; the chains go on. */
  close(): Promise<void>;
}

/** What a chain's folder remembers between starts. */
interface ChainRecord {
  readonly chainId: number;
  readonly port: number;
  readonly pid: number;
  /** Null until the chain has answered once. */
  readonly genesisHash: Hash | null;
}

/** The port answers, but it is not this chain. */
export class LocalPortTakenError extends Error {
  readonly code = "LOCAL_PORT_TAKEN";
  constructor(
    readonly chain: string,
    readonly port: number,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `port ${port} of local chain ${chain} is taken: expected ${expected}, found ${actual}; stop that program or choose another port`,
    );
  }
}

/** The chain is another one than the folder remembers: what was built on it does not exist there. */
export class LocalGenesisError extends Error {
  readonly code = "LOCAL_GENESIS_DIFFERS";
  constructor(
    readonly chain: string,
    readonly expected: Hash,
    readonly actual: Hash | null,
    resetCommand: string,
  ) {
    const found = actual === null ? "its state is lost" : `its genesis is ${actual}`;
    super(`local chain ${chain} began with ${expected}, but ${found}; start afresh with: ${resetCommand}`);
  }
}

/** anvil did not start. */
export class LocalChainStartError extends Error {
  readonly code = "LOCAL_CHAIN_NOT_STARTED";
  constructor(
    readonly chain: string,
    readonly log: string,
  ) {
    super(
      `anvil for local chain ${chain} did not answer within ${startTimeoutMs} ms; its output ends with:\n${log}`,
    );
  }
}

/** No anvil binary for this machine was installed. */
export class AnvilMissingError extends Error {
  readonly code = "ANVIL_MISSING";
  constructor(readonly packageName: string) {
    super(
      `${packageName} is not installed; run npm install with optional dependencies on a supported platform`,
    );
  }
}

/**
 * Starts the chains that do not run, and adopts those that do. If one cannot, those that were started here are stopped again.
 * Throws {@link LocalPortTakenError}, {@link LocalGenesisError}, {@link LocalChainStartError}, {@link AnvilMissingError}.
 */
export async function startLocalChains(options: LocalChainsOptions): Promise<LocalChains> {
  const attempts = await Promise.allSettled(options.chains.map((spec) => startOrAdopt(spec, options)));
  const chains = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
  const failed = attempts.find((attempt) => attempt.status === "rejected");
  if (failed !== undefined) {
    const started = chains.filter(({ adopted }) => !adopted);
    await Promise.all(
      started.map(({ name, pid }) => stopProcessGroup(pid, chainDirectory(options.directory, name))),
    );
    throw failed.reason;
  }
  const backups = chains.map(({ name }) => new StateBackup(chainDirectory(options.directory, name)));
  return {
    chains,
    close: async () => {
      await Promise.all(backups.map((backup) => backup.close()));
    },
  };
}

/** Ends every chain of the folder, saving its state. Chains that do not run are left alone. */
export async function stopLocalChains(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const folders = readdirSync(directory).map((name) => chainDirectory(directory, name));
  await Promise.all(
    folders.map(async (folder) => {
      const record = readRecord(folder);
      if (record !== null && isOurs(record.pid, folder)) await stopProcessGroup(record.pid, folder);
    }),
  );
}

/** Ends every chain of the folder and forgets it. */
export async function resetLocalChains(directory: string): Promise<void> {
  await stopLocalChains(directory);
  rmSync(directory, { recursive: true, force: true });
}

/** The anvil binary itself: ending the package's wrapper script would leave its child running. */
export function anvilBinary(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const packageName = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  try {
    const owner = createRequire(require.resolve("@foundry-rs/anvil/package.json"));
    return path.join(path.dirname(owner.resolve(`${packageName}/package.json`)), "bin/anvil");
  } catch {
    throw new AnvilMissingError(packageName);
  }
}

function chainDirectory(directory: string, name: string): string {
  return path.resolve(directory, name);
}

async function startOrAdopt(spec: LocalChainSpec, options: LocalChainsOptions): Promise<LocalChain> {
  const folder = chainDirectory(options.directory, spec.name);
  const record = readRecord(folder);
  const rpcUrl = `http://127.0.0.1:${spec.port}`;
  const running = await probeChain(rpcUrl);
  if (running !== null) {
    const ours = record !== null && record.port === spec.port && isOurs(record.pid, folder);
    if (!ours) {
      const actual = `${running.clientVersion} with chain id ${running.chainId}`;
      throw new LocalPortTakenError(spec.name, spec.port, `chain ${spec.chainId} of ${folder}`, actual);
    }
    requireGenesis(spec.name, record, running.genesisHash, options.resetCommand);
    writeRecord(folder, { ...record, genesisHash: running.genesisHash });
    options.onEvent?.(`${spec.name}: adopted the chain that runs on port ${spec.port}`);
    return { ...spec, rpcUrl, pid: record.pid, genesisHash: running.genesisHash, adopted: true };
  }
  // A chain of ours that listens elsewhere, or not yet, must not write the state that a second one reads.
  if (record !== null && isOurs(record.pid, folder)) await stopProcessGroup(record.pid, folder);
  return start(spec, folder, record, rpcUrl, options);
}

async function start(
  spec: LocalChainSpec,
  folder: string,
  record: ChainRecord | null,
  rpcUrl: string,
  options: LocalChainsOptions,
): Promise<LocalChain> {
  mkdirSync(folder, { recursive: true });
  const state = usableState(folder);
  if (state === "lost" && record !== null && record.genesisHash !== null) {
    throw new LocalGenesisError(spec.name, record.genesisHash, null, options.resetCommand);
  }
  if (state === "restored")
    options.onEvent?.(`${spec.name}: its state was cut off in writing, so its backup is used`);
  const child = spawnAnvil(spec, folder, options.blockTimeSeconds ?? defaultBlockTimeSeconds);
  const pid = child.pid ?? 0;
  try {
    // Before anything else, so that a start that dies here finds its process again.
    writeRecord(folder, { ...spec, pid, genesisHash: record?.genesisHash ?? null });
    const genesisHash = await waitUntilReady(spec, folder, rpcUrl, child);
    requireGenesis(spec.name, record, genesisHash, options.resetCommand);
    // A restarted anvil has the state of its newest block only: calls at `finalized` fail until that is a new block too.
    if (state !== "lost")
      await createTestClient({ mode: "anvil", transport: http(rpcUrl) }).mine({ blocks: finalityBlocks + 1 });
    writeRecord(folder, { ...spec, pid, genesisHash });
    options.onEvent?.(`${spec.name}: anvil runs on port ${spec.port}`);
    return { ...spec, rpcUrl, pid, genesisHash, adopted: false };
  } catch (error) {
    if (pid !== 0) await stopProcessGroup(pid, folder);
    throw error;
  }
}

function spawnAnvil(spec: LocalChainSpec, folder: string, blockTimeSeconds: number): ChildProcess {
  const log = openSync(logFile(folder), "w");
  const options = {
    host: "127.0.0.1",
    port: spec.port,
    "chain-id": spec.chainId,
    mnemonic: localMnemonic,
    state: path.join(folder, "state.json"),
    "state-interval": stateIntervalSeconds,
    "slots-in-an-epoch": slotsInAnEpoch,
    "prune-history": maxHistoricalStates,
    ...(blockTimeSeconds > 0 ? { "block-time": blockTimeSeconds } : {}),
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(anvilBinary(), [...args, "--quiet"], { detached: true, stdio: ["ignore", log, log] });
  // Without a listener a failed spawn would end this process; waitUntilReady reports it.
  child.on("error", () => {});
  child.unref();
  closeSync(log);
  return child;
}

/** Waits for the first answer, and for the first saved state: before it, a crash would lose the genesis. */
async function waitUntilReady(
  spec: LocalChainSpec,
  folder: string,
  rpcUrl: string,
  child: ChildProcess,
): Promise<Hash> {
  for (let waitedMs = 0; waitedMs < startTimeoutMs; waitedMs += pollIntervalMs) {
    if (child.pid === undefined || child.exitCode !== null) break;
    const found = await probeChain(rpcUrl);
    if (found !== null && found.chainId !== spec.chainId) {
      const actual = `${found.clientVersion} with chain id ${found.chainId}`;
      throw new LocalPortTakenError(spec.name, spec.port, `chain ${spec.chainId}`, actual);
    }
    if (found !== null && existsSync(path.join(folder, "state.json"))) return found.genesisHash;
    await sleep(pollIntervalMs);
  }
  throw new LocalChainStartError(spec.name, readFileSync(logFile(folder), "utf8").slice(-maxLogCharacters));
}

function requireGenesis(chain: string, record: ChainRecord | null, actual: Hash, resetCommand: string): void {
  const expected = record?.genesisHash ?? null;
  if (expected !== null && expected !== actual)
    throw new LocalGenesisError(chain, expected, actual, resetCommand);
}

function logFile(folder: string): string {
  return path.join(folder, "anvil.log");
}

function readRecord(folder: string): ChainRecord | null {
  const file = path.join(folder, "chain.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ChainRecord) : null;
}

function writeRecord(folder: string, { chainId, port, pid, genesisHash }: ChainRecord): void {
  const staged = path.join(folder, "chain.json.new");
  writeFileSync(staged, JSON.stringify({ chainId, port, pid, genesisHash }));
  renameSync(staged, path.join(folder, "chain.json"));
}

/** Whether the process is the anvil of this folder; its id may have gone to another program since it was written down. */
function isOurs(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return false;
  const listed = `/proc/${pid}/cmdline`;
  const command = existsSync(listed)
    ? readFileSync(listed, "utf8").replaceAll("\0", " ")
    : spawnSync("ps", ["-p", String(pid), "-o", "command="], { encoding: "utf8" }).stdout;
  return command.includes(path.join(folder, "state.json"));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function stopProcessGroup(pid: number, folder: string): Promise<void> {
  if (!isOurs(pid, folder)) return;
  signalGroup(pid, "SIGTERM");
  for (let waitedMs = 0; waitedMs < stopTimeoutMs; waitedMs += pollIntervalMs) {
    if (!isOurs(pid, folder)) return;
    await sleep(pollIntervalMs);
  }
  signalGroup(pid, "SIGKILL");
}

function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // It ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
