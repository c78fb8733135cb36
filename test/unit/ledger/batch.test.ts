import { describe, expect, it } from "vitest";
import { closeBatch, hasRoomFor, openBatch, withdrawalsOf } from "../../../state/ledger/batch.ts";
import { encodeTask } from "../../../state/ledger/cells.ts";
import { Ledger } from "../../../state/ledger/ledger.ts";
import type { OpParts } from "../../../state/ledger/operation.ts";
import { layout, pack, part, unpack } from "../../../state/ledger/packing.ts";
import { streamWords } from "../../../state/ledger/stream.ts";
import { actor, LedgerScenario } from "../../support/ledger-scenario.ts";
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
  validParts,
  validQueueParts,
} from "../../support/ledger-world.ts";

const transfer = (object: number): Omit<OpParts, "sender"> => ({ kind: "transfer", object, amountUnits: 1n });

describe("the cells of a batch", () => {
  const cellsOf: [string, number[]][] = [
    ["noop", []],
    ["deposit", [NEXT_CELL]],
    ["depositToEvm", [3]],
    ["transfer", [ALICE, BOB]],
    ["openAccount", [ALICE, NEXT_CELL]],
    ["withdraw", [ALICE]],
    ["registerModel", [ALICE, NEXT_CELL]],
    ["postTask", [ALICE, NEXT_CELL, CAROL, MODEL]],
    ["claimTask", [BOB, CAROL, OPEN_TASK]],
    ["submitResult", [BOB, CLAIMED_TASK]],
    ["settleTask", [CAROL, SUBMITTED_TASK, BOB, MODEL]],
    ["updateModel", [DAVE, MODEL]],
    ["claimRevenue", [DAVE, MODEL]],
    ["drawTask", [ALICE, CLAIMED_TASK, BOB, MODEL]],
    ["expireTask", [DAVE, OVERDUE_TASK, ALICE]],
  ];
  it.each(cellsOf)("are operator, treasury and those that %s names", (kind, ids) => {
    const world = ledgerWorld();
    world.apply(world.priority((validParts(world)[kind] ?? validQueueParts()[kind]) as OpParts));
    expect([...world.batch.cells].sort((a, b) => a - b)).toEqual([1, 2, ...ids].sort((a, b) => a - b));
  });

  it("are the requester's instead of worker's and model's when a task is rejected", () => {
    const world = ledgerWorld();
    world.apply(world.priority({ ...(validParts(world).settleTask as OpParts), param: 0n }));
    expect([...world.batch.cells]).toEqual([1, 2, CAROL, SUBMITTED_TASK, ALICE]);
  });

  it("are worker's and model's when silence pays, the requester's when it does not", () => {
    for (const [flags, cells] of [
      [1n, [BOB, MODEL]],
      [0n, [ALICE]],
    ] as const) {
      const world = ledgerWorld();
      const task = world.task(SUBMITTED_TASK);
      world.ledger.tree.setCell(SUBMITTED_TASK, encodeTask({ ...task, terms: { ...task.terms, flags } }));
      world.apply(world.priority({ kind: "expireTask", sender: DAVE, object: SUBMITTED_TASK }));
      expect([...world.batch.cells]).toEqual([1, 2, DAVE, SUBMITTED_TASK, ...cells]);
    }
  });

  it("include those of a priority op that is a no-op, because the circuit opens them", () => {
    const world = ledgerWorld();
    world.apply(world.priority({ kind: "transfer", sender: ALICE, object: 400, amountUnits: 1n }));
    expect([...world.batch.cells]).toEqual([1, 2, ALICE, 400]);
  });

  it("are none for codes without a kind, and for ids that no cell has", () => {
    const world = ledgerWorld();
    const { words, ...queued } = world.priority({ kind: "expireTask", sender: ALICE, object: OPEN_TASK });
    world.apply({ ...queued, words: [words[0] + 1n, words[1], words[2], words[3]] });
    world.apply(world.priority({ kind: "transfer", sender: 0, object: 512 + ALICE, amountUnits: 1n }));
    expect([...world.batch.cells]).toEqual([1, 2]);
  });
});

describe("room in a batch", () => {
  it("ends with the last op", () => {
    const world = ledgerWorld();
    for (let i = 0; i < world.size.maxOps; i++) {
      const op = world.signed(ALICE, transfer(BOB));
      expect(world.hasRoomFor(op)).toBe(true);
      world.apply(op);
    }
    expect(world.hasRoomFor(world.unsignedNoop())).toBe(false);
  });

  it("ends with the last cell, but not for ops on cells that are in it", () => {
    const world = ledgerWorld();
    world.apply(world.signed(ALICE, transfer(BOB)));
    world.apply(world.signed(CAROL, transfer(DAVE)));
    expect(world.batch.cells.size).toBe(6);
    const post = world.priority({ ...(validParts(world).postTask as OpParts) });
    expect(world.hasRoomFor(post)).toBe(true);
    world.apply(post);
    expect(world.batch.cells.size).toBe(8);
    expect(world.hasRoomFor(world.signed(BOB, transfer(DAVE)))).toBe(true);
    expect(world.hasRoomFor(world.signed(BOB, transfer(3)))).toBe(false);
    expect(world.hasRoomFor(world.signed(BOB, transfer(1)))).toBe(true);
  });

  it("counts a cell once that an op names twice", () => {
    const world = ledgerWorld();
    const size = { ...world.size, maxCells: 6 };
    world.apply(world.signed(ALICE, transfer(BOB)));
    world.apply(world.signed(ALICE, transfer(CAROL)));
    const self = world.signed(DAVE, transfer(DAVE));
    expect(hasRoomFor(world.batch, self, world.ledger, size)).toBe(true);
    expect(hasRoomFor(world.batch, world.signed(DAVE, transfer(4)), world.ledger, size)).toBe(false);
  });
});

