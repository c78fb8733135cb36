import type { Logger } from "pino";
import type { StageClock } from "../bridge/stage-loop.ts";
import type { CircuitArtifacts } from "../prover/artifacts.ts";
import { type CircuitInput, ProofAbortedError, ProverWorkerDiedError } from "../prover/backend.ts";
import type { ProverPool } from "../prover/pool.ts";
import type { Database } from "../state/database.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { publicInputsOf, streamWords } from "../state/ledger/stream.ts";
import { streamOf } from "../state/store/batch-stream.ts";
import {
  BATCHES,
  CURSOR,
  CURSORS,
  PROOFS,
  type ProofRecord,
  readCursor,
  WITNESS_INPUTS,
} from "../state/store/records.ts";

/** Times a batch is given to a worker before the stage gives up. */
const maxAttempts = 3;
/** A proof takes seconds to minutes; a worker that holds one for longer hangs. */
const leaseDurationMs = 30 * 60_000;
/** While the oldest proof is being made, newly closed batches are started this often. */
const lookForMoreMs = 500;

export interface ProofCoordinatorOptions {
  readonly database: Database;
  readonly pool: ProverPool;
  readonly artifacts: CircuitArtifacts;
  readonly size: BatchSize;
  readonly domain: bigint;
  /** Batches proven at the same time. */
  readonly parallel: number;
  readonly clock: StageClock;
  readonly log: Logger;
  readonly onProven: (proof: ProofRecord) => void;
}

/** The proof is for other public data than the batch's. */
export class ForeignProofError extends Error {
  readonly code = "FOREIGN_PROOF";
  constructor(batch: number, expected: readonly bigint[], actual: readonly bigint[]) {
    super(
      `batch ${batch}: the proof's public inputs are ${actual.join(", ")}, expected ${expected.join(", ")}`,
    );
  }
}

/** Has every closed batch proven, several at a time, and stores the proofs in order. */
export class ProofCoordinator {
  readonly #options: ProofCoordinatorOptions;
  /** Batches that are being proven, or are proven before an older one is. */
  readonly #jobs = new Map<number, Promise<ProofRecord>>();

  constructor(options: ProofCoordinatorOptions) {
    this.#options = options;
  }

  /** Starts what can be started, and stores the oldest proof when it is there. Returns whether there is work. */
  async step(signal: AbortSignal): Promise<boolean> {
    const { database, parallel, clock, log, onProven } = this.#options;
    const oldest = readCursor(database, CURSOR.proofs) + 1;
    const newest = readCursor(database, CURSOR.batches);
    if (oldest > newest) return false;
    for (let number = oldest; number <= newest && number < oldest + parallel; number++)
      this.#begin(number, signal);

    const job = this.#jobs.get(oldest) as Promise<ProofRecord>;
    const record = await Promise.race([job, clock.sleep(lookForMoreMs, signal).then(() => undefined)]);
    if (record === undefined) return true;
    this.#jobs.delete(oldest);
    await database.write([
      PROOFS.put(oldest, record),
      CURSORS.put(CURSOR.proofs, oldest),
      WITNESS_INPUTS.del(oldest),
    ]);
    log.info(
      { batch: oldest, witnessMs: Math.round(record.witnessMs), proveMs: Math.round(record.proveMs) },
      "batch proven",
    );
    onProven(record);
    return true;
  }

  #begin(number: number, signal: AbortSignal): void {
    if (this.#jobs.has(number)) return;
    const job = this.#prove(number, signal);
    // The step that stores it handles its error.
    job.catch(() => undefined);
    this.#jobs.set(number, job);
  }

  async #prove(number: number, signal: AbortSignal): Promise<ProofRecord> {
    const { database, pool, artifacts, size, domain, log } = this.#options;
    const batch = BATCHES.get(database, number);
    const input = WITNESS_INPUTS.get(database, number) as CircuitInput | undefined;
    if (batch === undefined || input === undefined)
      throw new Error(`batch ${number} has no stored proof input`);
    const expected = publicInputsOf(streamWords(streamOf(batch, domain), size));
    const job = { ...artifacts, input };
    for (let attempt = 1; ; attempt++) {
      try {
        const lease = AbortSignal.any([signal, AbortSignal.timeout(leaseDurationMs)]);
        const { proof, publicSignals, ...times } = await pool.prove(job, lease);
        if (publicSignals.some((value, i) => value !== expected[i])) {
          throw new ForeignProofError(number, expected, publicSignals);
        }
        return {
          batchNumber: number,
          proof,
          commitment: expected[0],
          constraints: artifacts.constraints,
          witnessMs: times.witnessMs,
          proveMs: times.proveMs,
          peakRssBytes: times.peakRssBytes,
        };
      } catch (error) {
        // Aborted while the node goes on means that the lease is over: the worker hung and was replaced.
        const isWorkerLost = error instanceof ProverWorkerDiedError || error instanceof ProofAbortedError;
        if (!isWorkerLost || attempt === maxAttempts || signal.aborted) throw error;
        log.warn({ batch: number, attempt, err: error }, "prover worker lost: the batch goes to another one");
      }
    }
  }
}
