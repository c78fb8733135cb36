import { describe, expect, it } from "vitest";
import {
  encodeAccount,
  encodeModel,
  encodeTask,
  RESERVED_CELL,
  TASK_PHASE,
} from "../../../state/ledger/cells.ts";
import { cellsChangedBy, expectRefused } from "../../support/ledger-expectations.ts";
import type { LedgerScenario } from "../../support/ledger-scenario.ts";
import {
  ALICE,
  BOB,
  CAROL,
  CLAIMED_TASK,
  DAVE,
  ledgerWorld,
  MODEL,
  NEXT_CELL,
  OPEN_TASK,
  OVERDUE_TASK,
  SUBMITTED_TASK,
} from "../../support/ledger-world.ts";

const [REWARD, BOND, VERIFIER_FEE] = [1_000_003n, 500_001n, 70_007n];
const { accepted, rejected, refunded, paidOnSilence } = TASK_PHASE;

/** When the task of a cell may be expired. */
function expiryOf(world: LedgerScenario, id: number): bigint {
  const { phase, submittedAt, terms } = world.task(id);
  return phase === TASK_PHASE.submitted ? submittedAt + terms.window : terms.deadline;
}

/** The world, `secondsLater` than the task's expiry. The task's flags and drawn amount may be set before. */
function worldAtExpiry(
  id: number,
  {
    secondsLater = 0n,
    flags = 0n,
    drawn = 0n,
  }: { secondsLater?: bigint; flags?: bigint; drawn?: bigint } = {},
): LedgerScenario {
  const world = ledgerWorld();
  const task = world.task(id);
  world.ledger.tree.setCell(id, encodeTask({ ...task, drawn, terms: { ...task.terms, flags } }));
  world.nextBatch(expiryOf(world, id) + secondsLater - world.timeSeconds);
  return world;
}

const expire = (object: number) => ({ kind: "expireTask", object }) as const;

