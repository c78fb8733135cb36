import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Ends what a run started, newest first, also when the run is interrupted. */
export class Cleanup {
  readonly #steps: (() => Promise<void>)[] = [];

  defer(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** A folder that is gone after the run. */
  async directory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "neura-bench-"));
    this.defer(() => rm(directory, { recursive: true, force: true }));
    return directory;
  }

  /** Runs every step, also after one that fails; throws the first failure at the end. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Runs `use` and ends what it deferred before returning. */
export async function withCleanup<T>(outer: Cleanup, use: (inner: Cleanup) => Promise<T>): Promise<T> {
  const inner = new Cleanup();
  outer.defer(() => inner.run());
  try {
    return await use(inner);
  } finally {
    await inner.run();
  }
}
