import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  defaultLocalChains,
  type LocalChainSpec,
  resetLocalChains,
  startLocalChains,
} from "../../bridge/local-chains.ts";
import { NeuraClient } from "../../sdk/index.ts";
import { SeededRandom } from "./seeded-random.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
/** Shared by every test network, so that circuits are compiled and keys made once. */
const artifactsDirectory = join(checkout, ".cache/artifacts");

/** The first start may have to compile the circuits and make their keys, on a busy machine. */
const startTimeoutMs = 9 * 60_000;
const endTimeoutMs = 60_000;
const pollMs = 50;
/** Below the range from which systems take ports for outgoing connections. */
const FIRST_PORT = 20_000;
const PORT_RANGE = 10_000;
const logCharacters = 4_000;

/** A node as `npm start` runs it, with its three local chains, on free ports and in a folder of its own. */
export class NodeProcess {
  readonly directory = mkdtempSync(join(tmpdir(), "neura-node-"));
  readonly chains: readonly LocalChainSpec[];
  readonly rpcUrl: string;
  readonly client: NeuraClient;
  readonly #port: number;
  #process: ChildProcess | undefined;
  #output = "";

  private constructor(port: number, firstChainPort: number) {
    this.#port = port;
    this.chains = defaultLocalChains.map((chain, i) => ({ ...chain, port: firstChainPort + i }));
    this.rpcUrl = `http://127.0.0.1:${port}`;
    this.client = new NeuraClient(this.rpcUrl);
  }

  static async start(): Promise<NodeProcess> {
    const [firstChainPort, , , port] = await freePorts(4);
    const node = new NodeProcess(port as number, firstChainPort as number);
    await node.start();
    return node;
  }

  /** What the node has printed since it was started last. */
  get output(): string {
    return this.#output;
  }

  async start(): Promise<void> {
    this.begin();
    const endMs = Date.now() + startTimeoutMs;
    while (!(await this.#isReady())) {
      if (this.#process?.exitCode !== null || this.#process.signalCode !== null || Date.now() > endMs) {
        throw new Error(`the node did not start:\n${this.#output.slice(-logCharacters)}`);
      }
      await sleep(pollMs);
    }
  }

  /** Starts the process and does not wait until it serves. */
  begin(): void {
    const options = {
      size: "test",
      "data-dir": this.directory,
      "artifacts-dir": artifactsDirectory,
      port: this.#port,
      "chain-port": this.chains[0]?.port,
    };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const environment = Object.entries(process.env).filter(([name]) => !name.startsWith("NEURA_"));
    const child = spawn(process.execPath, ["--import", "tsx", "sequencer/main.ts", ...args], {
      cwd: checkout,
      env: Object.fromEntries(environment),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        this.#output += text;
      });
    }
    this.#process = child;
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.rpcUrl}/ready`)).ok;
    } catch {
      return false;
    }
  }

  /** SIGKILL: the node's chains go on. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGSTOP: the process stands still until `resume`, as on a machine that sleeps. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** SIGTERM, as Ctrl-C does it. Returns the exit code. */
  async terminate(): Promise<number | null> {
    return this.#end("SIGTERM");
  }

  /** SIGKILL for the chain's process. */
  async killChain(index: number): Promise<void> {
    const pid = this.chainPid(index);
    process.kill(pid, "SIGKILL");
    while (isAlive(pid)) await sleep(pollMs);
  }

  /** Starts a chain that does not run, from the state that it saved last; the node need not know. */
  async startChain(index: number): Promise<void> {
    const { close } = await startLocalChains({
      directory: this.#chainsDirectory,
      chains: [this.#chain(index)],
      resetCommand: "a new test run",
    });
    await close();
  }

  chainPid(index: number): number {
    const file = join(this.#chainsDirectory, this.#chain(index).name, "chain.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid;
  }

  /** Processes that the network has now. */
  alivePids(): number[] {
    const own = this.#process?.pid;
    const chains = this.chains.flatMap(({ name }, i) =>
      existsSync(join(this.#chainsDirectory, name, "chain.json")) ? [this.chainPid(i)] : [],
    );
    return [...(own === undefined ? [] : [own]), ...chains].filter(isAlive);
  }

  /** Ends everything, whatever state it is in, and removes the folder. */
  async destroy(): Promise<void> {
    await this.kill();
    await resetLocalChains(this.#chainsDirectory);
    rmSync(this.directory, { recursive: true, force: true });
  }

  get #chainsDirectory(): string {
    return join(this.directory, "chains");
  }

  #chain(index: number): LocalChainSpec {
    const chain = this.chains[index];
    if (chain === undefined) throw new RangeError(`there is no chain ${index}`);
    return chain;
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const exited = once(child, "exit", { signal: AbortSignal.timeout(endTimeoutMs) });
    child.kill(signal);
    await exited;
    return child.exitCode;
  }
}

/** False also for a process that has ended and waits for its parent to notice. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const listed = `/proc/${pid}/stat`;
  return !existsSync(listed) || !/\) [ZX] /.test(readFileSync(listed, "utf8"));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Consecutive ports on which nobody listens. */
async function freePorts(count: number): Promise<number[]> {
  const random = new SeededRandom(process.pid);
  for (;;) {
    const first = FIRST_PORT + random.below(PORT_RANGE - count);
    const ports = Array.from({ length: count }, (_, i) => first + i);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return ports;
  }
}
