import { describe, expect, it } from "vitest";
import { fromEvmProof, toEvmProof } from "../../../prover/proof.ts";

describe("a proof for the EVM", () => {
  it("has the limbs of B swapped, as the pairing precompile takes them", () => {
    const evm = toEvmProof({
      pi_a: ["1", "2", "1"],
      pi_b: [
        ["3", "4"],
        ["5", "6"],
        ["1", "0"],
      ],
      pi_c: ["7", "8", "1"],
      protocol: "groth16",
      curve: "bn128",
    });
    expect(evm).toEqual([1n, 2n, 4n, 3n, 6n, 5n, 7n, 8n]);
  });

  it("comes back unchanged", () => {
    const evm = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n] as const;
    expect(toEvmProof(fromEvmProof(evm))).toEqual(evm);
  });
});
