/**
 * The one file that imports snarkjs. It computes on the calling thread only: snarkjs would start a thread per core in
 * every thread that uses it, so N proofs at once would mean N² threads. Parallelism is the pool's.
 */
import { type Bn128, buildBn128 } from "ffjavascript";
import { type Groth16Proof, groth16, type MemoryFile, type VerificationKey, wtns, zKey } from "snarkjs";
import type { BackendProof, CircuitInput } from "./backend.ts";

export type { Groth16Proof, VerificationKey } from "snarkjs";

declare global {
  /** Where ffjavascript looks for a curve before it starts threads for a new one. */
  var curve_bn128: Bn128 | null | undefined;
}

let curve: Promise<Bn128> | undefined;

async function onThisThread(): Promise<void> {
  curve ??= buildBn128(true);
  globalThis.curve_bn128 = await curve;
}

/** The bytes of a `.wtns` file. Throws the calculator's error when the input breaks an assertion. */
export async function calculateWitness(wasmPath: string, input: CircuitInput): Promise<Uint8Array> {
  const file: MemoryFile = { type: "mem" };
  await wtns.calculate(input, wasmPath, file);
  if (file.data === undefined) throw new Error("the witness calculator wrote nothing");
  return file.data;
}

export async function provePlain(zkeyPath: string, witness: Uint8Array): Promise<BackendProof> {
  await onThisThread();
  return await groth16.prove(zkeyPath, { type: "mem", data: witness });
}

export async function verifyProof(
  key: VerificationKey,
  publicSignals: readonly string[],
  proof: Groth16Proof,
): Promise<boolean> {
  await onThisThread();
  return await groth16.verify(key, [...publicSignals], proof);
}

export async function exportVerificationKey(zkeyPath: string): Promise<VerificationKey> {
  await onThisThread();
  return await zKey.exportVerificationKey(zkeyPath);
}
