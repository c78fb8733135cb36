import { describe, expect, it } from "vitest";
import {
  encodeAccount,
  encodeModel,
  encodeTask,
  MODEL_STATUS,
  TASK_PHASE,
} from "../../../state/ledger/cells.ts";
import type { OpParts } from "../../../state/ledger/operation.ts";
import { poseidon } from "../../../state/ledger/poseidon.ts";
import { cellsChangedBy, expectRefused } from "../../support/ledger-expectations.ts";
import { actor, type LedgerScenario, type PostedTask } from "../../support/ledger-scenario.ts";
import {
  ALICE,
  BOB,
  CAROL,
  CLAIMED_TASK,
  CLOSED_TASK,
  DAVE,
  ledgerWorld,
  MODEL,
  NEXT_CELL,
  OPEN_TASK,
  PRICE_UNITS,
  SHARE,
  SUBMITTED_TASK,
} from "../../support/ledger-world.ts";

const OPERATOR = 1;
const TREASURY = 2;

/** The world, with the open batch's time set so that `T = at`. */
function worldAt(at: bigint): LedgerScenario {
  const world = ledgerWorld();
  world.nextBatch(at - world.timeSeconds);
  return world;
}

describe("registerModel", () => {
  const register = (parts: Partial<OpParts> = {}): OpParts => ({
    kind: "registerModel",
    sender: BOB,
    amountUnits: 12n,
    param: 34n,
    w3: 56n,
    ...parts,
  });

  it("creates an active model of the sender's with a serial from its nonce", () => {
    const world = ledgerWorld();
    const { nonce } = world.account(BOB);
    const changed = cellsChangedBy(world, world.signed(BOB, register()));
    expect(Object.keys(changed)).toEqual([String(BOB), String(NEXT_CELL)]);
    expect(world.model(NEXT_CELL)).toEqual({
      status: MODEL_STATUS.active,
      share: 34n,
      owner: BigInt(BOB),
      price: 12n,
      serial: BigInt(BOB) | (nonce << 24n),
      revenue: 0n,
      manifest: 56n,
    });
  });

  it("takes a share up to what the treasury leaves, and no more", () => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(BOB, register({ param: 9_801n })), "out-of-range", { actual: "9801" });
    expect(world.apply(world.signed(BOB, register({ param: 9_800n }))).valid).toBe(true);
  });

  it("sets no status", () => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(BOB, register({ param: 1n << 16n })), "unused-part-set");
  });
});

