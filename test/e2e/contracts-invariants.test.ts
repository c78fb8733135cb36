import type { Abi } from "viem";
import { afterAll, describe, expect, it } from "vitest";
import { gatewayRecoveryAbi, neuraMirrorAbi, neuraRollupAbi } from "../../contracts/abi.ts";
import { writeCoverage } from "../fixtures/contracts/coverage-recorder.ts";
import { fuzzSettlement } from "../fixtures/contracts/settlement-fuzz.ts";

afterAll(writeCoverage);

/** Random lives have no keys of users, so no permits either; contracts-token.test.ts and contracts-rollup.test.ts have. */
const excluded: readonly string[] = ["home.depositWithPermit"];

const changing = (contract: "home" | "mirror" | "recovery", abi: Abi): string[] =>
  abi.flatMap((item) =>
    item.type === "function" && (item.stateMutability === "nonpayable" || item.stateMutability === "payable")
      ? [`${contract}.${item.name}`]
      : [],
  );

const everything = [
  ...changing("home", neuraRollupAbi),
  ...changing("mirror", neuraMirrorAbi),
  ...changing("recovery", gatewayRecoveryAbi),
].filter((name) => !excluded.includes(name));

describe("random lives of a home and two mirrors", () => {
  const succeeded = new Set<string>();

  it.each([1, 2, 3, 4])("keep to the model and its invariants after every action: seed %i", async (seed) => {
    const report = await fuzzSettlement({ seed, steps: 90 });
    expect(report.batches).toBeGreaterThan(0);
    for (const name of report.succeeded) succeeded.add(name);
  });

  it("succeed with every function at least once", () => {
    expect([...succeeded].sort()).toEqual(everything.sort());
  });

  it("keep to them with real verifiers and proofs of a known trapdoor", async () => {
    await fuzzSettlement({ seed: 101, steps: 10, proofs: "trapdoor" });
  });
});
