/** Every condition of docs/LEDGER.md, section 3, by an op from the queue that breaks it and no other: its validity bit is 0. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  encodeAccount,
  encodeModel,
  MODEL_STATUS,
  RESERVED_CELL,
  TASK_TERMS,
} from "../../state/ledger/cells.ts";
import { RULES } from "../../state/ledger/kinds/index.ts";
import type { LedgerOp, OpParts } from "../../state/ledger/operation.ts";
import { pack } from "../../state/ledger/packing.ts";
import type { OpPart } from "../../state/ledger/rule.ts";
import { BATCH_SIZES } from "../../state/ledger/sizes.ts";
import { batchOf, TestCircuit } from "../support/batch-witness-check.ts";
import type { LedgerScenario, PostedTask } from "../support/ledger-scenario.ts";
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
  OVERDUE_TASK,
  PRICE_UNITS,
  SHARE,
  SUBMITTED_TASK,
  validParts,
  validQueueParts,
} from "../support/ledger-world.ts";

const OTHER_PARTS: Record<OpPart, Partial<OpParts>> = {
  sender: { sender: DAVE },
  object: { object: DAVE },
  fee: { feeUnits: 1n },
  amount: { amountUnits: 1n },
  param: { param: 1n },
  w1: { w1: 1n },
  w2: { w2: 1n },
  w3: { w3: 1n },
};
const ADDRESS_TOO_LONG = 1n << 160n;
const MINUS_ONE = 21888242871839275222246405745257275088548364400416034343698204186575808495616n;

let circuit: TestCircuit;

beforeAll(async () => {
  circuit = await TestCircuit.batch(BATCH_SIZES.test);
});

/** Puts ops into as few batches as they fit, and expects each batch to be provable with this bit for all of them. */
async function expectBits(world: LedgerScenario, ops: readonly LedgerOp[], valid: boolean): Promise<void> {
  const waiting = [...ops];
  while (waiting.length > 0) {
    const before = world.fork();
    const batch: LedgerOp[] = [];
    for (let op = waiting[0]; op !== undefined && world.hasRoomFor(op); op = waiting[0]) {
      world.apply(op);
      batch.push(op);
      waiting.shift();
    }
    const { trace, input } = batchOf(before, batch);
    const bits = trace.ops.map((each) => each.valid);
    expect(bits, JSON.stringify(batch, bigints)).toEqual(batch.map(() => valid));
    expect(circuit.system.violated(await circuit.witness(input))).toEqual([]);
    world.nextBatch(0n);
  }
}

const bigints = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

/** A valid op of a kind with some parts changed. */
function spoiled(world: LedgerScenario, kind: string, parts: Partial<OpParts>, caller?: bigint): LedgerOp {
  const valid = { ...validParts(world), ...validQueueParts() }[kind] as OpParts;
  return world.priority({ ...valid, ...parts }, caller);
}

/** A postTask with one term changed. */
function posting(world: LedgerScenario, task: Partial<PostedTask>, preset: bigint = 0n): LedgerOp {
  const words = world.taskWords({ verifier: CAROL, model: MODEL, ...task });
  return spoiled(world, "postTask", { w1: words.w1 | preset, w2: words.w2 });
}

const modelParam = (share: bigint, status: bigint): bigint => share | (status << 16n);

const expiring = (world: LedgerScenario, object: number): LedgerOp =>
  spoiled(world, "expireTask", { object });