describe("postTask", () => {
  const posted = (
    world: LedgerScenario,
    task: Partial<PostedTask> = {},
    more: Partial<OpParts> = {},
  ): OpParts => ({
    kind: "postTask",
    sender: ALICE,
    ...world.taskWords({ verifier: CAROL, model: MODEL, ...task }),
    w3: 77n,
    ...more,
  });

  it("locks reward and verifier fee, and opens the task with the rates as they are now", () => {
    const world = ledgerWorld();
    const alice = world.account(ALICE);
    const changed = cellsChangedBy(world, world.signed(ALICE, posted(world, { flags: 1n, kind: 3n })));
    expect(changed).toEqual({
      [ALICE]: encodeAccount({
        ...alice,
        nonce: alice.nonce + 1n,
        balance: alice.balance - 1_000_003n - 70_007n,
      }),
      [NEXT_CELL]: encodeTask({
        phase: TASK_PHASE.open,
        worker: 0n,
        submittedAt: 0n,
        drawn: 0n,
        terms: {
          requester: BigInt(ALICE),
          nonce: alice.nonce,
          verifier: BigInt(CAROL),
          model: BigInt(MODEL),
          kind: 3n,
          flags: 1n,
          treasuryRate: 200n,
          share: SHARE,
          deadline: world.timeSeconds + 600n,
          window: 300n,
        },
        money: { reward: 1_000_003n, bond: 500_001n, verifierFee: 70_007n },
        content: 77n,
      }),
    });
  });

  it("without a model needs no price and gives no share", () => {
    const world = ledgerWorld();
    world.apply(world.signed(ALICE, posted(world, { model: 0, reward: 0n })));
    expect(world.task(NEXT_CELL).terms).toMatchObject({ model: 0n, share: 0n, treasuryRate: 200n });
  });

  it("is valid at the model's price and refused one unit below", () => {
    const world = ledgerWorld();
    expectRefused(
      world,
      world.signed(ALICE, posted(world, { reward: PRICE_UNITS - 1n })),
      "reward-below-price",
      {
        expected: "1000",
        actual: "999",
      },
    );
    expect(world.apply(world.signed(ALICE, posted(world, { reward: PRICE_UNITS }))).valid).toBe(true);
  });

  it.each([MODEL_STATUS.frozenByOwner, MODEL_STATUS.frozenByGovernor, MODEL_STATUS.retired])(
    "is refused with a model of status %d",
    (status) => {
      const world = ledgerWorld();
      world.ledger.tree.setCell(MODEL, encodeModel({ ...world.model(MODEL), status }));
      expectRefused(world, world.signed(ALICE, posted(world)), "model-not-active", {
        actual: String(status),
      });
    },
  );

  it("accepts a deadline one second after T, not T itself", () => {
    const world = ledgerWorld();
    const deadline = world.timeSeconds;
    expectRefused(world, world.signed(ALICE, posted(world, { deadline })), "too-late", {
      actual: String(deadline),
    });
    expect(
      world.apply(world.signed(ALICE, posted(world, { deadline: deadline + 1n, window: 1n }))).valid,
    ).toBe(true);
  });

  it.each([
    ["kind 0", { kind: 0n }, "out-of-range"],
    ["kind 4", { kind: 4n }, "out-of-range"],
    ["flags 2", { flags: 2n }, "out-of-range"],
    ["no window", { window: 0n }, "out-of-range"],
    ["no verifier", { verifier: 0 }, "unknown-account"],
    ["an empty verifier", { verifier: 400 }, "unknown-account"],
    ["a verifier that aliases an account modulo the tree", { verifier: 512 + CAROL }, "unknown-account"],
    ["its own new cell as verifier", { verifier: NEXT_CELL }, "unknown-account"],
    ["a model as verifier", { verifier: MODEL }, "wrong-tag"],
    ["a task as verifier", { verifier: OPEN_TASK }, "wrong-tag"],
    ["an unknown model", { model: 400 }, "unknown-model"],
    ["a model that aliases one modulo the tree", { model: 512 + MODEL }, "unknown-model"],
    ["an account as model", { model: BOB }, "wrong-tag"],
    ["its own new cell as model", { model: NEXT_CELL }, "unknown-model"],
    [
      "reward and fee that wrap 64 bits",
      { reward: (1n << 64n) - 1n, verifierFee: 2n },
      "insufficient-balance",
    ],
  ] as const)("is refused with %s", (_, task, code) => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(ALICE, posted(world, task)), code);
    expectRefused(world, world.priority(posted(world, task)), code);
  });

  it.each([
    ["requester", 0n],
    ["nonce", 24n],
    ["treasuryRate", 120n],
  ] as const)("is refused with a %s, which the ledger fills in", (_, offset) => {
    const world = ledgerWorld();
    const { w1 = 0n, ...parts } = posted(world);
    expectRefused(world, world.signed(ALICE, { ...parts, w1: w1 | (1n << offset) }), "unused-part-set");
  });

  it("is refused with another share than the model's, or with one and no model", () => {
    const world = ledgerWorld();
    expectRefused(world, world.priority(posted(world, { share: SHARE + 1n })), "stale-share");
    expectRefused(world, world.priority(posted(world, { model: 0, share: 1n })), "stale-share");
  });

  it("is refused when the model's owner has changed share or manifest since it was signed", () => {
    for (const [changed, code] of [
      [{ share: SHARE + 1n }, "stale-share"],
      [{ manifest: 99n }, "wrong-signature"],
    ] as const) {
      const world = ledgerWorld();
      const op = world.signed(ALICE, posted(world));
      world.ledger.tree.setCell(MODEL, encodeModel({ ...world.model(MODEL), ...changed }));
      expectRefused(world, op, code);
    }
  });

  it("takes over a closed task's cell whole, and hands out no cell", () => {
    const world = ledgerWorld();
    world.apply(world.signed(ALICE, posted(world, {}, { object: CLOSED_TASK })));
    expect(world.task(CLOSED_TASK)).toMatchObject({
      phase: TASK_PHASE.open,
      worker: 0n,
      submittedAt: 0n,
      content: 77n,
    });
    expect(world.ledger.cellCount).toBe(NEXT_CELL);
  });
});

