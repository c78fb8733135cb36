/** Models, vouchers and ends of tasks: the circuit against the TypeScript ledger. */
import { beforeAll, describe, expect, it } from "vitest";
import { encodeAccount, MODEL_STATUS, RESERVED_CELL, TASK_PHASE } from "../../state/ledger/cells.ts";
import type { LedgerOp } from "../../state/ledger/operation.ts";
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
  PRICE_UNITS,
  SHARE,
  SUBMITTED_TASK,
} from "../support/ledger-world.ts";
import { expectProvable, expectProvableBatch } from "../support/provable-batch.ts";

const { operator, treasury, gateway, governor } = RESERVED_CELL;
const MOST_UNITS = (1n << 64n) - 1n;
let circuit: TestCircuit;

beforeAll(async () => {
  circuit = await TestCircuit.batch(BATCH_SIZES.test);
});

const expectBatch = (
  world: LedgerScenario,
  makers: readonly (() => LedgerOp)[],
  validity?: readonly boolean[],
): Promise<void> => expectProvableBatch(circuit, world, makers, validity);

const draw = (world: LedgerScenario, object: number, amountUnits: bigint, feeUnits = 0n) => {
  const sender = Number(world.task(object).terms.requester);
  return world.signed(
    sender,
    { kind: "drawTask", object, amountUnits, w3: amountUnits, feeUnits },
    { nonce: 0n },
  );
};

const expire = (world: LedgerScenario, object: number, sender = DAVE) =>
  world.signed(sender, { kind: "expireTask", object, feeUnits: 5n });

/** Brings a new task in the next cell into a phase, each step in a batch of its own. */
function posted(phase: bigint, sender: number, worker: number, task: PostedTask): LedgerScenario {
  const world = ledgerWorld();
  for (const id of [operator, treasury, gateway, governor]) {
    world.apply(world.signed(ALICE, { kind: "transfer", object: id, amountUnits: 10n ** 7n, w1: 1n }));
    world.nextBatch(0n);
  }
  const step = (op: LedgerOp): void => {
    world.apply(op);
    world.nextBatch(0n);
  };
  step(world.signed(sender, { kind: "postTask", ...world.taskWords(task), w3: 7n }));
  if (phase !== TASK_PHASE.open) step(world.signed(worker, { kind: "claimTask", object: NEXT_CELL }));
  if (phase === TASK_PHASE.submitted)
    step(world.signed(worker, { kind: "submitResult", object: NEXT_CELL, w3: 8n }));
  return world;
}

