/** What turns a witness into a proof. */
import type { Groth16Proof } from "./snarkjs.ts";

/** Values by signal name: numbers, or arrays of them nested as in the circuit. */
export type CircuitInput = { readonly [signal: string]: InputValue };
type InputValue = bigint | string | number | readonly InputValue[];

export interface BackendProof {
  readonly proof: Groth16Proof;
  /** Decimal. */
  readonly publicSignals: string[];
}

export interface ProverBackend {
  readonly name: string;
  /** `witness` is a `.wtns` file's bytes. Throws {@link ProverBackendError}, or a reason of its own when aborted. */
  prove(zkeyPath: string, witness: Uint8Array, signal: AbortSignal): Promise<BackendProof>;
}

/** The backend could not make a proof of this witness; the same job will fail again. */
export class ProverBackendError extends Error {
  readonly code = "PROVER_BACKEND_FAILED";
  constructor(
    readonly backend: string,
    readonly reason: string,
  ) {
    super(
      `${backend} made no proof: ${reason}; check the backend's installation and that key and witness belong together`,
    );
  }
}

/** The input violates the circuit, or lacks a signal of it. */
export class WitnessError extends Error {
  readonly code = "WITNESS_IMPOSSIBLE";
  constructor(readonly reason: string) {
    super(`the circuit has no witness for this input: ${reason}; the input breaks a rule of the circuit`);
  }
}

/** A proof that does not verify: it never leaves the prover. */
export class ProofInvalidError extends Error {
  readonly code = "PROOF_INVALID";
  constructor(readonly backend: string) {
    super(
      `a proof of ${backend} does not verify; the witness breaks a constraint, or key and verification key differ`,
    );
  }
}

/** A worker thread ended before it answered (memory, crash); another one can retry the job. */
export class ProverWorkerDiedError extends Error {
  readonly code = "PROVER_WORKER_DIED";
  constructor(
    readonly step: string,
    readonly reason: string,
  ) {
    super(`a prover thread died during ${step}: ${reason}; retry the job`);
  }
}

/** The job was aborted, or the pool closed, before a proof was made. */
export class ProofAbortedError extends Error {
  readonly code = "PROOF_ABORTED";
  constructor() {
    super("the proof was aborted; submit the job again if it is still wanted");
  }
}

/** More jobs than the pool's bound. */
export class ProverQueueFullError extends Error {
  readonly code = "PROVER_QUEUE_FULL";
  constructor(
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`${actual} proof jobs wait, at most ${expected} may; submit again when one has finished`);
  }
}
