/** A Groth16 proof as the EVM takes it, and back. */
import type { Groth16Proof } from "./snarkjs.ts";

/**
 * A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y: the order of a generated Solidity verifier. The limbs of B are
 * swapped because the pairing precompile (EIP-197) takes the imaginary part first.
 */
export type EvmProof = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

export function toEvmProof({ pi_a, pi_b, pi_c }: Groth16Proof): EvmProof {
  const [[bx0, bx1], [by0, by1]] = pi_b;
  const words = [pi_a[0], pi_a[1], bx1, bx0, by1, by0, pi_c[0], pi_c[1]];
  return words.map(BigInt) as unknown as EvmProof;
}

export function fromEvmProof(proof: EvmProof): Groth16Proof {
  const [ax, ay, bx1, bx0, by1, by0, cx, cy] = proof.map(String) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    pi_a: [ax, ay, "1"],
    pi_b: [
      [bx0, bx1],
      [by0, by1],
      ["1", "0"],
    ],
    pi_c: [cx, cy, "1"],
    protocol: "groth16",
    curve: "bn128",
  };
}
