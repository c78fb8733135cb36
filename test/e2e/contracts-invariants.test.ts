import { afterAll, describe, expect, it } from "vitest";
import { writeCoverage } from "../fixtures/contracts/coverage-recorder.ts";
import { fuzzSettlement } from "../fixtures/contracts/settlement-fuzz.ts";

afterAll(writeCoverage);

describe("random lives of a home and two mirrors", () => {
  it.each([1, 2, 3, 4])("keep to the model and its invariants after every action: seed %i", async (seed) => {
    const report = await fuzzSettlement({ seed, steps: 120 });
    expect(report.batches).toBeGreaterThan(0);
  });

  it("keep to them with real verifiers and proofs of a known trapdoor", async () => {
    await fuzzSettlement({ seed: 101, steps: 40, proofs: "trapdoor" });
  });
});