describe("vouchers", () => {
  it("are drawn one after the other, never twice, beside the requester's own ops and with what is left settled", async () => {
    const world = ledgerWorld();
    const { nonce, balance } = world.account(ALICE);
    const before = world.account(BOB).balance;
    const { reward, bond } = world.task(CLAIMED_TASK).money;
    const replayed = world.priority({
      kind: "drawTask",
      sender: ALICE,
      object: CLAIMED_TASK,
      amountUnits: 400_000n,
      w3: 400_000n,
    });
    await expectBatch(
      world,
      [
        () => draw(world, CLAIMED_TASK, 400_000n, 17n),
        () => replayed,
        () => world.signed(ALICE, { kind: "transfer", object: BOB, amountUnits: 1n }, { nonce }),
        () => draw(world, CLAIMED_TASK, 900_001n),
      ],
      [true, false, true, true],
    );
    expect(world.account(ALICE)).toMatchObject({ nonce: nonce + 1n, balance: balance - 1n });
    world.nextBatch(0n);
    const content = () => world.task(CLAIMED_TASK).content;
    await expectBatch(world, [
      () => world.signed(BOB, { kind: "submitResult", object: CLAIMED_TASK, w3: 8n }),
      () => world.signed(CAROL, { kind: "settleTask", object: CLAIMED_TASK, param: 1n, w3: content() }),
    ]);
    const cuts = [400_000n, 500_001n, reward - 900_001n].map((part) => part / 50n + (part * SHARE) / 10_000n);
    const cutsUnits = cuts.reduce((sum, cut) => sum + cut, 0n);
    expect(world.account(BOB).balance).toBe(before + 1n - 17n + reward + bond - cutsUnits);
  });

  it.each([1n, 0n])("leave nothing to the verdict %s when all is drawn", async (param) => {
    const world = ledgerWorld();
    const { reward } = world.task(CLAIMED_TASK).money;
    const content = () => world.task(CLAIMED_TASK).content;
    await expectBatch(world, [
      () => draw(world, CLAIMED_TASK, reward, 1n),
      () => world.signed(BOB, { kind: "submitResult", object: CLAIMED_TASK, w3: 8n }),
      () => world.signed(CAROL, { kind: "settleTask", object: CLAIMED_TASK, param, w3: content() }),
    ]);
  });

  it("do not hinder the reuse of their task's cell, and are worth nothing for the new task", async () => {
    const world = ledgerWorld();
    const voucher = { kind: "drawTask", object: CLAIMED_TASK, amountUnits: 300n, w3: 300n } as const;
    const forEver = { nonce: 0n, validUntil: (1n << 40n) - 1n };
    const old = world.signed(ALICE, voucher, forEver);
    const { input: shown } = batchOf(world, [old]);
    world.apply(draw(world, CLAIMED_TASK, 200n));
    world.nextBatch(10_000n);
    world.apply(expire(world, CLAIMED_TASK));
    world.nextBatch(0n);
    const words = world.taskWords({ verifier: CAROL });
    await expectBatch(
      world,
      [
        () => world.signed(ALICE, { kind: "postTask", object: CLAIMED_TASK, ...words, w3: 1n }),
        () => world.priority({ ...voucher, sender: ALICE }),
        () => world.signed(BOB, { kind: "claimTask", object: CLAIMED_TASK }),
        () => draw(world, CLAIMED_TASK, 1n),
      ],
      [true, false, true, true],
    );
    world.nextBatch(0n);
    expect(() => world.apply(old)).toThrow(expect.objectContaining({ code: "wrong-signature" }));
    const { input } = batchOf(world, [world.signed(ALICE, voucher, forEver)]);
    expect(await circuit.witness(input)).toBeDefined();
    await expect(circuit.witness({ ...input, authorizations: shown.authorizations })).rejects.toThrow();
  });

  it("cannot be shown under another nonce or for another amount", async () => {
    const world = ledgerWorld();
    const op = draw(world, CLAIMED_TASK, 400_000n);
    const { input } = batchOf(world, [op]);
    const { nonce } = world.account(ALICE);
    const voucher = { kind: "drawTask", object: CLAIMED_TASK, amountUnits: 400_000n, w3: 400_000n } as const;
    const { validUntil, signature } = world.signed(ALICE, voucher, { nonce }).authorization;
    const withNonce = [0n, validUntil, signature.r8x, signature.r8y, signature.s];
    const authorizations = [withNonce, ...input.authorizations.slice(1)];
    await expect(circuit.witness({ ...input, authorizations })).rejects.toThrow();
    const { input: more } = batchOf(world, [draw(world, CLAIMED_TASK, 400_001n)]);
    await expect(circuit.witness({ ...more, authorizations: input.authorizations })).rejects.toThrow();
  });
});

describe("models", () => {
  it("are changed, frozen and unfrozen by the governor, and pay their owner", async () => {
    const world = ledgerWorld();
    const { active, frozenByGovernor, retired } = MODEL_STATUS;
    const set = (sender: number, status: bigint) => () => {
      const { price, share, manifest } = world.model(MODEL);
      const isOwner = sender === DAVE;
      const param = (isOwner ? share : 0n) | (status << 16n);
      const terms = isOwner ? { amountUnits: price, w3: manifest } : {};
      const kept = { object: MODEL, param, ...terms };
      return world.signed(sender, { kind: "updateModel", ...kept, feeUnits: sender === DAVE ? 3n : 0n });
    };
    const all = { amountUnits: MOST_UNITS, param: 9_800n | (frozenByGovernor << 16n), w3: 77n };
    await expectBatch(world, [
      set(governor, frozenByGovernor),
      () => world.signed(DAVE, { kind: "updateModel", object: MODEL, ...all }),
      set(governor, active),
      () => world.signed(DAVE, { kind: "claimRevenue", object: MODEL, feeUnits: 1n }),
    ]);
    expect(world.model(MODEL)).toMatchObject({
      price: MOST_UNITS,
      share: 9_800n,
      status: active,
      revenue: 0n,
    });
    world.nextBatch(0n);
    const dear = {
      kind: "postTask",
      sender: ALICE,
      ...world.taskWords({ verifier: CAROL, model: MODEL }),
    } as const;
    await expectBatch(
      world,
      [
        () => world.priority({ ...dear, amountUnits: MOST_UNITS }),
        () => world.signed(DAVE, { kind: "claimRevenue", object: MODEL }),
        set(DAVE, retired),
        () => world.priority(dear),
      ],
      [false, true, true, false],
    );
  });

  it("may be the governor's own, and the operator's", async () => {
    for (const owner of [governor, operator]) {
      const world = posted(TASK_PHASE.open, ALICE, BOB, { verifier: CAROL });
      const model = { param: 50n, amountUnits: PRICE_UNITS, w3: 5n };
      world.apply(world.signed(owner, { kind: "registerModel", ...model }));
      world.nextBatch(0n);
      const object = world.ledger.cellCount - 1;
      const change = { ...model, object, param: 60n | (MODEL_STATUS.frozenByOwner << 16n) };
      await expectBatch(world, [
        () => world.signed(owner, { kind: "updateModel", ...change, feeUnits: 2n }),
        () => world.signed(owner, { kind: "claimRevenue", object, feeUnits: 2n }),
      ]);
    }
  });
});

