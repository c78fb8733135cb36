/** A prover pool in a process of its own: its peak memory is the pool's alone. */
import { type ProofJob, type ProofResult, ProverPool } from "../prover/pool.ts";
import { serveTask } from "./child-process.ts";

export interface ProvingTask {
  readonly threads: number;
  readonly jobs: readonly ProofJob[];
}

export interface ProvingAnswer {
  readonly results: readonly ProofResult[];
  /** From the first job's start to the last proof. */
  readonly elapsedMs: number;
}

serveTask<ProvingTask, ProvingAnswer>(async ({ threads, jobs }) => {
  const pool = new ProverPool({ threads });
  const startMs = performance.now();
  const results = await Promise.all(jobs.map((job) => pool.prove(job)));
  const elapsedMs = performance.now() - startMs;
  return { answer: { results, elapsedMs }, close: () => pool.close() };
});
