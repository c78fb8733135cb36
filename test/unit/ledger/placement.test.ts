import { describe, expect, it } from "vitest";
import { encodeTask, TASK_PHASE } from "../../../state/ledger/cells.ts";
import type { OpParts } from "../../../state/ledger/operation.ts";
import { expectRefused, ledgerErrorOf } from "../../support/ledger-expectations.ts";
import { actor, LedgerScenario } from "../../support/ledger-scenario.ts";
import {
  ALICE,
  CLAIMED_TASK,
  CLOSED_TASK,
  ledgerWorld,
  MODEL,
  NEXT_CELL,
  OPEN_TASK,
  SUBMITTED_TASK,
  validParts,
  validQueueParts,
} from "../../support/ledger-world.ts";

const CREATING = ["deposit", "openAccount", "registerModel", "postTask"] as const;
const CAPACITY = 512;

const partsOf = (world: LedgerScenario, kind: string, object: number): OpParts => ({
  ...((validParts(world)[kind] ?? validQueueParts()[kind]) as OpParts),
  object,
});

describe.each(CREATING)("%s", (kind) => {
  it("takes the next cell, and the count rises by one", () => {
    const world = ledgerWorld();
    expect(world.apply(world.priority(partsOf(world, kind, NEXT_CELL))).valid).toBe(true);
    expect(world.ledger.cellCount).toBe(NEXT_CELL + 1);
  });

  it.each([
    ["cell 0", 0],
    ["a reserved account", 3],
    ["an account", ALICE],
    ["a model", MODEL],
    ["an open task", OPEN_TASK],
    ["a claimed task", CLAIMED_TASK],
    ["a submitted task", SUBMITTED_TASK],
    ["the cell after the next", NEXT_CELL + 1],
    ["a cell beyond the tree", CAPACITY + NEXT_CELL],
  ])("has no place in %s, not even as a no-op", (_, object) => {
    const world = ledgerWorld();
    const error = ledgerErrorOf(() => world.apply(world.priority(partsOf(world, kind, object))));
    expect(error).toMatchObject({
      code: "wrong-placement",
      expected: String(NEXT_CELL),
      actual: String(object),
    });
    expect(world.batch.ops).toEqual([]);
    expect(world.ledger.cellCount).toBe(NEXT_CELL);
  });

  it("cannot be made to fail by the sequencer's choice of a cell", () => {
    const world = ledgerWorld();
    const parts = { ...partsOf(world, kind, MODEL), amountUnits: (1n << 64n) - 1n };
    expect(ledgerErrorOf(() => world.apply(world.priority(parts))).code).toBe("wrong-placement");
  });

  it("does not take a cell when it is an invalid priority op", () => {
    const world = ledgerWorld();
    const parts = { ...partsOf(world, kind, NEXT_CELL), w1: kind === "registerModel" ? 1n : 0n };
    expect(world.apply(world.priority(parts)).valid).toBe(false);
    expect(world.ledger.cellCount).toBe(NEXT_CELL);
    expect(world.ledger.cell(NEXT_CELL)).toEqual([0n, 0n, 0n, 0n]);
  });

  it("takes the very last cell, after which the tree is full", () => {
    const world = new LedgerScenario({ cellCount: CAPACITY - 3 });
    const alice = world.fund("alice", 10n ** 9n);
    world.fund("carol", 10n ** 9n);
    const parts = { ...partsOf(ledgerWorld(), kind, CAPACITY - 1) };
    if (parts.sender !== undefined) Object.assign(parts, { sender: alice });
    if (kind === "postTask") Object.assign(parts, world.taskWords({ verifier: CAPACITY - 2 }));
    expect(world.apply(world.priority(parts)).valid).toBe(true);
    expect(world.ledger.cellCount).toBe(CAPACITY);
    world.nextBatch();
    for (const object of [CAPACITY - 1, CAPACITY, 0, 1]) {
      const again = { ...parts, object, w1: (parts.w1 ?? 0n) + 1n };
      expectRefused(world, world.priority(again), "tree-full");
    }
  });
});

describe("a full tree", () => {
  function full() {
    const world = new LedgerScenario({ cellCount: CAPACITY - 2 });
    const alice = world.fund("alice", 10n ** 9n);
    world.apply(world.signed(alice, { kind: "postTask", ...world.taskWords({ verifier: alice }), w3: 1n }));
    world.nextBatch();
    return { world, alice, task: CAPACITY - 1 };
  }

  it("refunds a deposit that would need a cell", () => {
    const { world } = full();
    expectRefused(world, world.deposit(actor("erin"), 500n, CAPACITY), "tree-full");
    expect(world.withdrawnUnits).toBe(500n);
  });

  it("still credits deposits to accounts that exist", () => {
    const { world, alice } = full();
    const { balance } = world.account(alice);
    expect(world.apply(world.deposit(actor("alice"), 500n, alice)).valid).toBe(true);
    expect(world.account(alice).balance).toBe(balance + 500n);
  });

  it("still takes new tasks into closed ones, and not into open ones", () => {
    const { world, alice, task } = full();
    const parts = { kind: "postTask", ...world.taskWords({ verifier: alice }), w3: 2n } as const;
    expectRefused(world, world.signed(alice, { ...parts, object: task }), "tree-full");
    world.ledger.tree.setCell(task, encodeTask({ ...world.task(task), phase: TASK_PHASE.refunded }));
    expect(world.apply(world.signed(alice, { ...parts, object: task })).valid).toBe(true);
    expect(world.ledger.cellCount).toBe(CAPACITY);
  });
});

it.each([TASK_PHASE.accepted, TASK_PHASE.rejected, TASK_PHASE.refunded, TASK_PHASE.paidOnSilence])(
  "reuses the cell of a task in closed phase %d, for tasks only",
  (phase) => {
    const world = ledgerWorld();
    world.ledger.tree.setCell(CLOSED_TASK, encodeTask({ ...world.task(CLOSED_TASK), phase }));
    for (const kind of ["deposit", "openAccount", "registerModel"]) {
      const op = world.priority(partsOf(world, kind, CLOSED_TASK));
      expect(ledgerErrorOf(() => world.apply(op)).code).toBe("wrong-placement");
    }
    expect(world.apply(world.priority(partsOf(world, "postTask", CLOSED_TASK))).valid).toBe(true);
  },
);
