import { beforeAll, describe, expect, it } from "vitest";
import { BatchTooLargeError, batchCircuitInput } from "../../prover/batch-witness.ts";
import { RESERVED_CELL, TASK_PHASE } from "../../state/ledger/cells.ts";
import type { LedgerOp } from "../../state/ledger/operation.ts";
import { BATCH_SIZES, capacityOf } from "../../state/ledger/sizes.ts";
import { batchOf, TestCircuit } from "../support/batch-witness-check.ts";
import { actor, LedgerScenario } from "../support/ledger-scenario.ts";
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
  validParts,
  validQueueParts,
} from "../support/ledger-world.ts";
import { expectProvable, expectProvableBatch } from "../support/provable-batch.ts";
import { fillBatch } from "../support/random-ops.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const size = BATCH_SIZES.test;
const { operator, treasury, gateway } = RESERVED_CELL;
let circuit: TestCircuit;

beforeAll(async () => {
  circuit = await TestCircuit.batch(size);
});

const expectBatch = (
  world: LedgerScenario,
  makers: readonly (() => LedgerOp)[],
  validity?: readonly boolean[],
): Promise<void> => expectProvableBatch(circuit, world, makers, validity);

describe("a batch of every kind", () => {
  it("proves an empty batch", async () => {
    await expectBatch(ledgerWorld(), []);
  });

  it.each(Object.keys(validParts(ledgerWorld())))("proves a signed %s, with a fee", async (kind) => {
    const world = ledgerWorld();
    const { sender, ...parts } = validParts(world)[kind] as never as { sender: number; kind: "transfer" };
    await expectBatch(world, [() => world.signed(sender, { ...parts, feeUnits: 17n })]);
  });

  it.each(Object.keys(validParts(ledgerWorld())))("proves a queued %s, and a failed one", async (kind) => {
    const world = ledgerWorld();
    const parts = validParts(world)[kind] as never as { sender: number; kind: "transfer" };
    await expectBatch(
      world,
      [() => world.priority(parts, 0xbadn), () => world.priority(parts)],
      [false, true],
    );
  });

  it.each(Object.keys(validQueueParts()))("proves a queued %s", async (kind) => {
    const world = ledgerWorld();
    await expectBatch(world, [() => world.priority(validQueueParts()[kind] as never)]);
  });

  it("proves the whole life of a task, accepted, on one cell", async () => {
    const world = ledgerWorld();
    const content = () => world.task(CLOSED_TASK).content;
    const words = world.taskWords({ verifier: CAROL, model: MODEL });
    await expectBatch(world, [
      () => world.signed(ALICE, { kind: "postTask", object: CLOSED_TASK, ...words, w3: 7n, feeUnits: 1n }),
      () => world.signed(BOB, { kind: "claimTask", object: CLOSED_TASK, feeUnits: 2n }),
      () => world.signed(BOB, { kind: "submitResult", object: CLOSED_TASK, w3: 8n, feeUnits: 3n }),
      () => world.signed(CAROL, { kind: "settleTask", object: CLOSED_TASK, param: 1n, w3: content() }),
    ]);
    expect(world.task(CLOSED_TASK).phase).toBe(TASK_PHASE.accepted);
  });

  it("proves a rejected task without a model", async () => {
    const world = ledgerWorld();
    const content = () => world.task(NEXT_CELL).content;
    const words = world.taskWords({ verifier: CAROL });
    await expectBatch(world, [
      () => world.signed(ALICE, { kind: "postTask", ...words, w3: 7n }),
      () => world.signed(BOB, { kind: "claimTask", object: NEXT_CELL }),
      () => world.signed(BOB, { kind: "submitResult", object: NEXT_CELL, w3: 8n }),
      () => world.signed(CAROL, { kind: "settleTask", object: NEXT_CELL, param: 0n, w3: content() }),
    ]);
    expect(world.task(NEXT_CELL).phase).toBe(TASK_PHASE.rejected);
  });
});

