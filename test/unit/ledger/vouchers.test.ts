import { describe, expect, it } from "vitest";
import {
  encodeAccount,
  encodeModel,
  encodeTask,
  RESERVED_CELL,
  TASK_PHASE,
} from "../../../state/ledger/cells.ts";
import { type SignedOp, withFee, withObject } from "../../../state/ledger/operation.ts";
import { poseidon } from "../../../state/ledger/poseidon.ts";
import { cellsChangedBy, expectRefused } from "../../support/ledger-expectations.ts";
import { actor, type LedgerScenario, type SignOptions } from "../../support/ledger-scenario.ts";
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
  SUBMITTED_TASK,
} from "../../support/ledger-world.ts";

const REWARD = 1_000_003n;

/** A drawTask that the requester signs, unless another signs or another task is named. */
function voucher(
  world: LedgerScenario,
  amountUnits: bigint,
  more: { sender?: number; object?: number; feeUnits?: bigint; w3?: bigint } & SignOptions = {},
): SignedOp {
  const { sender = ALICE, object = CLAIMED_TASK, feeUnits = 0n, w3 = 66n, ...options } = more;
  return world.signed(sender, { kind: "drawTask", object, amountUnits, feeUnits, w3 }, options);
}

describe("drawTask", () => {
  it("pays worker, model and treasury their parts of what is new, and folds the receipts into the content", () => {
    const world = ledgerWorld();
    const [task, bob, model] = [world.task(CLAIMED_TASK), world.account(BOB), world.model(MODEL)];
    // 333,333 units: 2 % is 6,666.66 and 15 % is 49,999.95.
    expect(cellsChangedBy(world, voucher(world, 333_333n))).toEqual({
      [BOB]: encodeAccount({ ...bob, balance: bob.balance + 333_333n - 6_666n - 49_999n }),
      [MODEL]: encodeModel({ ...model, revenue: model.revenue + 49_999n }),
      [CLAIMED_TASK]: encodeTask({ ...task, drawn: 333_333n, content: poseidon([task.content, 66n]) }),
    });
    expect(world.batch).toMatchObject({ treasuryUnits: 6_666n, feeUnits: 0n });
  });

  it("takes the fee from the payout, to the operator, and nothing from the requester, who may have nothing", () => {
    const world = ledgerWorld();
    world.ledger.tree.setCell(ALICE, encodeAccount({ ...world.account(ALICE), balance: 0n }));
    const [alice, bob, operator] = [world.account(ALICE), world.account(BOB), world.account(1)];
    expect(world.apply(voucher(world, 100_000n, { feeUnits: 11n })).valid).toBe(true);
    expect(world.account(ALICE)).toEqual(alice);
    expect(world.account(BOB).balance).toBe(bob.balance + 100_000n - 2_000n - 15_000n - 11n);
    world.nextBatch();
    expect(world.account(1).balance).toBe(operator.balance + 11n);
  });

  it("takes a fee up to a hundredth of the worker's part, and not one unit more", () => {
    const world = ledgerWorld();
    // 1,000 units: 20 to the treasury, 150 to the model.
    const op = voucher(world, 1_000n, { maxFeeUnits: 1_000n });
    expectRefused(world, { ...op, words: withFee(op.words, 9n) }, "insufficient-balance", {
      expected: "900",
      actual: "830",
    });
    const { balance } = world.account(BOB);
    expect(world.apply({ ...op, words: withFee(op.words, 8n) }).valid).toBe(true);
    expect(world.account(BOB).balance).toBe(balance + 830n - 8n);
  });

  it("pays the difference to the amount before, and the last unit of the reward", () => {
    const world = ledgerWorld();
    const { balance } = world.account(BOB);
    world.apply(voucher(world, 400_000n));
    world.apply(voucher(world, REWARD));
    const [first, second] = [400_000n - 8_000n - 60_000n, 600_003n - 12_000n - 90_000n];
    expect(world.account(BOB).balance).toBe(balance + first + second);
    expect(world.task(CLAIMED_TASK).drawn).toBe(REWARD);
    expectRefused(world, voucher(world, REWARD), "amount-out-of-range");
  });

  it.each([0n, REWARD + 1n, (1n << 64n) - 1n])("is refused over %d units", (amountUnits) => {
    const world = ledgerWorld();
    expectRefused(world, voucher(world, amountUnits), "amount-out-of-range", {
      expected: `above 0, at most ${REWARD}`,
      actual: String(amountUnits),
    });
  });

  it("counts cuts of each draw, so that a single unit is all the worker's", () => {
    const world = ledgerWorld();
    const { balance } = world.account(BOB);
    world.apply(voucher(world, 1n));
    expect(world.account(BOB).balance).toBe(balance + 1n);
    expect(world.batch.treasuryUnits).toBe(0n);
  });

  it("leaves the rest to be settled or returned", () => {
    const world = ledgerWorld();
    world.apply(voucher(world, 400_000n));
    world.apply(world.signed(BOB, { kind: "submitResult", object: CLAIMED_TASK, w3: 4n }));
    world.nextBatch(0n);
    const accepted = world.fork();
    const { content } = world.task(CLAIMED_TASK);
    const settle = (param: bigint) =>
      ({ kind: "settleTask", object: CLAIMED_TASK, param, w3: content }) as const;
    const [alice, bob] = [world.account(ALICE).balance, world.account(BOB).balance];
    world.apply(world.signed(CAROL, settle(0n)));
    expect(world.account(ALICE).balance).toBe(alice + 600_003n);
    accepted.apply(accepted.signed(CAROL, settle(1n)));
    expect(accepted.account(BOB).balance).toBe(bob + 600_003n - 12_000n - 90_000n + 500_001n);
  });

  it("works without a model", () => {
    const world = ledgerWorld();
    world.apply(world.signed(ALICE, { kind: "postTask", ...world.taskWords({ verifier: CAROL }), w3: 1n }));
    world.apply(world.signed(BOB, { kind: "claimTask", object: NEXT_CELL }));
    const { balance } = world.account(BOB);
    world.apply(voucher(world, 100n, { object: NEXT_CELL }));
    expect(world.account(BOB).balance).toBe(balance + 98n);
  });

  it.each(Object.values(TASK_PHASE).filter((phase) => phase !== TASK_PHASE.claimed))(
    "is refused in phase %d",
    (phase) => {
      const world = ledgerWorld();
      world.ledger.tree.setCell(CLAIMED_TASK, encodeTask({ ...world.task(CLAIMED_TASK), phase }));
      expectRefused(world, voucher(world, 5n), "wrong-phase", { expected: "2", actual: String(phase) });
    },
  );

  it.each([
    ["an empty cell", 400, "unknown-task"],
    ["cell 0", 0, "unknown-task"],
    ["a cell that aliases the task modulo the tree", 512 + CLAIMED_TASK, "unknown-task"],
    ["the requester's account", ALICE, "wrong-tag"],
    ["a model", MODEL, "wrong-tag"],
  ] as const)("is refused for %s", (_, object, code) => {
    const world = ledgerWorld();
    expectRefused(world, voucher(world, 5n, { object }), code);
  });

  it("may still be drawn after the deadline, as long as nobody has expired the task", () => {
    const world = ledgerWorld();
    const { deadline } = world.task(CLAIMED_TASK).terms;
    world.nextBatch(deadline - world.timeSeconds);
    expect(world.apply(voucher(world, 5n)).valid).toBe(true);
    world.apply(world.signed(DAVE, { kind: "expireTask", object: CLAIMED_TASK }));
    expectRefused(world, voucher(world, 6n), "wrong-phase");
  });
});

