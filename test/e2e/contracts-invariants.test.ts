import { afterAll, describe, expect, it } from "vitest";
import { writeCoverage } from "../fixtures/contracts/coverage-recorder.ts";
import { fuzzSettlement } from "../fixtures/contracts/settlement-fuzz.ts";

afterAll(writeCoverage);

const everything = [
  "home.claimWithdrawal",
  "home.collectEarnings",
  "home.deposit",
  "home.depositToEvm",
  "home.enqueue",
  "home.freeze",
  "home.openCell",
  "home.openMany",
  "home.payAccount",
  "home.postBond",
  "home.queueReturn",
  "home.refundDeposit",
  "home.releaseMirrors",
  "home.reportEquivocation",
  "home.requestBond",
  "home.submitBatch",
  "home.takeBond",
  "mirror.claimWithdrawal",
  "mirror.returnHome",
  "mirror.submitBatch",
];

describe("random lives of a home and two mirrors", () => {
  const succeeded = new Set<string>();

  it.each([1, 2, 3, 4])("keep to the model and its invariants after every action: seed %i", async (seed) => {
    const report = await fuzzSettlement({ seed, steps: 160 });
    expect(report.batches).toBeGreaterThan(0);
    for (const name of report.succeeded) succeeded.add(name);
  });

  it("succeed with every function at least once", () => {
    expect([...succeeded].sort()).toEqual(everything);
  });

  it("keep to them with real verifiers and proofs of a known trapdoor", async () => {
    await fuzzSettlement({ seed: 101, steps: 40, proofs: "trapdoor" });
  });
});