describe("claimTask", () => {
  const claim = (object = OPEN_TASK): OpParts => ({ kind: "claimTask", sender: BOB, object });

  it("locks the bond and makes the sender the worker, and changes nothing else of the task", () => {
    const world = ledgerWorld();
    const [task, bob] = [world.task(OPEN_TASK), world.account(BOB)];
    expect(cellsChangedBy(world, world.signed(BOB, claim()))).toEqual({
      [BOB]: encodeAccount({ ...bob, nonce: bob.nonce + 1n, balance: bob.balance - 500_001n }),
      [OPEN_TASK]: encodeTask({ ...task, phase: TASK_PHASE.claimed, worker: BigInt(BOB) }),
    });
  });

  it("is valid one second before the deadline and refused at it", () => {
    const { deadline } = ledgerWorld().task(OPEN_TASK).terms;
    const before = worldAt(deadline - 1n);
    expect(before.apply(before.signed(BOB, claim())).valid).toBe(true);
    const at = worldAt(deadline);
    expectRefused(at, at.signed(BOB, claim()), "too-late", {
      expected: `before ${deadline}`,
      actual: `${deadline}`,
    });
  });

  it("is refused for another input than the task's, signed or queued", () => {
    const world = ledgerWorld();
    const other = { ...claim(), w3: world.task(OPEN_TASK).content + 1n };
    expectRefused(world, world.signed(BOB, other), "stale-content");
    expectRefused(world, world.priority(other), "stale-content");
  });

  it("is signed for one verifier: not for somebody else in the verifier's cell", () => {
    const world = ledgerWorld();
    const op = world.signed(BOB, claim());
    const stranger = actor("a stranger in the verifier's place");
    const identity = { pubX: stranger.publicKey.x, pubY: stranger.publicKey.y };
    world.ledger.tree.setCell(CAROL, encodeAccount({ ...world.account(CAROL), ...identity }));
    expectRefused(world, op, "wrong-signature");
  });
});

describe("a queued op on a task", () => {
  const steps: Record<string, [object: number, OpParts]> = {
    claimTask: [OPEN_TASK, { kind: "claimTask", sender: BOB }],
    submitResult: [CLAIMED_TASK, { kind: "submitResult", sender: BOB, w3: 66n }],
    drawTask: [CLAIMED_TASK, { kind: "drawTask", sender: ALICE, amountUnits: 1_000n, w3: 66n }],
    settleTask: [SUBMITTED_TASK, { kind: "settleTask", sender: CAROL, param: 1n }],
  };

  it.each(Object.entries(steps))("%s is a no-op on another task in the same cell", (_, [object, parts]) => {
    for (const change of [{ money: { bond: 2_000_000n } }, { terms: { deadline: 1_800_000_099n } }]) {
      const world = ledgerWorld();
      const w3 = parts.kind === "settleTask" ? world.task(object).content : (parts.w3 ?? 0n);
      const op = world.priority({ ...parts, object, ...(parts.kind === "claimTask" ? {} : { w3 }) });
      const task = world.task(object);
      const other = {
        ...task,
        terms: { ...task.terms, ...change.terms },
        money: { ...task.money, ...change.money },
      };
      world.ledger.tree.setCell(object, encodeTask(other));
      expectRefused(world, op, "stale-task");
    }
  });
});

