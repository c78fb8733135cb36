/** Runs tasks of worker.ts in a bounded set of threads. */
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { ProofAbortedError, ProverWorkerDiedError } from "./backend.ts";
import { threadOptions } from "./thread-options.ts";
import type * as worker from "./worker.ts";
import type { Outcome } from "./worker.ts";

/** A task in a thread failed by itself; `reason` is its message. */
export class TaskFailure extends Error {
  readonly code = "PROVER_TASK_FAILED";
  constructor(
    readonly task: string,
    readonly reason: string,
  ) {
    super(`${task} failed: ${reason}; correct its input`);
  }
}

type Tasks = typeof worker;
type ValueOf<Name extends keyof Tasks> =
  Awaited<ReturnType<Tasks[Name]>> extends Outcome<infer Value> ? Value : never;

export interface TaskResult<Value> {
  readonly value: Value;
  readonly milliseconds: number;
  /** Of the whole process, since it started. */
  readonly peakRssBytes: number;
}

export class WorkerThreads {
  readonly #pool: Piscina;
  #closed = false;

  /** `file` is another module with some of the same tasks; tests pass one that misbehaves. */
  constructor(threads: number, file: URL = new URL("./worker.ts", import.meta.url)) {
    this.#pool = new Piscina({ filename: fileURLToPath(file), ...threadOptions(threads) });
    // A thread that dies between tasks is replaced with the next one; without a listener it would end the process.
    this.#pool.on("error", () => undefined);
  }

  /** Throws {@link TaskFailure}, {@link ProverWorkerDiedError}, {@link ProofAbortedError}. */
  async run<Name extends keyof Tasks & string>(
    name: Name,
    task: Parameters<Tasks[Name]>[0],
    signal: AbortSignal | null = null,
  ): Promise<TaskResult<ValueOf<Name>>> {
    const outcome = await this.#submit(name, task, signal);
    if ("failure" in outcome) throw new TaskFailure(name, outcome.failure);
    return outcome as TaskResult<ValueOf<Name>>;
  }

  async #submit(name: string, task: unknown, signal: AbortSignal | null): Promise<Outcome<unknown>> {
    // A destroyed piscina would start new threads for a task.
    if (this.#closed) throw new ProofAbortedError();
    try {
      return (await this.#pool.run(task, { name, signal })) as Outcome<unknown>;
    } catch (error) {
      if (this.#closed || signal?.aborted) throw new ProofAbortedError();
      throw new ProverWorkerDiedError(name, error instanceof Error ? error.message : String(error));
    }
  }

  /** Ends every thread at once; running tasks reject. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.destroy();
  }
}
