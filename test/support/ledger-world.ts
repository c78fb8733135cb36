import type { OpKind, OpParts } from "../../state/ledger/operation.ts";
import { actor, LedgerScenario } from "./ledger-scenario.ts";

/** Cells of the world below. Alice asks, Bob works, Carol verifies, Dave owns the model and is a stranger to everything else. */
export const ALICE = 5;
export const BOB = 6;
export const CAROL = 7;
export const DAVE = 8;
export const MODEL = 9;
export const OPEN_TASK = 10;
export const CLAIMED_TASK = 11;
export const SUBMITTED_TASK = 12;
export const CLOSED_TASK = 13;
/** Open, with its deadline at the world's time. */
export const OVERDUE_TASK = 14;
export const NEXT_CELL = 15;

export const PRICE_UNITS = 1_000n;
export const SHARE = 1_500n;
export const FUNDS_UNITS = 1_000_000_000n;
/** What the closed task has brought the model: 15 % of 1,000,003 units. */
export const REVENUE_UNITS = 150_000n;

let built: LedgerScenario | undefined;

/** A ledger with one task in each phase, made by signed ops. Every call returns an own copy with an empty open batch. */
export function ledgerWorld(): LedgerScenario {
  built ??= build();
  return built.fork();
}

function build(): LedgerScenario {
  const world = new LedgerScenario();
  for (const name of ["alice", "bob", "carol", "dave"]) world.fund(name, FUNDS_UNITS);
  const sign = (sender: number, parts: Omit<OpParts, "sender">): void => {
    world.apply(world.signed(sender, parts));
    world.nextBatch(0n);
  };
  sign(DAVE, { kind: "registerModel", amountUnits: PRICE_UNITS, param: SHARE, w3: 900n });
  const task = world.taskWords({ verifier: CAROL, model: MODEL });
  for (let id = OPEN_TASK; id <= CLOSED_TASK; id++)
    sign(ALICE, { kind: "postTask", ...task, w3: BigInt(id) });
  for (const object of [CLAIMED_TASK, SUBMITTED_TASK, CLOSED_TASK]) sign(BOB, { kind: "claimTask", object });
  for (const object of [SUBMITTED_TASK, CLOSED_TASK]) sign(BOB, { kind: "submitResult", object, w3: 55n });
  const w3 = world.task(CLOSED_TASK).content;
  sign(CAROL, { kind: "settleTask", object: CLOSED_TASK, param: 1n, w3 });
  const deadline = world.timeSeconds + 1n;
  const overdue = world.taskWords({ verifier: CAROL, model: MODEL, deadline });
  sign(ALICE, { kind: "postTask", ...overdue, w3: BigInt(OVERDUE_TASK) });
  world.nextBatch(1n);
  return world;
}

/** One valid op of every executable kind that has a sender, in the world above. */
export function validParts(world: LedgerScenario): Record<string, OpParts & { sender: number }> {
  const { l1Address, publicKey } = actor("erin");
  const triple = { w1: l1Address, w2: publicKey.x, w3: publicKey.y };
  const content = world.task(SUBMITTED_TASK).content;
  return {
    transfer: { kind: "transfer", sender: ALICE, object: BOB, amountUnits: 100n },
    openAccount: { kind: "openAccount", sender: ALICE, object: NEXT_CELL, amountUnits: 100n, ...triple },
    withdraw: { kind: "withdraw", sender: ALICE, amountUnits: 100n, w1: 0xabcn },
    registerModel: { kind: "registerModel", sender: ALICE, object: NEXT_CELL, param: 10n, w3: 1n },
    updateModel: { kind: "updateModel", sender: DAVE, object: MODEL, param: SHARE | (1n << 16n), w3: 901n },
    claimRevenue: { kind: "claimRevenue", sender: DAVE, object: MODEL },
    postTask: {
      kind: "postTask",
      sender: ALICE,
      object: NEXT_CELL,
      ...world.taskWords({ verifier: CAROL, model: MODEL }),
      w3: 3n,
    },
    claimTask: { kind: "claimTask", sender: BOB, object: OPEN_TASK },
    submitResult: { kind: "submitResult", sender: BOB, object: CLAIMED_TASK, w3: 4n },
    settleTask: { kind: "settleTask", sender: CAROL, object: SUBMITTED_TASK, param: 1n, w3: content },
    drawTask: { kind: "drawTask", sender: ALICE, object: CLAIMED_TASK, amountUnits: 400_000n, w3: 5n },
    expireTask: { kind: "expireTask", sender: DAVE, object: OVERDUE_TASK },
  } satisfies Partial<Record<OpKind, OpParts>>;
}

/** One valid op of every kind that comes from the home queue only. */
export function validQueueParts(): Record<string, OpParts> {
  const { l1Address, publicKey } = actor("erin");
  return {
    noop: { kind: "noop" },
    deposit: {
      kind: "deposit",
      object: NEXT_CELL,
      amountUnits: 100n,
      w1: l1Address,
      w2: publicKey.x,
      w3: publicKey.y,
    },
    depositToEvm: { kind: "depositToEvm", object: 3, amountUnits: 100n, w1: 0xabcn },
  } satisfies Partial<Record<OpKind, OpParts>>;
}