describe("a voucher", () => {
  it.each([BOB, CAROL, DAVE])("of cell %d, which is not the requester, is refused", (sender) => {
    const world = ledgerWorld();
    expectRefused(world, voucher(world, 5n, { sender }), "wrong-role", {
      expected: String(ALICE),
      actual: String(sender),
    });
  });

  it("that the worker signed itself in the requester's name is refused", () => {
    const world = ledgerWorld();
    expectRefused(world, voucher(world, REWARD, { key: actor("bob").key }), "wrong-signature");
  });

  it("cannot be drawn twice, nor a lower one after a higher one", () => {
    const world = ledgerWorld();
    const [low, high] = [voucher(world, 100n), voucher(world, 200n)];
    world.apply(high);
    for (const [op, amount] of [
      [high, "200"],
      [low, "100"],
    ] as const) {
      expectRefused(world, op, "amount-out-of-range", {
        expected: `above 200, at most ${REWARD}`,
        actual: amount,
      });
    }
  });

  it("is good in any order of rising amounts, over other ops of the requester and other receipts", () => {
    const world = ledgerWorld();
    const [low, high] = [voucher(world, 100n, { w3: 1n }), voucher(world, 200n, { w3: 2n })];
    world.apply(world.signed(ALICE, { kind: "transfer", object: BOB, amountUnits: 1n }));
    expect(world.apply(low).valid).toBe(true);
    expect(world.apply(high).valid).toBe(true);
    expect(world.task(CLAIMED_TASK).drawn).toBe(200n);
  });

  it("has the nonce 0, whatever the requester's is, and leaves that as it is", () => {
    const world = ledgerWorld();
    const { nonce } = world.account(ALICE);
    expect(nonce).toBeGreaterThan(1n);
    for (const other of [1n, nonce, nonce + 1n]) {
      expectRefused(world, voucher(world, 5n, { nonce: other }), "wrong-nonce", {
        expected: "0",
        actual: String(other),
      });
    }
    const next = world.signed(ALICE, { kind: "transfer", object: BOB, amountUnits: 1n });
    world.apply(voucher(world, 5n));
    expect(world.account(ALICE).nonce).toBe(nonce);
    expect(world.apply(next).valid).toBe(true);
  });

  it("is good when the requester's nonces are used up", () => {
    const world = ledgerWorld();
    world.ledger.tree.setCell(ALICE, encodeAccount({ ...world.account(ALICE), nonce: 0xffffffffn }));
    expect(world.apply(voucher(world, 5n)).valid).toBe(true);
    expect(world.account(ALICE).nonce).toBe(0xffffffffn);
  });

  it("of one task is not good for another of the same requester and worker", () => {
    const world = ledgerWorld();
    world.apply(world.signed(BOB, { kind: "claimTask", object: OPEN_TASK }));
    const op = voucher(world, 5n);
    expectRefused(world, { ...op, words: withObject(op.words, OPEN_TASK) }, "wrong-signature");
  });

  it("of a task is not good for the next task in its cell, with the same terms and worker", () => {
    const world = ledgerWorld();
    const post = () => {
      const words = world.taskWords({ verifier: CAROL, model: MODEL, deadline: world.timeSeconds + 9n });
      world.apply(world.signed(ALICE, { kind: "postTask", object: CLOSED_TASK, ...words, w3: 1n }));
      world.apply(world.signed(BOB, { kind: "claimTask", object: CLOSED_TASK }));
    };
    post();
    const op = voucher(world, 5n, { object: CLOSED_TASK });
    world.nextBatch(9n);
    world.apply(world.signed(DAVE, { kind: "expireTask", object: CLOSED_TASK }));
    post();
    world.nextBatch(0n);
    expectRefused(world, op, "wrong-signature");
  });

  it("for one worker is not good for another, nor before anyone has claimed", () => {
    const world = ledgerWorld();
    const op = voucher(world, 5n);
    const task = world.task(CLAIMED_TASK);
    world.ledger.tree.setCell(CLAIMED_TASK, encodeTask({ ...task, worker: BigInt(DAVE) }));
    expectRefused(world, op, "wrong-signature");
    const early = voucher(world, 5n, { object: OPEN_TASK });
    world.apply(world.signed(BOB, { kind: "claimTask", object: OPEN_TASK }));
    expectRefused(world, early, "wrong-signature");
  });

  it("is worth nothing after the worker has submitted", () => {
    const world = ledgerWorld();
    const op = voucher(world, 5n);
    world.apply(world.signed(BOB, { kind: "submitResult", object: CLAIMED_TASK, w3: 4n }));
    expectRefused(world, op, "wrong-phase", { expected: "2", actual: "3" });
    expectRefused(world, voucher(world, 5n, { object: SUBMITTED_TASK }), "wrong-phase");
  });

  it.each([
    ["amount", (w0: bigint) => w0 + (1n << 104n)],
    ["sender", (w0: bigint) => w0 + (1n << 8n)],
  ])("is refused after its %s was changed", (_, change) => {
    const world = ledgerWorld();
    const op = voucher(world, 5n);
    const [w0, w1, w2, w3] = op.words;
    expectRefused(world, { ...op, words: [change(w0), w1, w2, w3] }, "wrong-signature");
    expectRefused(world, { ...op, words: [w0, w1, w2, w3 + 1n] }, "wrong-signature");
  });
});