describe("ends of tasks", () => {
  const ends: [string, bigint, bigint, number | undefined, bigint][] = [
    ["an open task", TASK_PHASE.open, 0n, MODEL, TASK_PHASE.refunded],
    ["a claimed task", TASK_PHASE.claimed, 1n, MODEL, TASK_PHASE.refunded],
    ["a submitted task whose silence rejects", TASK_PHASE.submitted, 0n, MODEL, TASK_PHASE.refunded],
    ["a submitted task whose silence accepts", TASK_PHASE.submitted, 1n, MODEL, TASK_PHASE.paidOnSilence],
    ["such a task without a model", TASK_PHASE.submitted, 1n, undefined, TASK_PHASE.paidOnSilence],
  ];

  it.each(ends)("are proven for %s, by anyone", async (_, phase, flags, model, end) => {
    const task = { verifier: CAROL, flags, ...(model === undefined ? {} : { model }) };
    const world = posted(phase, ALICE, BOB, task);
    world.nextBatch(601n);
    await expectBatch(world, [() => expire(world, NEXT_CELL)]);
    expect(world.task(NEXT_CELL).phase).toBe(end);
  });

  it("pay out what vouchers have left", async () => {
    for (const [phase, flags] of [
      [TASK_PHASE.claimed, 0n],
      [TASK_PHASE.submitted, 1n],
    ] as const) {
      const world = posted(TASK_PHASE.claimed, ALICE, BOB, { verifier: CAROL, flags, model: MODEL });
      world.apply(draw(world, NEXT_CELL, 400_001n));
      world.nextBatch(0n);
      if (phase === TASK_PHASE.submitted) {
        world.apply(world.signed(BOB, { kind: "submitResult", object: NEXT_CELL, w3: 8n }));
        world.nextBatch(0n);
      }
      world.nextBatch(601n);
      const again = { kind: "expireTask", sender: BOB, object: NEXT_CELL } as const;
      await expectBatch(world, [() => expire(world, NEXT_CELL), () => world.priority(again)], [true, false]);
    }
  });
});

describe("one account in several roles", () => {
  const parties = [
    ["one account in every role", ALICE, ALICE],
    ["the treasury as the worker", ALICE, treasury],
    ["the treasury as the requester", treasury, BOB],
    ["the operator in every role", operator, operator],
    ["the gateway as the worker", ALICE, gateway],
  ] as const;

  it.each(parties)("proves vouchers and silence with %s", async (_, requester, worker) => {
    const task = { verifier: requester, flags: 1n, model: MODEL };
    const world = posted(TASK_PHASE.claimed, requester, worker, task);
    await expectBatch(world, [
      () => draw(world, NEXT_CELL, 77_777n, 9n),
      () => draw(world, NEXT_CELL, 400_000n),
      () => world.signed(worker, { kind: "submitResult", object: NEXT_CELL, w3: 8n }),
    ]);
    world.nextBatch(601n);
    await expectBatch(world, [() => expire(world, NEXT_CELL, worker)]);
    expect(world.task(NEXT_CELL).phase).toBe(TASK_PHASE.paidOnSilence);
  });

  it.each(parties)("proves a refund with %s", async (_, requester, worker) => {
    const world = posted(TASK_PHASE.claimed, requester, worker, { verifier: worker });
    world.nextBatch(601n);
    await expectBatch(world, [() => expire(world, NEXT_CELL, requester)]);
  });
});

describe("queued ops on any cell", () => {
  const kinds = ["updateModel", "claimRevenue", "drawTask", "expireTask"] as const;
  const cells = [0, ALICE, MODEL, OPEN_TASK, CLAIMED_TASK, SUBMITTED_TASK, CLOSED_TASK, NEXT_CELL, 0xffffff];

  it.each(kinds)("proves a %s, whatever it names", async (kind) => {
    const world = ledgerWorld();
    // As a task this account is claimed by account 0 and all of it is drawn; as a model it is the most expensive.
    const poison = { ...world.account(ALICE), nonce: (1n << 32n) - 254n, balance: MOST_UNITS };
    world.ledger.tree.setCell(ALICE, encodeAccount(poison));
    world.store.save(world.ledger.tree);
    const uses = { amountUnits: kind === "updateModel" || kind === "drawTask" ? MOST_UNITS : 0n };
    const op = (object: number) => world.priority({ kind, sender: ALICE, object, ...uses });
    for (let at = 0; at < cells.length; at += 3) {
      const before = world.fork();
      const ops = cells.slice(at, at + 3).map(op);
      for (const each of ops) expect(world.hasRoomFor(each)).toBe(true);
      await expectProvable(circuit, batchOf(before, ops));
    }
  });
});
