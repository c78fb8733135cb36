import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CircuitStats, formatStats, measureCircuit } from "../../circuits/stats.ts";
import type { LedgerOp } from "../../state/ledger/operation.ts";
import { BATCH_SIZES, type BatchSizeName } from "../../state/ledger/sizes.ts";
import { TEST_CACHE } from "../support/batch-witness-check.ts";
import { actor, LedgerScenario } from "../support/ledger-scenario.ts";

const MAX_CONSTRAINTS_PER_OP = 12_500;

const table = JSON.parse(
  readFileSync(new URL("../../circuits/constraints.json", import.meta.url), "utf8"),
) as Record<BatchSizeName, CircuitStats>;

describe("the committed table of constraints", () => {
  it("is what the circuits compile to, at the test size", async () => {
    const stats = await measureCircuit(BATCH_SIZES.test, { cacheDirectory: TEST_CACHE });
    expect(stats).toEqual(table.test);
    expect(formatStats("test", stats)).toContain(stats.total.toLocaleString("en"));
  });

  it("is about the sizes that the node uses", () => {
    for (const [name, size] of Object.entries(BATCH_SIZES))
      expect(table[name as BatchSizeName].size).toEqual(size);
  });

  it("keeps the sizes below their powers of two, and the hot mix at production below the bar", () => {
    expect(table.local.domainLog2).toBeLessThanOrEqual(17);
    expect(table.production.domainLog2).toBeLessThanOrEqual(18);
    const [hot] = table.production.mixes;
    expect(hot?.ops).toBe(BATCH_SIZES.production.maxOps);
    expect(hot?.constraintsPerOp).toBeLessThanOrEqual(MAX_CONSTRAINTS_PER_OP);
  });
});

describe("a production batch", () => {
  const size = BATCH_SIZES.production;
  const trusting = () => true;

  it("has room for the hot mix: whole task lives and transfers between the same parties, in every op slot", () => {
    const world = new LedgerScenario({ size });
    const [alice, bob, carol, dave] = ["alice", "bob", "carol", "dave"].map((name) =>
      world.fund(name, 10n ** 12n),
    );
    const [requester, worker, verifier, owner] = [alice, bob, carol, dave] as [
      number,
      number,
      number,
      number,
    ];
    world.apply(
      world.signed(owner, { kind: "registerModel", amountUnits: 5n, param: 100n, w3: 1n }),
      trusting,
    );
    world.nextBatch();
    const model = world.ledger.cellCount - 1;
    const apply = (op: LedgerOp): void => {
      expect(world.hasRoomFor(op)).toBe(true);
      expect(world.apply(op, trusting).valid).toBe(true);
    };
    const feeUnits = 3n;
    for (let life = 0; life < size.maxOps / 6; life++) {
      const object = world.ledger.cellCount;
      const posted = world.taskWords({ verifier, model });
      apply(world.signed(requester, { kind: "postTask", feeUnits, ...posted, w3: 7n }));
      apply(world.signed(worker, { kind: "claimTask", feeUnits, object }));
      apply(world.signed(worker, { kind: "submitResult", feeUnits, object, w3: 8n }));
      const w3 = world.task(object).content;
      apply(world.signed(verifier, { kind: "settleTask", feeUnits, object, param: BigInt(life % 2), w3 }));
      apply(world.signed(requester, { kind: "transfer", feeUnits, object: worker, amountUnits: 9n }));
      apply(world.signed(owner, { kind: "transfer", feeUnits, object: requester, amountUnits: 9n }));
    }
    expect(world.batch.ops).toHaveLength(size.maxOps);
  });

  it("has room for as many ops between strangers as the table says", () => {
    const world = new LedgerScenario({ size });
    const names = Array.from({ length: 2 * size.maxOps }, (_, i) => `stranger ${i}`);
    const ids = names.map((name) => world.fund(actor(name).name, 1_000n));
    let fitted = 0;
    for (let i = 0; i < ids.length; i += 2) {
      const [from, to] = [ids[i], ids[i + 1]] as [number, number];
      const op = world.signed(from, { kind: "transfer", object: to, amountUnits: 1n });
      if (!world.hasRoomFor(op)) break;
      world.apply(op, trusting);
      fitted += 1;
    }
    expect(table.production.mixes[1]?.ops).toBe(fitted);
  });
});