describe("expireTask", () => {
  it.each([0n, 1n])("returns reward and verifier fee of an open task, with flags %d", (flags) => {
    const world = worldAtExpiry(OPEN_TASK, { flags });
    const [task, alice, dave] = [world.task(OPEN_TASK), world.account(ALICE), world.account(DAVE)];
    expect(cellsChangedBy(world, world.signed(DAVE, { ...expire(OPEN_TASK), feeUnits: 8n }))).toEqual({
      [ALICE]: encodeAccount({ ...alice, balance: alice.balance + REWARD + VERIFIER_FEE }),
      [DAVE]: encodeAccount({ ...dave, nonce: dave.nonce + 1n, balance: dave.balance - 8n }),
      [OPEN_TASK]: encodeTask({ ...task, phase: refunded }),
    });
    expect(world.batch).toMatchObject({ treasuryUnits: 0n, feeUnits: 8n });
  });

  it.each([0n, 1n])("of a claimed task slashes the bond to the treasury, with flags %d", (flags) => {
    const world = worldAtExpiry(CLAIMED_TASK, { flags });
    const [task, alice, bob] = [world.task(CLAIMED_TASK), world.account(ALICE), world.account(BOB)];
    world.apply(world.priority({ ...expire(CLAIMED_TASK), sender: DAVE }));
    expect(world.account(ALICE).balance).toBe(alice.balance + REWARD + VERIFIER_FEE);
    expect(world.account(BOB)).toEqual(bob);
    expect(world.task(CLAIMED_TASK)).toEqual({ ...task, phase: refunded });
    expect(world.batch.treasuryUnits).toBe(BOND);
  });

  it("returns of a drawn task only what is left", () => {
    const world = worldAtExpiry(CLAIMED_TASK, { drawn: 400_000n });
    const alice = world.account(ALICE);
    world.apply(world.signed(DAVE, expire(CLAIMED_TASK)));
    expect(world.account(ALICE).balance).toBe(alice.balance + REWARD - 400_000n + VERIFIER_FEE);
    expect(world.batch.treasuryUnits).toBe(BOND);
  });

  it("when silence rejects: returns a submitted task's reward and verifier fee, bond to the treasury", () => {
    const world = worldAtExpiry(SUBMITTED_TASK, { drawn: 3n });
    const [task, alice] = [world.task(SUBMITTED_TASK), world.account(ALICE)];
    const changed = cellsChangedBy(world, world.priority({ ...expire(SUBMITTED_TASK), sender: DAVE }));
    expect(changed).toMatchObject({
      [ALICE]: encodeAccount({ ...alice, balance: alice.balance + REWARD - 3n + VERIFIER_FEE }),
      [SUBMITTED_TASK]: encodeTask({ ...task, phase: refunded }),
    });
    expect(Object.keys(changed)).toEqual([String(ALICE), String(DAVE), String(SUBMITTED_TASK)]);
    expect(world.batch.treasuryUnits).toBe(BOND);
  });

  it("when silence accepts: splits what is left and gives the worker bond and verifier fee", () => {
    const world = worldAtExpiry(SUBMITTED_TASK, { flags: 1n, drawn: 666_670n });
    const [task, bob, model] = [world.task(SUBMITTED_TASK), world.account(BOB), world.model(MODEL)];
    const changed = cellsChangedBy(world, world.priority({ ...expire(SUBMITTED_TASK), sender: DAVE }));
    // 333,333 units are left: 2 % is 6,666.66 and 15 % is 49,999.95.
    const units = 333_333n - 6_666n - 49_999n + BOND + VERIFIER_FEE;
    expect(changed).toMatchObject({
      [BOB]: encodeAccount({ ...bob, balance: bob.balance + units }),
      [MODEL]: encodeModel({ ...model, revenue: model.revenue + 49_999n }),
      [SUBMITTED_TASK]: encodeTask({ ...task, phase: paidOnSilence }),
    });
    expect(Object.keys(changed)).toEqual([BOB, DAVE, MODEL, SUBMITTED_TASK].map(String));
    expect(world.batch.treasuryUnits).toBe(6_666n);
  });

  it("pays on silence without a model", () => {
    const world = ledgerWorld();
    const words = world.taskWords({ verifier: CAROL, flags: 1n });
    world.apply(world.signed(ALICE, { kind: "postTask", ...words, w3: 1n }));
    world.apply(world.signed(BOB, { kind: "claimTask", object: NEXT_CELL }));
    world.apply(world.signed(BOB, { kind: "submitResult", object: NEXT_CELL, w3: 1n }));
    world.nextBatch(300n);
    const { balance } = world.account(BOB);
    world.apply(world.signed(DAVE, expire(NEXT_CELL)));
    expect(world.account(BOB).balance).toBe(balance + REWARD - 20_000n + BOND + VERIFIER_FEE);
  });

  it.each([
    ["open", OPEN_TASK],
    ["claimed", CLAIMED_TASK],
    ["submitted", SUBMITTED_TASK],
  ])("of a task that is %s is valid at the exact second and refused one before", (_, object) => {
    for (const flags of [0n, 1n]) {
      const early = worldAtExpiry(object, { flags, secondsLater: -1n });
      expectRefused(early, early.signed(DAVE, expire(object)), "too-early", {
        expected: `from ${early.timeSeconds + 1n}`,
        actual: String(early.timeSeconds),
      });
      const world = worldAtExpiry(object, { flags });
      expect(world.apply(world.signed(DAVE, expire(object))).valid).toBe(true);
    }
  });

  it("leaves no second in which a task can both go on and expire, and none in which neither", () => {
    const steps = [
      [OPEN_TASK, { kind: "claimTask", sender: BOB }],
      [CLAIMED_TASK, { kind: "submitResult", sender: BOB, w3: 1n }],
      [SUBMITTED_TASK, { kind: "settleTask", sender: CAROL, param: 1n }],
    ] as const;
    for (const [object, { sender, ...step }] of steps) {
      for (const secondsLater of [-1n, 0n]) {
        const world = worldAtExpiry(object, { secondsLater });
        const w3 = "w3" in step ? step.w3 : world.task(object).content;
        const isOver = secondsLater === 0n;
        const goOn = world.signed(sender, { ...step, object, w3 });
        const end = world.signed(DAVE, expire(object));
        if (isOver) expectRefused(world, goOn, "too-late");
        else expectRefused(world, end, "too-early");
        expect(world.apply(isOver ? end : goOn).valid).toBe(true);
      }
    }
  });

  it("does not wait for the deadline once the result is there, nor end by it while the window is open", () => {
    const world = worldAtExpiry(SUBMITTED_TASK);
    expect(world.timeSeconds).toBeLessThan(world.task(SUBMITTED_TASK).terms.deadline);
    expect(world.apply(world.signed(DAVE, expire(SUBMITTED_TASK))).valid).toBe(true);
    const late = ledgerWorld();
    const task = late.task(SUBMITTED_TASK);
    const submittedAt = task.terms.deadline - 1n;
    late.ledger.tree.setCell(SUBMITTED_TASK, encodeTask({ ...task, submittedAt }));
    late.nextBatch(task.terms.deadline - late.timeSeconds);
    expectRefused(late, late.signed(DAVE, expire(SUBMITTED_TASK)), "too-early", {
      expected: `from ${submittedAt + task.terms.window}`,
    });
  });

  it.each([accepted, rejected, refunded, paidOnSilence])("is refused in phase %d", (phase) => {
    for (const flags of [0n, 1n]) {
      const world = worldAtExpiry(CLAIMED_TASK, { flags });
      world.ledger.tree.setCell(CLAIMED_TASK, encodeTask({ ...world.task(CLAIMED_TASK), phase }));
      expectRefused(world, world.priority({ ...expire(CLAIMED_TASK), sender: DAVE }), "wrong-phase", {
        expected: "an unfinished task",
        actual: String(phase),
      });
    }
  });

  it("pays once, and frees the cell for a new task", () => {
    const world = ledgerWorld();
    world.apply(world.signed(DAVE, expire(OVERDUE_TASK)));
    expectRefused(world, world.signed(DAVE, expire(OVERDUE_TASK)), "wrong-phase");
    const words = world.taskWords({ verifier: CAROL });
    world.apply(world.signed(ALICE, { kind: "postTask", object: OVERDUE_TASK, ...words, w3: 1n }));
    expect(world.task(OVERDUE_TASK)).toMatchObject({ phase: TASK_PHASE.open, worker: 0n, drawn: 0n });
  });

  it.each([
    ["an empty cell", 400, "unknown-task"],
    ["cell 0", 0, "unknown-task"],
    ["a cell that aliases the task modulo the tree", 512 + OVERDUE_TASK, "unknown-task"],
    ["the sender's account", DAVE, "wrong-tag"],
    ["a model", MODEL, "wrong-tag"],
  ] as const)("is refused for %s", (_, object, code) => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(DAVE, expire(object)), code);
  });

  it("ends a task whose model is retired or whose verifier has gone, by the terms it had", () => {
    const world = worldAtExpiry(SUBMITTED_TASK, { flags: 1n });
    const model = { ...world.model(MODEL), status: 4n, share: 9_800n };
    world.ledger.tree.setCell(MODEL, encodeModel(model));
    world.apply(world.signed(DAVE, expire(SUBMITTED_TASK)));
    expect(world.model(MODEL).revenue).toBe(model.revenue + 150_000n);
  });
});

