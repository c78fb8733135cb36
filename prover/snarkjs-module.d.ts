/** The part of snarkjs (which ships no types) that this project uses. Numbers are decimal strings. */
declare module "snarkjs" {
  export interface Groth16Proof {
    pi_a: [string, string, string];
    pi_b: [[string, string], [string, string], [string, string]];
    pi_c: [string, string, string];
    protocol: "groth16";
    curve: "bn128";
  }
  export interface VerificationKey {
    protocol: "groth16";
    curve: "bn128";
    nPublic: number;
    vk_alpha_1: [string, string, string];
    vk_beta_2: [[string, string], [string, string], [string, string]];
    vk_gamma_2: [[string, string], [string, string], [string, string]];
    vk_delta_2: [[string, string], [string, string], [string, string]];
    vk_alphabeta_12: [string, string][][];
    IC: [string, string, string][];
  }
  export type MemoryFile = { type: "mem"; data?: Uint8Array };
  export type FileLike = string | MemoryFile | Uint8Array;
  export const groth16: {
    prove(zkey: FileLike, witness: FileLike): Promise<{ proof: Groth16Proof; publicSignals: string[] }>;
    verify(key: VerificationKey, publicSignals: string[], proof: Groth16Proof): Promise<boolean>;
  };
  export const wtns: {
    calculate(input: Record<string, unknown>, wasm: FileLike, witness: FileLike): Promise<void>;
    check(r1cs: FileLike, witness: FileLike): Promise<boolean>;
  };
  export const zKey: {
    exportVerificationKey(zkey: FileLike): Promise<VerificationKey>;
    newZKey(r1cs: FileLike, ptau: FileLike, zkey: FileLike): Promise<Uint8Array>;
  };
  export const curves: { getCurveFromName(name: "bn128"): Promise<unknown> };
  export const powersOfTau: {
    newAccumulator(curve: unknown, power: number, file: FileLike): Promise<unknown>;
    contribute(previous: FileLike, next: FileLike, name: string, entropy: string): Promise<unknown>;
    preparePhase2(previous: FileLike, next: FileLike): Promise<unknown>;
  };
}