describe("every condition decides the validity bit", () => {
  const kinds = [...RULES.keys()];

  it("every kind: parts that it does not use", async () => {
    const world = ledgerWorld();
    const ops = kinds.flatMap((kind) => {
      const used = RULES.get(kind)?.parts ?? [];
      const unused = (Object.keys(OTHER_PARTS) as OpPart[]).filter((part) => !used.includes(part));
      return unused.map((part) => spoiled(world, kind, OTHER_PARTS[part]));
    });
    expect(ops.length).toBeGreaterThan(2 * kinds.length);
    await expectBits(world, ops, false);
  });

  it("every kind with a sender: the sender, its caller, its nonce, its balance", async () => {
    const world = ledgerWorld();
    const spent = world.account(DAVE);
    world.ledger.tree.setCell(DAVE, encodeAccount({ ...spent, nonce: (1n << 32n) - 1n }));
    world.store.save(world.ledger.tree);
    await expectBits(
      world,
      [
        spoiled(world, "transfer", { sender: 0 }),
        spoiled(world, "transfer", { sender: MODEL }),
        spoiled(world, "transfer", { sender: OPEN_TASK }),
        spoiled(world, "transfer", { sender: NEXT_CELL }),
        spoiled(world, "transfer", { sender: 0xffffff }),
        spoiled(world, "withdraw", {}, 0xbadn),
        spoiled(world, "withdraw", { sender: DAVE }),
        spoiled(world, "transfer", { amountUnits: world.account(ALICE).balance + 1n }),
        spoiled(world, "transfer", { feeUnits: world.account(ALICE).balance }),
        spoiled(world, "withdraw", { amountUnits: (1n << 64n) - 1n }),
        spoiled(world, "openAccount", { amountUnits: world.account(ALICE).balance + 1n }),
        posting(world, { reward: world.account(ALICE).balance, verifierFee: 1n }),
        posting(world, { reward: (1n << 64n) - 1n, verifierFee: (1n << 64n) - 1n }),
      ],
      false,
    );
  });

  it("deposit, depositToEvm, transfer, openAccount, withdraw", async () => {
    const world = ledgerWorld();
    await expectBits(
      world,
      [
        spoiled(world, "deposit", { amountUnits: 0n }),
        spoiled(world, "deposit", { w1: 0n }),
        spoiled(world, "deposit", { w1: ADDRESS_TOO_LONG }),
        spoiled(world, "deposit", { w2: 1n }),
        spoiled(world, "deposit", { w2: 0n, w3: MINUS_ONE }),
        spoiled(world, "depositToEvm", { object: ALICE }),
        spoiled(world, "depositToEvm", { amountUnits: 0n }),
        spoiled(world, "depositToEvm", { w1: 0n }),
        spoiled(world, "depositToEvm", { w1: ADDRESS_TOO_LONG }),
        spoiled(world, "transfer", { amountUnits: 0n }),
        spoiled(world, "transfer", { object: MODEL }),
        spoiled(world, "transfer", { object: NEXT_CELL }),
        spoiled(world, "transfer", { object: 0 }),
        spoiled(world, "transfer", { w1: ADDRESS_TOO_LONG }),
        spoiled(world, "transfer", { object: 3, w1: 0n }),
        spoiled(world, "openAccount", { w1: 0n }),
        spoiled(world, "openAccount", { w1: ADDRESS_TOO_LONG }),
        spoiled(world, "openAccount", { w3: 1n }),
        spoiled(world, "openAccount", { w2: 0n, w3: 1n }),
        spoiled(world, "withdraw", { amountUnits: 0n }),
        spoiled(world, "withdraw", { param: 256n }),
        spoiled(world, "withdraw", { w1: 0n }),
        spoiled(world, "withdraw", { w1: ADDRESS_TOO_LONG }),
      ],
      false,
    );
  });

  it("registerModel, postTask", async () => {
    const world = ledgerWorld();
    const preset = (name: "requester" | "nonce" | "treasuryRate" | "share") =>
      pack(TASK_TERMS, { [name]: 1n });
    await expectBits(
      world,
      [
        spoiled(world, "registerModel", { param: 9_801n }),
        spoiled(world, "registerModel", { param: 1n << 16n }),
        posting(world, { verifier: 0 }),
        posting(world, { verifier: MODEL }),
        posting(world, { verifier: 0xffffff }),
        posting(world, { kind: 0n }),
        posting(world, { kind: 4n }),
        posting(world, { flags: 2n }),
        posting(world, { deadline: world.timeSeconds }),
        posting(world, { window: 0n }),
        posting(world, { model: ALICE }),
        posting(world, { model: NEXT_CELL }),
        posting(world, { model: 0xffffff }),
        posting(world, { reward: PRICE_UNITS - 1n }),
        posting(world, {}, preset("requester")),
        posting(world, {}, preset("nonce")),
        posting(world, {}, preset("treasuryRate")),
        posting(world, {}, preset("share")),
      ],
      false,
    );
  });

  it("updateModel by its owner, claimRevenue", async () => {
    const world = ledgerWorld();
    /** As a model this account is Dave's, is active and costs what the model costs. */
    const posing = { ...world.account(CAROL), nonce: BigInt(DAVE) << 24n, balance: PRICE_UNITS << 16n };
    world.ledger.tree.setCell(CAROL, encodeAccount(posing));
    world.store.save(world.ledger.tree);
    const update = (parts: Partial<OpParts>) => spoiled(world, "updateModel", parts);
    await expectBits(
      world,
      [
        update({ object: ALICE }),
        update({ object: CAROL }),
        update({ object: OPEN_TASK }),
        update({ object: NEXT_CELL }),
        update({ object: 0 }),
        update({ object: 0xffffff }),
        update({ sender: BOB }),
        update({ param: modelParam(9_801n, MODEL_STATUS.active) }),
        update({ param: modelParam(0xffffn, MODEL_STATUS.active) }),
        update({ param: modelParam(SHARE, 0n) }),
        update({ param: modelParam(SHARE, MODEL_STATUS.frozenByGovernor) }),
        update({ param: modelParam(SHARE, 5n) }),
        update({ param: modelParam(SHARE, 255n) }),
        spoiled(world, "claimRevenue", { object: CAROL }),
        spoiled(world, "claimRevenue", { object: OPEN_TASK }),
        spoiled(world, "claimRevenue", { object: NEXT_CELL }),
        spoiled(world, "claimRevenue", { sender: BOB }),
      ],
      false,
    );
  });

  it("updateModel by the governor, and of a model that is frozen or retired", async () => {
    const { active, frozenByOwner, frozenByGovernor, retired } = MODEL_STATUS;
    const inStatus = (status: bigint): LedgerScenario => {
      const world = ledgerWorld();
      world.ledger.tree.setCell(MODEL, encodeModel({ ...world.model(MODEL), status }));
      world.store.save(world.ledger.tree);
      return world;
    };
    const update = (world: LedgerScenario, sender: number, status: bigint, parts: Partial<OpParts> = {}) => {
      const { price, share, manifest } = world.model(MODEL);
      const byOwner = { amountUnits: price, param: modelParam(share, status), w3: manifest };
      const byGovernor = { amountUnits: 0n, param: modelParam(0n, status), w3: 0n };
      const kept = sender === DAVE ? byOwner : byGovernor;
      return spoiled(world, "updateModel", { sender, ...kept, ...parts });
    };
    const { governor } = RESERVED_CELL;
    const world = ledgerWorld();
    await expectBits(
      world,
      [
        update(world, governor, 0n),
        update(world, governor, frozenByOwner),
        update(world, governor, retired),
        update(world, governor, active, { amountUnits: PRICE_UNITS }),
        update(world, governor, active, { amountUnits: (1n << 64n) - 1n }),
        update(world, governor, active, { param: modelParam(SHARE, active) }),
        update(world, governor, active, { w3: world.model(MODEL).manifest }),
      ],
      false,
    );
    const frozen = inStatus(frozenByGovernor);
    const others = [active, frozenByOwner, retired].map((status) => update(frozen, DAVE, status));
    await expectBits(frozen, others, false);
    const kept = update(frozen, DAVE, frozenByGovernor, { amountUnits: 7n, w3: 8n });
    await expectBits(frozen, [kept, update(frozen, governor, active)], true);
    const ended = inStatus(retired);
    await expectBits(ended, [update(ended, DAVE, active), update(ended, governor, active)], false);
    const owned = inStatus(frozenByOwner);
    await expectBits(owned, [update(owned, governor, frozenByGovernor)], true);
  });

  it("drawTask", async () => {
    const world = ledgerWorld();
    const { reward } = world.task(CLAIMED_TASK).money;
    world.apply(spoiled(world, "drawTask", { amountUnits: 500n }));
    world.nextBatch(0n);
    // Of 10,000 units more the treasury takes 200, and the model 1,500.
    await expectBits(
      world,
      [
        ...[0, ALICE, MODEL, NEXT_CELL, 0xffffff].map((object) => spoiled(world, "drawTask", { object })),
        spoiled(world, "drawTask", { object: OPEN_TASK }),
        spoiled(world, "drawTask", { object: SUBMITTED_TASK }),
        spoiled(world, "drawTask", { object: CLOSED_TASK }),
        spoiled(world, "drawTask", { sender: BOB }),
        spoiled(world, "drawTask", { amountUnits: 0n }),
        spoiled(world, "drawTask", { amountUnits: 499n }),
        spoiled(world, "drawTask", { amountUnits: 500n }),
        spoiled(world, "drawTask", { amountUnits: reward + 1n }),
        spoiled(world, "drawTask", { amountUnits: (1n << 64n) - 1n }),
        spoiled(world, "drawTask", { amountUnits: 10_500n, feeUnits: 84n }),
        spoiled(world, "drawTask", { amountUnits: 10_500n, feeUnits: (1n << 48n) - 1n }),
      ],
      false,
    );
    const { nonce } = world.account(ALICE);
    await expectBits(world, [spoiled(world, "drawTask", { amountUnits: 10_500n, feeUnits: 83n })], true);
    await expectBits(world, [spoiled(world, "drawTask", { amountUnits: reward })], true);
    expect(world.account(ALICE).nonce).toBe(nonce);
  });

  it("drawTask of a requester that has neither nonces nor money left", async () => {
    const world = ledgerWorld();
    const spent = { ...world.account(ALICE), nonce: (1n << 32n) - 1n, balance: 0n };
    world.ledger.tree.setCell(ALICE, encodeAccount(spent));
    world.store.save(world.ledger.tree);
    await expectBits(world, [spoiled(world, "drawTask", { feeUnits: 9n })], true);
    await expectBits(world, [spoiled(world, "claimTask", { sender: ALICE })], false);
  });

  it("expireTask", async () => {
    const world = ledgerWorld();
    await expectBits(
      world,
      [0, ALICE, MODEL, NEXT_CELL, 0xffffff].map((object) => spoiled(world, "expireTask", { object })),
      false,
    );
    world.nextBatch(100_000n);
    await expectBits(world, [spoiled(world, "expireTask", { object: CLOSED_TASK })], false);
    const all = [OPEN_TASK, CLAIMED_TASK, SUBMITTED_TASK, OVERDUE_TASK];
    const ends = () => all.map((object) => spoiled(world, "expireTask", { object }));
    await expectBits(world, ends(), true);
    await expectBits(world, ends(), false);
  });

  it("claimTask, submitResult, settleTask", async () => {
    const world = ledgerWorld();
    await expectBits(
      world,
      [
        spoiled(world, "claimTask", { object: MODEL }),
        spoiled(world, "claimTask", { object: CLAIMED_TASK }),
        spoiled(world, "submitResult", { object: ALICE }),
        spoiled(world, "submitResult", { object: SUBMITTED_TASK }),
        spoiled(world, "submitResult", { sender: CAROL }),
        spoiled(world, "settleTask", { object: BOB }),
        spoiled(world, "settleTask", { object: CLAIMED_TASK, w3: world.task(CLAIMED_TASK).content }),
        spoiled(world, "settleTask", { sender: BOB }),
        spoiled(world, "settleTask", { param: 2n }),
        spoiled(world, "settleTask", { w3: 1n }),
      ],
      false,
    );
  });

  it("a bond that the worker cannot lock", async () => {
    const world = ledgerWorld();
    const { balance } = world.account(BOB);
    world.apply(world.signed(BOB, { kind: "transfer", object: DAVE, amountUnits: balance - 1n }));
    world.nextBatch(0n);
    await expectBits(world, [spoiled(world, "claimTask", {})], false);
  });

  it("the deadline and the window, to the second", async () => {
    const world = ledgerWorld();
    const { deadline, window } = world.task(SUBMITTED_TASK).terms;
    const closesAt = world.task(SUBMITTED_TASK).submittedAt + window;
    const at = (seconds: bigint): LedgerScenario => {
      const later = ledgerWorld();
      later.nextBatch(seconds - later.timeSeconds);
      return later;
    };
    const inTime = at(deadline - 1n);
    await expectBits(inTime, [expiring(inTime, OPEN_TASK), expiring(inTime, CLAIMED_TASK)], false);
    await expectBits(inTime, [spoiled(inTime, "claimTask", {}), spoiled(inTime, "submitResult", {})], true);
    const late = at(deadline);
    await expectBits(late, [spoiled(late, "claimTask", {}), spoiled(late, "submitResult", {})], false);
    await expectBits(late, [expiring(late, OPEN_TASK), expiring(late, CLAIMED_TASK)], true);
    const open = at(closesAt - 1n);
    await expectBits(open, [expiring(open, SUBMITTED_TASK)], false);
    await expectBits(open, [spoiled(open, "settleTask", {})], true);
    const closed = at(closesAt);
    await expectBits(closed, [spoiled(closed, "settleTask", {})], false);
    await expectBits(closed, [expiring(closed, SUBMITTED_TASK)], true);
  });

  it("a window that is open beyond the deadline", async () => {
    const world = ledgerWorld();
    const { deadline, window } = world.task(CLAIMED_TASK).terms;
    world.nextBatch(deadline - 1n - world.timeSeconds);
    world.apply(spoiled(world, "submitResult", {}));
    world.nextBatch(window - 1n);
    const verdict = (param: bigint) => {
      const { content } = world.task(CLAIMED_TASK);
      return spoiled(world, "settleTask", { object: CLAIMED_TASK, param, w3: content });
    };
    await expectBits(world, [expiring(world, CLAIMED_TASK)], false);
    await expectBits(world, [verdict(1n)], true);
  });

  it("the largest values that are allowed", async () => {
    const world = ledgerWorld();
    const { balance } = world.account(DAVE);
    const task = { deadline: world.timeSeconds + 1n, reward: PRICE_UNITS, window: 1n, flags: 1n, kind: 3n };
    await expectBits(world, [posting(world, task)], true);
    await expectBits(world, [spoiled(world, "transfer", { sender: DAVE, amountUnits: balance })], true);
    const other = ledgerWorld();
    await expectBits(other, [spoiled(other, "registerModel", { param: 9_800n })], true);
  });
});
