/** Proves jobs in parallel, each on one thread: witness, proof, check. A proof that does not verify never leaves. */

import {
  type BackendProof,
  type CircuitInput,
  ProofAbortedError,
  ProofInvalidError,
  type ProverBackend,
  ProverBackendError,
  ProverQueueFullError,
  WitnessError,
} from "./backend.ts";
import { type EvmProof, toEvmProof } from "./proof.ts";
import type { VerificationKey } from "./snarkjs.ts";
import { TaskFailure, type TaskResult, WorkerThreads } from "./worker-threads.ts";

export interface ProofJob {
  readonly wasmPath: string;
  readonly zkeyPath: string;
  readonly verificationKey: VerificationKey;
  readonly input: CircuitInput;
}

export interface ProofResult {
  readonly proof: EvmProof;
  readonly publicSignals: readonly bigint[];
  readonly backend: string;
  readonly witnessMs: number;
  readonly proveMs: number;
  readonly verifyMs: number;
  /** Of this process since it started; an external prover's memory is not in it. */
  readonly peakRssBytes: number;
}

export interface ProverPoolOptions {
  /** Proofs made at once, one core each. */
  readonly threads: number;
  /** snarkjs in the pool's own threads when absent. */
  readonly backend?: ProverBackend;
  /** Jobs that may wait for a thread. */
  readonly maxWaitingJobs?: number;
  /** Another worker module; only tests have one. */
  readonly workerFile?: URL;
}

const defaultMaxWaitingJobs = 64;

/** snarkjs in a thread of the pool. */
class ThreadBackend implements ProverBackend {
  readonly name = "snarkjs";
  constructor(readonly threads: WorkerThreads) {}

  async prove(zkeyPath: string, witness: Uint8Array, signal: AbortSignal): Promise<BackendProof> {
    try {
      return (await this.threads.run("prove", { zkeyPath, witness }, signal)).value;
    } catch (error) {
      if (error instanceof TaskFailure) throw new ProverBackendError(this.name, error.reason);
      throw error;
    }
  }
}

export class ProverPool {
  readonly #threads: WorkerThreads;
  readonly #backend: ProverBackend;
  readonly #maxWaitingJobs: number;
  readonly #closing = new AbortController();
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #freeSlots: number;

  constructor(options: ProverPoolOptions) {
    this.#threads = new WorkerThreads(options.threads, options.workerFile);
    this.#backend = options.backend ?? new ThreadBackend(this.#threads);
    this.#maxWaitingJobs = options.maxWaitingJobs ?? defaultMaxWaitingJobs;
    this.#freeSlots = options.threads;
  }

  /**
   * Throws {@link WitnessError}, {@link ProverBackendError}, {@link ProofInvalidError} (final), ProverWorkerDiedError,
   * {@link ProverQueueFullError} (try again), {@link ProofAbortedError}.
   */
  async prove(job: ProofJob, signal?: AbortSignal): Promise<ProofResult> {
    const stop =
      signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
    await this.#takeSlot(stop);
    const run = this.#prove(job, stop).finally(() => this.#releaseSlot());
    const settled = run.catch(() => undefined);
    this.#running.add(settled);
    try {
      return await run;
    } finally {
      this.#running.delete(settled);
    }
  }

  async #prove(job: ProofJob, stop: AbortSignal): Promise<ProofResult> {
    const witness = await this.#witness(job, stop);
    const started = performance.now();
    const made = await this.#backend.prove(job.zkeyPath, witness.value, stop);
    const proveMs = performance.now() - started;
    const { verificationKey } = job;
    const check = await this.#threads.run("verify", { verificationKey, ...made }, stop);
    if (!check.value) throw new ProofInvalidError(this.#backend.name);
    return {
      proof: toEvmProof(made.proof),
      publicSignals: made.publicSignals.map(BigInt),
      backend: this.#backend.name,
      witnessMs: witness.milliseconds,
      proveMs,
      verifyMs: check.milliseconds,
      peakRssBytes: check.peakRssBytes,
    };
  }

  async #witness(job: ProofJob, stop: AbortSignal): Promise<TaskResult<Uint8Array>> {
    try {
      return await this.#threads.run("calculateWitness", { wasmPath: job.wasmPath, input: job.input }, stop);
    } catch (error) {
      if (error instanceof TaskFailure) throw new WitnessError(error.reason);
      throw error;
    }
  }

  async #takeSlot(stop: AbortSignal): Promise<void> {
    if (stop.aborted) throw new ProofAbortedError();
    if (this.#freeSlots > 0) {
      this.#freeSlots -= 1;
      return;
    }
    const waiting = this.#waiting.length;
    if (waiting >= this.#maxWaitingJobs) throw new ProverQueueFullError(this.#maxWaitingJobs, waiting + 1);
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        stop.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(new ProofAbortedError());
      };
      stop.addEventListener("abort", leave, { once: true });
      this.#waiting.push(enter);
    });
  }

  /** Hands the slot to the job that waits longest. */
  #releaseSlot(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#freeSlots += 1;
    else next();
  }

  /** Aborts every job and ends every thread and process; resolves when they are gone. */
  async close(): Promise<void> {
    // Threads first: an aborted task would have its thread replaced.
    const threadsEnded = this.#threads.close();
    this.#closing.abort();
    await threadsEnded;
    await Promise.all(this.#running);
  }
}
