import { describe, expect, it } from "vitest";
import {
  encodeAccount,
  encodeModel,
  encodeTask,
  MODEL_STATUS,
  RESERVED_CELL,
} from "../../../state/ledger/cells.ts";
import type { OpParts } from "../../../state/ledger/operation.ts";
import { cellsChangedBy, expectRefused } from "../../support/ledger-expectations.ts";
import type { LedgerScenario } from "../../support/ledger-scenario.ts";
import {
  ALICE,
  BOB,
  DAVE,
  ledgerWorld,
  MODEL,
  NEXT_CELL,
  OPEN_TASK,
  PRICE_UNITS,
  REVENUE_UNITS,
  SHARE,
  SUBMITTED_TASK,
} from "../../support/ledger-world.ts";

const { governor } = RESERVED_CELL;
const { active, frozenByOwner, frozenByGovernor, retired } = MODEL_STATUS;
const statuses = Object.values(MODEL_STATUS);

const param = (share: bigint, status: bigint): bigint => share | (status << 16n);

/** The world with its model in a status, and owned by another if one is named. */
function worldWith(status: bigint, owner = DAVE): LedgerScenario {
  const world = ledgerWorld();
  const model = { ...world.model(MODEL), status, owner: BigInt(owner) };
  world.ledger.tree.setCell(MODEL, encodeModel(model));
  return world;
}

describe("updateModel by the owner", () => {
  const update = (status: bigint = active, parts: Partial<OpParts> = {}): OpParts => ({
    kind: "updateModel",
    sender: DAVE,
    object: MODEL,
    amountUnits: 7n,
    param: param(2_500n, status),
    w3: 901n,
    ...parts,
  });

  it("sets price, share, status and manifest, and touches neither serial, owner nor revenue", () => {
    const world = ledgerWorld();
    const [model, dave] = [world.model(MODEL), world.account(DAVE)];
    expect(cellsChangedBy(world, world.signed(DAVE, update(frozenByOwner, { feeUnits: 4n })))).toEqual({
      [DAVE]: encodeAccount({ ...dave, nonce: dave.nonce + 1n, balance: dave.balance - 4n }),
      [MODEL]: encodeModel({ ...model, price: 7n, share: 2_500n, status: frozenByOwner, manifest: 901n }),
    });
    expect(model.revenue).toBe(REVENUE_UNITS);
  });

  const allowedFrom: Record<string, readonly bigint[]> = {
    [`${active}`]: [active, frozenByOwner, retired],
    [`${frozenByOwner}`]: [active, frozenByOwner, retired],
    [`${frozenByGovernor}`]: [frozenByGovernor],
  };
  it.each([active, frozenByOwner, frozenByGovernor])(
    "leaves status %d for what the owner may set only",
    (from) => {
      for (const to of [0n, ...statuses, 5n, 255n]) {
        const world = worldWith(from);
        const op = world.signed(DAVE, update(to));
        if (allowedFrom[`${from}`]?.includes(to)) {
          expect(world.apply(op).valid).toBe(true);
          expect(world.model(MODEL).status).toBe(to);
        } else {
          const expected = allowedFrom[`${from}`]?.join(" or ") as string;
          expectRefused(world, op, "out-of-range", { expected, actual: String(to) });
        }
      }
    },
  );

  it("changes a frozen model's terms while it stays frozen", () => {
    const world = worldWith(frozenByGovernor);
    world.apply(world.signed(DAVE, update(frozenByGovernor)));
    expect(world.model(MODEL)).toMatchObject({ status: frozenByGovernor, price: 7n, manifest: 901n });
  });

  it("takes a share up to what the treasury leaves, and no more", () => {
    const world = ledgerWorld();
    expectRefused(
      world,
      world.signed(DAVE, update(active, { param: param(9_801n, active) })),
      "out-of-range",
      {
        expected: "share at most 9800",
        actual: "9801",
      },
    );
    const most = update(active, { param: param(9_800n, active) });
    expect(world.apply(world.signed(DAVE, most)).valid).toBe(true);
  });

  it("does not change the share of tasks that were posted before", () => {
    const world = ledgerWorld();
    world.apply(world.signed(DAVE, update()));
    expect(world.task(OPEN_TASK).terms.share).toBe(SHARE);
  });

  it("binds tasks that are posted after it", () => {
    const world = ledgerWorld();
    world.apply(world.signed(DAVE, update()));
    world.apply(
      world.signed(ALICE, { kind: "postTask", ...world.taskWords({ verifier: BOB, model: MODEL }) }),
    );
    expect(world.task(NEXT_CELL).terms.share).toBe(2_500n);
  });
});