describe("drawTask from the queue", () => {
  const draw = { kind: "drawTask", sender: ALICE, object: CLAIMED_TASK, amountUnits: 9n, w3: 1n } as const;

  it("is the requester's to queue, and uses no nonce", () => {
    const world = ledgerWorld();
    const { nonce } = world.account(ALICE);
    expect(world.apply(world.priority(draw)).valid).toBe(true);
    expect(world.account(ALICE).nonce).toBe(nonce);
    expectRefused(world, world.priority(draw), "amount-out-of-range");
  });

  it("is a no-op from the worker, who has no voucher there", () => {
    const world = ledgerWorld();
    expectRefused(world, world.priority(draw, world.account(BOB).l1Address), "wrong-caller");
    expectRefused(world, world.priority({ ...draw, sender: BOB }), "wrong-role");
  });
});

describe("drawTask with one account in several roles", () => {
  const { operator, treasury, gateway, governor } = RESERVED_CELL;

  it.each([BOB, operator, treasury, gateway, governor])("pays cell %d as the worker, once", (worker) => {
    const world = ledgerWorld();
    const rich = { ...world.account(worker), balance: 10_000_000n };
    world.ledger.tree.setCell(worker, encodeAccount(rich));
    world.apply(world.signed(worker, { kind: "claimTask", object: OPEN_TASK }));
    world.nextBatch(0n);
    const { balance } = world.account(worker);
    world.apply(voucher(world, 100_000n, { object: OPEN_TASK, feeUnits: 10n }));
    world.nextBatch();
    const extra = (worker === operator ? 10n : 0n) + (worker === treasury ? 2_000n : 0n);
    expect(world.account(worker).balance).toBe(balance + 83_000n - 10n + extra);
  });

  it("pays a requester who is the worker as well", () => {
    const world = ledgerWorld();
    world.apply(world.signed(ALICE, { kind: "claimTask", object: OPEN_TASK }));
    const alice = world.account(ALICE);
    const changed = cellsChangedBy(world, voucher(world, 100_000n, { object: OPEN_TASK, feeUnits: 10n }));
    expect(changed[ALICE]).toEqual(encodeAccount({ ...alice, balance: alice.balance + 83_000n - 10n }));
  });
});
