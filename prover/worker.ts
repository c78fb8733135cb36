/**
 * A thread of the prover pool. Failures of a task are values: an exception's class does not survive the way to the
 * main thread, and there a rejection means that the thread itself died.
 */

import type { BackendProof, CircuitInput } from "./backend.ts";
import type { VerificationKey } from "./snarkjs.ts";
import * as snarkjs from "./snarkjs.ts";

export interface WitnessTask {
  readonly wasmPath: string;
  readonly input: CircuitInput;
}

export interface ProveTask {
  readonly zkeyPath: string;
  readonly witness: Uint8Array;
}

export interface VerifyTask extends BackendProof {
  readonly verificationKey: VerificationKey;
}

export type Outcome<Value> =
  | { readonly value: Value; readonly milliseconds: number; readonly peakRssBytes: number }
  | { readonly failure: string };

async function outcome<Value>(task: () => Promise<Value>): Promise<Outcome<Value>> {
  const started = performance.now();
  try {
    const value = await task();
    const milliseconds = performance.now() - started;
    return { value, milliseconds, peakRssBytes: process.resourceUsage().maxRSS * 1024 };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

export function calculateWitness(task: WitnessTask): Promise<Outcome<Uint8Array>> {
  return outcome(() => snarkjs.calculateWitness(task.wasmPath, task.input));
}

export function prove(task: ProveTask): Promise<Outcome<BackendProof>> {
  return outcome(() => snarkjs.provePlain(task.zkeyPath, task.witness));
}

export function verify(task: VerifyTask): Promise<Outcome<boolean>> {
  return outcome(() => snarkjs.verifyProof(task.verificationKey, task.publicSignals, task.proof));
}

export function exportVerificationKey(zkeyPath: string): Promise<Outcome<VerificationKey>> {
  return outcome(() => snarkjs.exportVerificationKey(zkeyPath));
}