describe("expireTask with one account in several roles", () => {
  const roles = [ALICE, ...Object.values(RESERVED_CELL)];

  it.each(roles)(
    "pays cell %d as requester, worker, verifier and sender what it locked, less the cut",
    (who) => {
      for (const [flags, cut] of [
        [0n, BOND],
        [1n, 20_000n],
      ] as const) {
        const world = ledgerWorld();
        world.ledger.tree.setCell(who, encodeAccount({ ...world.account(who), balance: 5_000_000n }));
        const words = world.taskWords({ verifier: who, flags });
        world.apply(world.signed(who, { kind: "postTask", ...words, w3: 1n }));
        world.apply(world.signed(who, { kind: "claimTask", object: NEXT_CELL }));
        world.apply(world.signed(who, { kind: "submitResult", object: NEXT_CELL, w3: 2n }));
        world.nextBatch(300n);
        world.apply(world.signed(who, { ...expire(NEXT_CELL), feeUnits: 5n }));
        world.nextBatch();
        const fee = who === RESERVED_CELL.operator ? 0n : 5n;
        const kept = who === RESERVED_CELL.treasury ? 0n : cut;
        expect(world.account(who).balance).toBe(5_000_000n - kept - fee);
      }
    },
  );

  it.each([ALICE, BOB, CAROL])("lets cell %d, a party of the task, send it", (sender) => {
    const world = worldAtExpiry(CLAIMED_TASK);
    const { balance } = world.account(sender);
    world.apply(world.signed(sender, { ...expire(CLAIMED_TASK), feeUnits: 5n }));
    const paid = sender === ALICE ? REWARD + VERIFIER_FEE : 0n;
    expect(world.account(sender).balance).toBe(balance + paid - 5n);
  });
});