describe("submitResult", () => {
  const submit = (sender = BOB, object = CLAIMED_TASK): OpParts => ({
    kind: "submitResult",
    sender,
    object,
    w3: 66n,
  });

  it("folds the result into the content and starts the window", () => {
    const world = worldAt(ledgerWorld().timeSeconds + 42n);
    const task = world.task(CLAIMED_TASK);
    world.apply(world.signed(BOB, submit()));
    expect(world.task(CLAIMED_TASK)).toEqual({
      ...task,
      phase: TASK_PHASE.submitted,
      submittedAt: world.timeSeconds,
      content: poseidon([task.content, 66n]),
    });
  });

  it.each([ALICE, CAROL, DAVE])("is refused from cell %d, which is not the worker", (sender) => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(sender, submit(sender)), "wrong-role", {
      expected: String(BOB),
      actual: String(sender),
    });
  });

  it("is valid one second before the deadline and refused at it", () => {
    const { deadline } = ledgerWorld().task(CLAIMED_TASK).terms;
    const before = worldAt(deadline - 1n);
    expect(before.apply(before.signed(BOB, submit())).valid).toBe(true);
    const at = worldAt(deadline);
    expectRefused(at, at.signed(BOB, submit()), "too-late", { actual: String(deadline) });
  });
});

describe("settleTask", () => {
  const settle = (world: LedgerScenario, parts: Partial<OpParts> = {}): OpParts => ({
    kind: "settleTask",
    sender: CAROL,
    object: SUBMITTED_TASK,
    param: 1n,
    w3: world.task(SUBMITTED_TASK).content,
    ...parts,
  });

  it("accepting pays worker, model, verifier and treasury to the unit, rounding in the worker's favour", () => {
    const world = ledgerWorld();
    const [task, bob, carol, model] = [
      world.task(SUBMITTED_TASK),
      world.account(BOB),
      world.account(CAROL),
      world.model(MODEL),
    ];
    // 1,000,003 units: 2 % is 20,000.06 and 15 % is 150,000.45.
    const changed = cellsChangedBy(world, world.signed(CAROL, settle(world, { feeUnits: 3n })));
    expect(changed).toEqual({
      [BOB]: encodeAccount({ ...bob, balance: bob.balance + 1_000_003n - 20_000n - 150_000n + 500_001n }),
      [CAROL]: encodeAccount({ ...carol, nonce: carol.nonce + 1n, balance: carol.balance + 70_007n - 3n }),
      [MODEL]: encodeModel({ ...model, revenue: model.revenue + 150_000n }),
      [SUBMITTED_TASK]: encodeTask({ ...task, phase: TASK_PHASE.accepted }),
    });
    expect(world.batch).toMatchObject({ treasuryUnits: 20_000n, feeUnits: 3n });
    const [operator, treasury] = [world.account(OPERATOR).balance, world.account(TREASURY).balance];
    world.nextBatch();
    expect(world.account(OPERATOR).balance).toBe(operator + 3n);
    expect(world.account(TREASURY).balance).toBe(treasury + 20_000n);
  });

  it("rejecting returns the reward, pays the verifier its fee, and nobody but the treasury gets the bond", () => {
    const world = ledgerWorld();
    const [task, alice, carol] = [world.task(SUBMITTED_TASK), world.account(ALICE), world.account(CAROL)];
    expect(cellsChangedBy(world, world.signed(CAROL, settle(world, { param: 0n })))).toEqual({
      [ALICE]: encodeAccount({ ...alice, balance: alice.balance + 1_000_003n }),
      [CAROL]: encodeAccount({ ...carol, nonce: carol.nonce + 1n, balance: carol.balance + 70_007n }),
      [SUBMITTED_TASK]: encodeTask({ ...task, phase: TASK_PHASE.rejected }),
    });
    expect(world.batch.treasuryUnits).toBe(500_001n);
  });

  it("splits by the rates and the model that were fixed at posting", () => {
    const world = ledgerWorld();
    const changed = { ...world.model(MODEL), share: 9_000n, status: MODEL_STATUS.retired, price: 1n << 40n };
    world.ledger.tree.setCell(MODEL, encodeModel(changed));
    const { revenue } = world.model(MODEL);
    world.apply(world.signed(CAROL, settle(world)));
    expect(world.model(MODEL).revenue).toBe(revenue + 150_000n);
  });

  it.each([ALICE, BOB, DAVE])("is refused from cell %d, which is not the verifier", (sender) => {
    const world = ledgerWorld();
    for (const param of [0n, 1n]) {
      expectRefused(world, world.signed(sender, settle(world, { sender, param })), "wrong-role", {
        expected: String(CAROL),
        actual: String(sender),
      });
    }
  });

  it("is valid in the last second of the window and refused after it", () => {
    const { submittedAt, terms } = ledgerWorld().task(SUBMITTED_TASK);
    const end = submittedAt + terms.window;
    const last = worldAt(end - 1n);
    expect(last.apply(last.signed(CAROL, settle(last))).valid).toBe(true);
    for (const param of [0n, 1n]) {
      const over = worldAt(end);
      expectRefused(over, over.signed(CAROL, settle(over, { param })), "too-late", { actual: String(end) });
    }
  });

  it("is refused with a verdict of 2, or for another result than the task holds", () => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(CAROL, settle(world, { param: 2n })), "out-of-range", { actual: "2" });
    const { content } = world.task(SUBMITTED_TASK);
    expectRefused(world, world.signed(CAROL, settle(world, { w3: content + 1n })), "stale-content");
  });

  it("cannot be done twice", () => {
    const world = ledgerWorld();
    const { content } = world.task(SUBMITTED_TASK);
    world.apply(world.signed(CAROL, settle(world)));
    for (const param of [0n, 1n]) {
      expectRefused(world, world.signed(CAROL, settle(world, { param, w3: content })), "wrong-phase");
    }
  });
});

