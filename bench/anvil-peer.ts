import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { probeChain } from "../bridge/chain-probe.ts";
import { anvilBinary } from "../bridge/local-chains.ts";
import { freePort } from "./free-port.ts";

/** anvil's default of 30,000,000 gas a block would be what is measured. */
const GAS_LIMIT = 1_000_000_000;
/** Mining on arrival, anvil 1.7.1 stops for good after a few hundred blocks under this load; so it mines by the clock. */
const BLOCK_TIME_SECONDS = 1;
const START_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

/** An anvil to be compared with: in memory only, one block a second. */
export class AnvilPeer {
  private constructor(
    readonly url: string,
    readonly version: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(chainId: number): Promise<AnvilPeer> {
    const port = await freePort();
    const settings = {
      port,
      "chain-id": chainId,
      "gas-limit": GAS_LIMIT,
      "block-time": BLOCK_TIME_SECONDS,
      accounts: 1,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(anvilBinary(), [...args, "--prune-history", "--quiet"], { stdio: "ignore" });
    child.on("error", () => undefined);
    const url = `http://127.0.0.1:${port}`;
    for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
      const identity = await probeChain(url);
      if (identity !== null) return new AnvilPeer(url, identity.clientVersion, child);
      if (child.exitCode !== null) break;
      await sleep(POLL_MS);
    }
    child.kill("SIGKILL");
    throw new Error("anvil did not start; run npm install with optional dependencies");
  }

  async close(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await ended;
  }
}