describe("updateModel by the governor", () => {
  const decree = (status: bigint, parts: Partial<OpParts> = {}): OpParts => ({
    kind: "updateModel",
    sender: governor,
    object: MODEL,
    param: param(0n, status),
    ...parts,
  });

  it.each([active, frozenByOwner, frozenByGovernor])(
    "freezes and unfreezes a model of status %d, no more",
    (from) => {
      for (const to of [0n, ...statuses, 5n]) {
        const world = worldWith(from);
        const model = world.model(MODEL);
        const op = world.priority(decree(to));
        if (to === active || to === frozenByGovernor) {
          expect(world.apply(op).valid).toBe(true);
          expect(world.model(MODEL)).toEqual({ ...model, status: to });
        } else expectRefused(world, op, "out-of-range", { expected: "1 or 3", actual: String(to) });
      }
    },
  );

  it.each([
    ["price", { amountUnits: 7n }],
    ["share", { param: param(7n, frozenByGovernor) }],
    ["manifest", { w3: 7n }],
  ])("is refused if it names a %s", (_, parts) => {
    const world = ledgerWorld();
    const op = world.signed(governor, decree(frozenByGovernor, parts));
    expectRefused(world, op, "unused-part-set", { expected: "0", actual: "7" });
  });

  it("has an owner's rights over its own model, and cannot freeze it as governor", () => {
    const world = worldWith(active, governor);
    const own = decree(frozenByOwner, { amountUnits: 1n, w3: 4n });
    expect(world.apply(world.signed(governor, own)).valid).toBe(true);
    expect(world.model(MODEL)).toMatchObject({ status: frozenByOwner, price: 1n, manifest: 4n });
    expectRefused(world, world.signed(governor, decree(frozenByGovernor)), "out-of-range");
  });
});

describe("updateModel", () => {
  it.each([DAVE, governor])("is refused from cell %d once the model is retired, for ever", (sender) => {
    for (const status of statuses) {
      const world = worldWith(retired);
      const same = { amountUnits: PRICE_UNITS, param: param(SHARE, status), w3: world.model(MODEL).manifest };
      const op = world.signed(sender, { kind: "updateModel", object: MODEL, ...same });
      expectRefused(world, op, "model-not-active", { actual: String(retired) });
    }
  });

  it.each([ALICE, RESERVED_CELL.operator, RESERVED_CELL.treasury])(
    "is refused from cell %d, neither owner nor governor",
    (sender) => {
      const world = ledgerWorld();
      const parts = { object: MODEL, amountUnits: PRICE_UNITS, param: param(SHARE, active), w3: 900n };
      expectRefused(world, world.priority({ kind: "updateModel", sender, ...parts }), "wrong-role", {
        expected: `${DAVE} or ${governor}`,
        actual: String(sender),
      });
    },
  );
});

describe("claimRevenue", () => {
  const claim = { kind: "claimRevenue", object: MODEL } as const;

  it("moves the whole revenue to the owner and leaves the rest of the model as it is", () => {
    const world = ledgerWorld();
    const [model, dave] = [world.model(MODEL), world.account(DAVE)];
    expect(cellsChangedBy(world, world.signed(DAVE, { ...claim, feeUnits: 9n }))).toEqual({
      [DAVE]: encodeAccount({
        ...dave,
        nonce: dave.nonce + 1n,
        balance: dave.balance + REVENUE_UNITS - 9n,
      }),
      [MODEL]: encodeModel({ ...model, revenue: 0n }),
    });
  });

  it("pays nothing the second time", () => {
    const world = ledgerWorld();
    world.apply(world.signed(DAVE, claim));
    const { balance } = world.account(DAVE);
    expect(world.apply(world.signed(DAVE, claim)).valid).toBe(true);
    expect(world.account(DAVE).balance).toBe(balance);
  });

  it.each(statuses)("pays whatever the status is: %d", (status) => {
    const world = worldWith(status);
    const { balance } = world.account(DAVE);
    world.apply(world.signed(DAVE, claim));
    expect(world.account(DAVE).balance).toBe(balance + REVENUE_UNITS);
  });

  it.each([ALICE, governor])("is refused from cell %d, which does not own the model", (sender) => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(sender, claim), "wrong-role", {
      expected: String(DAVE),
      actual: String(sender),
    });
  });

  it.each(Object.values(RESERVED_CELL))("pays cell %d, which is reserved, if it is the owner", (owner) => {
    const world = worldWith(active, owner);
    const { balance } = world.account(owner);
    world.apply(world.signed(owner, claim));
    world.nextBatch();
    expect(world.account(owner).balance).toBe(balance + REVENUE_UNITS);
  });

  it("does not pay the fee out of the revenue: the sender must have it before", () => {
    const world = ledgerWorld();
    world.ledger.tree.setCell(DAVE, encodeAccount({ ...world.account(DAVE), balance: 0n }));
    expectRefused(world, world.signed(DAVE, { ...claim, feeUnits: 1n }), "insufficient-balance");
    expect(world.apply(world.signed(DAVE, claim)).valid).toBe(true);
    expect(world.account(DAVE).balance).toBe(REVENUE_UNITS);
  });

  it("leaves to the owner what a task brings after it", () => {
    const world = ledgerWorld();
    world.apply(world.signed(DAVE, claim));
    const task = world.task(SUBMITTED_TASK);
    const verifier = Number(task.terms.verifier);
    world.apply(
      world.signed(verifier, { kind: "settleTask", object: SUBMITTED_TASK, param: 1n, w3: task.content }),
    );
    expect(world.model(MODEL).revenue).toBe(REVENUE_UNITS);
    expect(encodeTask(world.task(SUBMITTED_TASK))).not.toEqual(encodeTask(task));
  });
});

describe.each(["updateModel", "claimRevenue"] as const)("%s", (kind) => {
  it.each([
    ["an empty cell", 400, "unknown-model"],
    ["cell 0", 0, "unknown-model"],
    ["a cell that aliases the model modulo the tree", 512 + MODEL, "unknown-model"],
    ["the sender's own account", DAVE, "wrong-tag"],
    ["a task", OPEN_TASK, "wrong-tag"],
  ] as const)("is refused for %s", (_, object, code) => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(DAVE, { kind, object }), code);
  });
});