describe.each([
  ["claimTask", BOB, TASK_PHASE.open],
  ["submitResult", BOB, TASK_PHASE.claimed],
  ["settleTask", CAROL, TASK_PHASE.submitted],
] as const)("%s", (kind, sender, phase) => {
  const others = Object.values(TASK_PHASE).filter((other) => other !== phase);

  it.each(others)("is refused in phase %d", (other) => {
    const world = ledgerWorld();
    const task = { ...world.task(SUBMITTED_TASK), phase: other };
    world.ledger.tree.setCell(SUBMITTED_TASK, encodeTask(task));
    const parts = { object: SUBMITTED_TASK, w3: kind === "claimTask" ? 0n : task.content };
    expectRefused(world, world.signed(sender, { kind, ...parts }), "wrong-phase", {
      expected: String(phase),
      actual: String(other),
    });
  });

  it.each([
    ["an empty cell", 400, "unknown-task"],
    ["cell 0", 0, "unknown-task"],
    ["a cell that aliases a task modulo the tree", 512 + SUBMITTED_TASK, "unknown-task"],
    ["an account", ALICE, "wrong-tag"],
    ["the sender's own account", sender, "wrong-tag"],
    ["a model", MODEL, "wrong-tag"],
  ] as const)("is refused for %s", (_, object, code) => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(sender, { kind, object }), code);
  });
});

describe("one account in all roles", () => {
  const roles = [ALICE, 1, 2, 3, 4];
  it.each(roles)("cell %d as requester, worker and verifier loses only what the treasury cuts", (who) => {
    for (const [param, cut] of [
      [1n, 20_000n],
      [0n, 500_001n],
    ] as const) {
      const world = ledgerWorld();
      world.ledger.tree.setCell(who, encodeAccount({ ...world.account(who), balance: 5_000_000n }));
      const apply = (parts: Omit<OpParts, "sender">) => world.apply(world.signed(who, parts));
      apply({ kind: "postTask", ...world.taskWords({ verifier: who }), w3: 1n });
      apply({ kind: "claimTask", object: NEXT_CELL });
      apply({ kind: "submitResult", object: NEXT_CELL, w3: 2n });
      world.nextBatch(1n);
      apply({ kind: "settleTask", object: NEXT_CELL, param, w3: world.task(NEXT_CELL).content });
      world.nextBatch(1n);
      expect(world.account(who).balance).toBe(5_000_000n - (who === TREASURY ? 0n : cut));
    }
  });
});
