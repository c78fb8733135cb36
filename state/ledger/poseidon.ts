import { buildPoseidon } from "circomlibjs";

const wasm = await buildPoseidon();

/**
 * Poseidon over the BN254 scalar field with circomlib's constants, for 1 to 16 inputs.
 * circomlibjs' WebAssembly version is 3 to 4 times as fast as the pure JavaScript ones, and hashing dominates the ledger.
 */
export const poseidon = (inputs: readonly bigint[]): bigint => wasm.F.toObject(wasm(inputs));