describe("one account in several roles", () => {
  it("proves transfers from an account to itself", async () => {
    const world = ledgerWorld();
    const { balance } = world.account(ALICE);
    const pay = (amountUnits: bigint) => () =>
      world.signed(ALICE, { kind: "transfer", object: ALICE, amountUnits, feeUnits: 5n });
    await expectBatch(world, [pay(100n), pay(balance - 10n)]);
    expect(world.account(ALICE).balance).toBe(balance - 10n);
  });

  it.each([1n, 0n])("proves a task whose parties are one account, with the verdict %s", async (param) => {
    const world = ledgerWorld();
    const content = () => world.task(NEXT_CELL).content;
    const words = world.taskWords({ verifier: ALICE, model: MODEL });
    await expectBatch(world, [
      () => world.signed(ALICE, { kind: "postTask", ...words, w3: 7n, feeUnits: 11n }),
      () => world.signed(ALICE, { kind: "claimTask", object: NEXT_CELL, feeUnits: 12n }),
      () => world.signed(ALICE, { kind: "submitResult", object: NEXT_CELL, w3: 8n }),
      () => world.signed(ALICE, { kind: "settleTask", object: NEXT_CELL, param, w3: content() }),
    ]);
  });

  it.each([operator, treasury, gateway])(
    "proves a task whose parties are reserved account %s",
    async (id) => {
      const world = ledgerWorld();
      world.apply(world.signed(ALICE, { kind: "transfer", object: id, amountUnits: 10n ** 8n, w1: 1n }));
      world.nextBatch();
      const content = () => world.task(NEXT_CELL).content;
      const words = world.taskWords({ verifier: id });
      await expectBatch(world, [
        () => world.signed(id, { kind: "postTask", ...words, w3: 7n, feeUnits: 11n }),
        () => world.signed(id, { kind: "claimTask", object: NEXT_CELL, feeUnits: 12n }),
        () => world.signed(id, { kind: "submitResult", object: NEXT_CELL, w3: 8n }),
        () => world.signed(id, { kind: "settleTask", object: NEXT_CELL, param: 1n, w3: content() }),
      ]);
    },
  );
});

describe("priority ops that change nothing", () => {
  it("proves ops that name the wrong cells everywhere", async () => {
    const world = ledgerWorld();
    const { w1, w2 } = world.taskWords({ verifier: MODEL, model: ALICE });
    await expectBatch(
      world,
      [
        () => world.priority({ kind: "transfer", sender: MODEL, object: OPEN_TASK, amountUnits: 1n }),
        () => world.priority({ kind: "postTask", sender: OPEN_TASK, w1, w2, w3: 1n }),
        () => world.priority({ kind: "settleTask", sender: CLAIMED_TASK, object: SUBMITTED_TASK, param: 9n }),
        () => world.priority({ kind: "submitResult", sender: 0, object: 0 }),
      ],
      [false, false, false, false],
    );
  });

  it("proves ops whose every word is as large as the queue lets it be", async () => {
    const world = ledgerWorld();
    const w0 = (1n << 192n) - 1n - 255n;
    const [w1, w2, w3] = [(1n << 224n) - 1n, (1n << 192n) - 1n, (1n << 253n) - 1n];
    const op = (kind: bigint) => () => ({
      words: [w0 + kind, w1, w2, w3] as const,
      caller: (1n << 160n) - 1n,
      queuedAt: world.timeSeconds,
    });
    for (const kinds of [
      [3n, 12n, 11n, 255n],
      [7n, 8n, 13n, 14n],
    ])
      await expectBatch(world.fork(), kinds.map(op), [false, false, false, false]);
  });

  it("proves deposits under keys that no one can use", async () => {
    const world = ledgerWorld();
    const deposit = (w2: bigint, w3: bigint) => () =>
      world.priority({ kind: "deposit", object: NEXT_CELL, amountUnits: 5n, w1: 1n, w2, w3 });
    const minusOne = 21888242871839275222246405745257275088548364400416034343698204186575808495616n;
    await expectBatch(
      world,
      [deposit(0n, 1n), deposit(0n, minusOne), deposit(5n, 5n), deposit(0n, 0n)],
      [false, false, false, false],
    );
  });
});

