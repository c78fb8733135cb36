import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Hex } from "viem";

export interface AgentEvent {
  readonly event: string;
  readonly [name: string]: unknown;
}

/** After these events the demo's task does not go on. */
const HOPELESS_EVENTS: readonly string[] = ["gave-up", "claim-lost", "not-accepted", "failed"];
const STOP_TIMEOUT_MS = 10_000;

/** A worker or verifier process, and what it says. */
export class AgentChild {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #events: AgentEvent[] = [];
  readonly #listeners = new Set<() => void>();
  #problem: string | undefined;
  #errorOutput = "";

  /** `onEvent` gets every event as it comes. */
  constructor(
    name: "worker" | "verifier",
    options: { rpc: string; walletKey: Hex; args?: readonly string[]; onEvent: (event: AgentEvent) => void },
  ) {
    this.#name = name;
    const script = fileURLToPath(new URL(`../${name}.ts`, import.meta.url));
    const args = ["--import", "tsx", script, "--rpc", options.rpc, "--json", ...(options.args ?? [])];
    this.#process = spawn(process.execPath, args, {
      env: { ...process.env, NEURA_WALLET_KEY: options.walletKey },
      stdio: ["ignore", "pipe", "pipe"],
    });
    process.once("exit", () => this.#process.kill("SIGKILL"));
    this.#process.stderr?.on("data", (chunk: Buffer) => {
      this.#errorOutput = (this.#errorOutput + chunk.toString()).slice(-2_000);
    });
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const event = JSON.parse(line) as AgentEvent;
      this.#events.push(event);
      if (HOPELESS_EVENTS.includes(event.event)) this.#problem ??= `${event.event}: ${event.problem ?? line}`;
      options.onEvent(event);
      this.#wake();
    });
    this.#process.once("error", (error) => this.#fail(error.message));
    this.#process.once("exit", (code, signal) =>
      this.#fail(`it ended with ${code ?? signal}. ${this.#errorOutput}`),
    );
  }

  #fail(problem: string): void {
    this.#problem ??= problem;
    this.#wake();
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
  }

  /** The first event of this name. Throws if the process cannot go on, or takes too long. */
  async first(event: string, timeoutMs: number): Promise<AgentEvent> {
    const expired = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.#events.find((candidate) => candidate.event === event);
      if (found !== undefined) return found;
      if (this.#problem !== undefined)
        throw new Error(`the ${this.#name} process cannot go on: ${this.#problem}`);
      if (expired.aborted)
        throw new Error(`the ${this.#name} process did not say "${event}" within ${timeoutMs} ms`);
      await this.#change(expired);
    }
  }

  #change(expired: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#listeners.delete(wake);
        expired.removeEventListener("abort", wake);
        resolve();
      };
      this.#listeners.add(wake);
      expired.addEventListener("abort", wake);
    });
  }

  /** Asks the process to end; gives its exit code, or null if it had to be killed. */
  async stop(): Promise<number | null> {
    const child = this.#process;
    const hasEnded = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
    if (hasEnded) return child.exitCode;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const [code] = (await exited) as [number | null];
    clearTimeout(killer);
    return code;
  }
}
