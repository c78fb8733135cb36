import { describe, expect, it } from "vitest";
import { RESERVED_CELL, TASK_PHASE, unitsHeldBy } from "../../../state/ledger/cells.ts";
import { creditsOf } from "../../../state/ledger/escape.ts";
import { LedgerScenario } from "../../support/ledger-scenario.ts";
import {
  ALICE,
  BOB,
  CAROL,
  CLAIMED_TASK,
  CLOSED_TASK,
  DAVE,
  ledgerWorld,
  MODEL,
  OPEN_TASK,
  REVENUE_UNITS,
  SUBMITTED_TASK,
} from "../../support/ledger-world.ts";
import { randomOp } from "../../support/random-ops.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

describe("what an escape credits", () => {
  const world = ledgerWorld();
  const credits = (id: number) => creditsOf(id, world.ledger.cell(id));

  it("gives an account its balance, and a model's revenue to its owner", () => {
    expect(credits(ALICE)).toEqual([{ to: ALICE, units: world.account(ALICE).balance, as: "balance" }]);
    expect(credits(MODEL)).toEqual([{ to: DAVE, units: REVENUE_UNITS, as: "revenue" }]);
  });

  it("gives an open task back to its requester, and a claimed one with the bond to its worker", () => {
    const back = { to: ALICE, units: 1_000_003n + 70_007n, as: "reward and fee" };
    expect(credits(OPEN_TASK)).toEqual([back]);
    expect(credits(CLAIMED_TASK)).toEqual([back, { to: BOB, units: 500_001n, as: "bond" }]);
  });

  it("keeps what a voucher has drawn out of what goes back", () => {
    const forked = ledgerWorld();
    const draw = { kind: "drawTask", object: CLAIMED_TASK, amountUnits: 400_000n, w3: 5n } as const;
    forked.apply(forked.signed(ALICE, draw));
    expect(creditsOf(CLAIMED_TASK, forked.ledger.cell(CLAIMED_TASK))[0]).toMatchObject({
      to: ALICE,
      units: 1_000_003n - 400_000n + 70_007n,
    });
  });

  it("follows the terms of a submitted task: silence rejects, or pays the worker by the split", () => {
    expect(credits(SUBMITTED_TASK)).toEqual([
      { to: ALICE, units: 1_000_003n + 70_007n, as: "reward and fee" },
      { to: RESERVED_CELL.treasury, units: 500_001n, as: "bond" },
    ]);
    const forked = ledgerWorld();
    const sign = (sender: number, parts: Parameters<typeof forked.signed>[1]) => {
      forked.apply(forked.signed(sender, parts));
      forked.nextBatch(0n);
    };
    const id = forked.ledger.cellCount;
    const terms = forked.taskWords({ verifier: CAROL, model: MODEL, flags: 1n });
    sign(ALICE, { kind: "postTask", ...terms, w3: 1n });
    sign(BOB, { kind: "claimTask", object: id });
    sign(BOB, { kind: "submitResult", object: id, w3: 55n });
    expect(creditsOf(id, forked.ledger.cell(id))).toEqual([
      { to: BOB, units: 1_000_003n - 20_000n - 150_000n + 500_001n + 70_007n, as: "pay, bond and fee" },
      { to: MODEL, units: 150_000n, as: "model's share" },
      { to: RESERVED_CELL.treasury, units: 20_000n, as: "treasury's cut" },
    ]);
  });

  it("gives nothing for a closed task and an empty cell", () => {
    expect(world.task(CLOSED_TASK).phase).toBe(TASK_PHASE.accepted);
    expect(credits(CLOSED_TASK)).toEqual([]);
    expect(creditsOf(40, [0n, 0n, 0n, 0n])).toEqual([]);
  });

  it("adds up to what the cell holds, for every cell of random ledgers", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const random = new SeededRandom(seed);
      const scenario = new LedgerScenario();
      for (const name of ["alice", "bob", "carol"]) scenario.fund(name, random.between(1n, 10n ** 12n));
      for (let batch = 0; batch < 12; batch++) {
        for (let op = randomOp(scenario, random); op !== undefined; op = randomOp(scenario, random)) {
          scenario.apply(op, () => true);
        }
        scenario.nextBatch(random.between(0n, 90n));
        for (const id of scenario.ids) {
          const cell = scenario.ledger.cell(id);
          const credited = creditsOf(id, cell);
          for (const { as } of credited) seen.add(as);
          const sum = credited.reduce((units, credit) => units + credit.units, 0n);
          expect(sum, `seed ${seed}, cell ${id}`).toBe(unitsHeldBy(cell));
        }
      }
    }
    expect([...seen].sort()).toEqual(
      [
        "balance",
        "bond",
        "model's share",
        "pay, bond and fee",
        "revenue",
        "reward and fee",
        "treasury's cut",
      ].sort(),
    );
  });
});