describe("a full tree", () => {
  it("fills the last cell, then refuses to create and goes on with what exists", async () => {
    const world = new LedgerScenario({ cellCount: capacityOf(size) - 1 });
    world.apply(world.priority({ kind: "depositToEvm", object: gateway, amountUnits: 50n, w1: 1n }));
    world.nextBatch();
    await expectBatch(
      world,
      [
        () => world.deposit(actor("last"), 1_000n, capacityOf(size) - 1),
        () => world.deposit(actor("refunded"), 1_000n, 77),
        () => world.deposit(actor("last"), 1_000n, capacityOf(size) - 1),
        () => world.signed(gateway, { kind: "transfer", object: 511, amountUnits: 3n }),
      ],
      [true, false, true, true],
    );
    expect(world.ledger.cellCount).toBe(capacityOf(size));
  });
});

describe("random batches", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("agrees with the ledger on a random history, seed %i", async (seed) => {
    const random = new SeededRandom(seed);
    const world = seed === 8 ? new LedgerScenario({ cellCount: capacityOf(size) - 6 }) : ledgerWorld();
    if (seed === 8) for (const name of ["alice", "bob"]) world.fund(name, 10n ** 12n);
    for (let batch = 0; batch < 5; batch++) {
      const before = world.fork();
      const ops = fillBatch(world, random);
      const built = batchOf(before, ops);
      expect(built.trace.ops.map(({ valid }) => valid)).toEqual(world.batch.ops.map(({ valid }) => valid));
      await expectProvable(circuit, built);
      world.nextBatch(BigInt(random.below(200)));
    }
  });
});

describe("what the stream must not say", () => {
  const changed = async (index: number, change: (word: bigint) => bigint): Promise<void> => {
    const world = ledgerWorld();
    const transfer = world.signed(ALICE, { kind: "transfer", object: DAVE, amountUnits: 100n });
    const { trace, words } = batchOf(world, [transfer, world.priority({ kind: "transfer", sender: BOB })]);
    const forged = words.map((word, i) => (i === index ? change(word) : word));
    await expect(circuit.witness(batchCircuitInput(trace, forged, size))).rejects.toThrow();
  };

  it.each([
    ["another domain", 0, (word: bigint) => word + 1n],
    ["another root before", 3, (word: bigint) => word + 1n],
    ["another root after", 4, (word: bigint) => word + 1n],
    ["another cell count before", 5, (word: bigint) => word + 1n],
    ["another cell count after", 6, (word: bigint) => word + 1n],
    ["a time after the author's limit", 7, (word: bigint) => word + 10_000n],
    ["a time beyond 40 bits", 7, (word: bigint) => word + (1n << 40n)],
    ["a signed op as a priority op", 10, (word: bigint) => word ^ 1n],
    ["a priority op as a signed op", 10, (word: bigint) => word ^ 2n],
    ["a valid op as invalid", 11, (word: bigint) => word ^ 1n],
    ["an invalid op as valid", 11, (word: bigint) => word ^ 2n],
    ["another amount", 12, (word: bigint) => word + (1n << 104n)],
    ["a fee above the maximum", 12, (word: bigint) => word + (1n << 56n)],
    ["another memo", 13, (word: bigint) => word + 1n],
    ["a caller of a signed op", 28, (word: bigint) => word + 1n],
  ] as const)("refuses %s", async (_, index, change) => {
    await changed(index, change);
  });

  it("refuses a batch that does not fit its size", () => {
    const world = ledgerWorld();
    const { trace, words } = batchOf(world, [
      world.signed(ALICE, { kind: "transfer", object: DAVE, amountUnits: 1n }),
    ]);
    expect(() => batchCircuitInput(trace, words, { ...size, maxCells: 3 })).toThrow(BatchTooLargeError);
    expect(() => batchCircuitInput(trace, words, { ...size, maxOps: 0 })).toThrow(BatchTooLargeError);
    expect(() => batchCircuitInput(trace, words.slice(1), size)).toThrow(RangeError);
  });
});
