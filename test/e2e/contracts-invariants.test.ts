import { describe, expect, it } from "vitest";
import { fuzzSettlement } from "../fixtures/contracts/settlement-fuzz.ts";

describe("random lives of a home and two mirrors", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "keep to the model and its invariants after every action: seed %i",
    async (seed) => {
      const report = await fuzzSettlement({ seed, steps: 150 });
      expect(report.batches).toBeGreaterThan(0);
    },
  );

  it("keep to them with real verifiers and proofs of a known trapdoor", async () => {
    await fuzzSettlement({ seed: 101, steps: 40, proofs: "trapdoor" });
  });
});
