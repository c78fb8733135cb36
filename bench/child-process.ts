import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const TSX = fileURLToPath(import.meta.resolve("tsx"));
const STOP_TIMEOUT_MS = 10_000;
/** As `npm start` has them. */
const NODE_FLAGS = ["--max-semi-space-size=64"];

/** A process of the bench ended, or failed, before it answered. */
export class BenchProcessError extends Error {
  readonly code = "BENCH_PROCESS_FAILED";
  constructor(module: string, reason: string) {
    super(`${module} failed: ${reason}; its output is above`);
  }
}

/** What a process of the bench answers. */
export type Reply<Answer> = { readonly answer: Answer } | { readonly failure: string };

/** A module of the bench in a process of its own, so that client and node do not share a thread and memory is measured apart. */
export class BenchProcess<Task, Answer> {
  readonly #module: string;
  readonly #child: ChildProcess;

  constructor(module: string) {
    this.#module = module;
    const url = new URL(module, import.meta.url);
    this.#child = fork(fileURLToPath(url), {
      execArgv: [...NODE_FLAGS, "--import", TSX],
      serialization: "advanced",
      stdio: ["ignore", 2, 2, "ipc"],
    });
  }

  /** Hands over the task and waits for the answer. */
  async ask(task: Task): Promise<Answer> {
    const stopped = new AbortController();
    const { signal } = stopped;
    const ended = once(this.#child, "exit", { signal }).then(([code]) => {
      throw new BenchProcessError(this.#module, `it ended with code ${code}`);
    });
    try {
      this.#child.send(task as object);
      const [reply] = (await Promise.race([once(this.#child, "message", { signal }), ended])) as [
        Reply<Answer>,
      ];
      if ("failure" in reply) throw new BenchProcessError(this.#module, reply.failure);
      return reply.answer;
    } finally {
      ended.catch(() => undefined);
      stopped.abort();
    }
  }

  /** The process ends when its channel closes; one that does not is killed. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    if (this.#child.connected) this.#child.disconnect();
    await ended;
    clearTimeout(timer);
  }
}

/** In the process itself: answers the one task, and runs `close` when the parent lets go, or is gone. */
export function serveTask<Task, Answer>(
  run: (task: Task) => Promise<{ answer: Answer; close: () => Promise<void> }>,
): void {
  let close = async (): Promise<void> => {};
  const reply = (message: Reply<Answer>): void => {
    process.send?.(message);
  };
  process.once("message", (task) => {
    run(task as Task).then(
      (served) => {
        close = served.close;
        reply({ answer: served.answer });
      },
      (error: unknown) =>
        reply({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.once("disconnect", () => {
    close().finally(() => process.exit());
  });
}