describe("closing a batch", () => {
  it("credits the sum of the fees to the operator, even one that paid fees itself", () => {
    const world = ledgerWorld();
    world.fund("operator", 1_000n);
    const before = world.account(1).balance;
    world.apply(world.signed(1, { ...transfer(BOB), feeUnits: 10n }));
    world.apply(world.signed(ALICE, { ...transfer(BOB), feeUnits: 20n }));
    expect(world.account(1).balance).toBe(before - 11n);
    world.nextBatch();
    expect(world.account(1).balance).toBe(before - 11n + 30n);
  });

  it("changes nothing when there were no fees and no cuts", () => {
    const world = ledgerWorld();
    const root = world.ledger.root();
    closeBatch(world.ledger, world.batch);
    expect(world.ledger.root()).toBe(root);
  });

  it("does not let the operator spend this batch's fees within it", () => {
    const world = ledgerWorld();
    const { balance } = world.account(1);
    world.apply(world.signed(ALICE, { ...transfer(BOB), feeUnits: 20n }));
    const op = world.signed(1, { ...transfer(BOB), amountUnits: balance + 1n });
    expect(() => world.apply(op)).toThrowError(expect.objectContaining({ code: "insufficient-balance" }));
  });
});

describe("the order of ops", () => {
  it("lets an op use what an earlier one of the same batch made", () => {
    const world = ledgerWorld();
    world.apply(world.deposit(actor("erin"), 50n));
    world.apply(world.signed(NEXT_CELL, { ...transfer(BOB), amountUnits: 50n }));
    expect(world.account(NEXT_CELL)).toMatchObject({ balance: 0n, nonce: 1n });
  });

  it("names the withdrawals in the order of their ops, and pays on home what names no mirror", () => {
    const world = ledgerWorld();
    world.apply(world.signed(ALICE, { kind: "withdraw", amountUnits: 3n, w1: 30n }));
    world.apply(world.priority({ kind: "deposit", amountUnits: 4n, w1: 40n, w2: 1n, w3: 2n }));
    world.apply(world.priority({ kind: "withdraw", sender: ALICE, amountUnits: 1n << 60n, w1: 50n }));
    world.apply(world.signed(ALICE, { kind: "withdraw", amountUnits: 5n, w1: 60n, param: 2n }));
    world.apply(world.signed(ALICE, { kind: "withdraw", amountUnits: 6n, w1: 70n, param: 3n }));
    const ops = world.batch.ops.map(({ op, valid }) => ({ words: op.words, valid }));
    expect(withdrawalsOf(ops, 2)).toEqual([
      { chain: 0, recipient: 30n, units: 3n },
      { chain: 0, recipient: 40n, units: 4n },
      { chain: 2, recipient: 60n, units: 5n },
      { chain: 0, recipient: 70n, units: 6n },
    ]);
  });
});

it("goes on after a restart between two ops as if there had been none", () => {
  const [whole, cut] = [ledgerWorld(), ledgerWorld()];
  const first = whole.signed(ALICE, { ...transfer(BOB), feeUnits: 2n });
  const second = (world: LedgerScenario) => world.signed(BOB, { ...transfer(CAROL), feeUnits: 3n });
  for (const world of [whole, cut]) world.apply(first);
  cut.store.save(cut.ledger.tree);
  const reopened = new LedgerScenario({ size: cut.size });
  Object.assign(reopened, {
    ledger: new Ledger(cut.size, cut.store, cut.ledger.cellCount),
    batch: { ...cut.batch, ops: [...cut.batch.ops], cells: new Set(cut.batch.cells) },
  });
  for (const world of [whole, reopened]) {
    world.apply(second(world));
    world.nextBatch();
  }
  expect(reopened.ledger.root()).toBe(whole.ledger.root());
});

it("keeps nothing of an op that would push a balance beyond its 64 bits", () => {
  const world = ledgerWorld();
  const most = (1n << 64n) - 1n;
  const root = world.ledger.root();
  expect(() => world.apply(world.deposit(actor("alice"), most, ALICE))).toThrow("balance must fit 64 bits");
  expect(world.ledger.root()).toBe(root);
  expect(world.batch.ops).toEqual([]);
  expect([...world.batch.cells]).toEqual([1, 2]);
});

it("refuses a stream with more ops than the batch has", () => {
  const world = ledgerWorld();
  const op = { words: [0n, 0n, 0n, 0n] as const, valid: true };
  const batch = openBatch(world.ledger, 1n, 1n);
  const stream = {
    ...batch,
    domain: 1n,
    rootAfter: 1n,
    cellCountAfter: 5,
    blockHash: 0n,
    laneDataHash: 0n,
    ops: Array.from({ length: 5 }, () => op),
  };
  expect(() => streamWords(stream, world.size)).toThrow("at most 4 ops, got 5");
});

describe("layouts", () => {
  const pair = layout([
    ["low", 8],
    ["high", 16],
  ]);

  it("pack parts from the least significant bit and unpack them", () => {
    expect(pack(pair, { low: 0xabn, high: 0x1234n })).toBe(0x1234abn);
    expect(unpack(pair, 0x1234abn)).toEqual({ low: 0xabn, high: 0x1234n });
    expect(part(pair, 0xff1234abn, "high")).toBe(0x1234n);
  });

  it("name the part that does not fit", () => {
    expect(() => pack(pair, { low: 256n })).toThrow("low must fit 8 bits, is 256");
    expect(() => pack(pair, { high: -1n })).toThrow("high must fit 16 bits, is -1");
  });

  it("never exceed a field element", () => {
    expect(() => layout([["wide", 254]])).toThrow("254 bits");
  });
});
