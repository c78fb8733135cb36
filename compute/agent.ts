import { type LedgerAccount, NeuraTransportError, pause, poll } from "../sdk/index.ts";

/** One event of a worker or verifier, with its values. */
export type Log = (event: string, values: Record<string, unknown>) => void;

const POLL_MS = 1_000;
/** A node that is away for longer ends the process: its supervisor sees it. */
const MAX_FAILED_POLLS = 300;
const ACCOUNT_TIMEOUT_MS = 30 * 60_000;
const MAX_ATTEMPTS_PER_TASK = 5;
/** Tasks whose attempts are remembered. */
const MAX_REMEMBERED_TASKS = 10_000;

/** Counts the failures of each task, so that one which cannot be done is left alone after a few attempts. */
export class Attempts {
  readonly #failures = new Map<string, number>();

  isExhausted(task: string): boolean {
    return (this.#failures.get(task) ?? 0) >= MAX_ATTEMPTS_PER_TASK;
  }

  /** True if this was the last attempt. */
  fail(task: string): boolean {
    const failures = (this.#failures.get(task) ?? 0) + 1;
    this.#failures.set(task, failures);
    const oldest = this.#failures.keys().next().value;
    if (this.#failures.size > MAX_REMEMBERED_TASKS && oldest !== undefined) this.#failures.delete(oldest);
    return failures >= MAX_ATTEMPTS_PER_TASK;
  }

  /** Gives a task up at once: another attempt cannot help. */
  exhaust(task: string): void {
    while (!this.fail(task));
  }
}

/** Code and message of an error, for the log. */
export function problemOf(error: unknown): { code: string; problem: string } {
  const code = (error as { code?: unknown } | null)?.code;
  return {
    code: typeof code === "string" ? code : "error",
    problem: error instanceof Error ? error.message : String(error),
  };
}

/** Calls `tick` again and again until the signal is aborted. Throws if the node stays away, or on an error that `tick` did not expect. */
export async function runAgent(
  account: LedgerAccount,
  tick: () => Promise<void>,
  { log, signal, pollMs = POLL_MS }: { log: Log; signal: AbortSignal; pollMs?: number },
): Promise<void> {
  const state = await poll(
    "the ledger account to be opened",
    async () => (await account.state()) ?? undefined,
    {
      timeoutMs: ACCOUNT_TIMEOUT_MS,
      pollMs,
      signal,
    },
  );
  log("ready", { account: state.id, l1Address: account.key.l1Address, balanceUnits: state.balanceUnits });
  for (let failedPolls = 0; !signal.aborted; ) {
    try {
      await tick();
      failedPolls = 0;
    } catch (error) {
      if (signal.aborted) return;
      failedPolls += 1;
      if (!(error instanceof NeuraTransportError) || failedPolls > MAX_FAILED_POLLS) throw error;
      log("node-away", { failedPolls, ...problemOf(error) });
    }
    await pause(pollMs, signal);
  }
}
