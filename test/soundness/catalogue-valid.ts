/** Valid ops of every kind, from the queue and signed, and the cases in which one account has several roles. */
import { MODEL_STATUS, RESERVED_CELL, TASK_PHASE } from "../../state/ledger/cells.ts";
import type { OpParts } from "../../state/ledger/operation.ts";
import {
  ALICE,
  BOB,
  CAROL,
  CONTENT,
  DAVE,
  forgeryWorld,
  late,
  MANIFEST,
  MODEL,
  replace,
  SHARE,
  TASK,
  usedNonce,
  withModel,
  withState,
  withTask,
} from "../support/forgery-world.ts";
import { actor, type LedgerScenario, type PostedTask } from "../support/ledger-scenario.ts";
import { accepted, type CaseBuilder, executed, signed } from "./catalogue.ts";

const { gateway, governor, operator, treasury } = RESERVED_CELL;
export const NEXT = 10;
const START = forgeryWorld().timeSeconds;

const triple = (name: string) => {
  const { l1Address, publicKey } = actor(name);
  return { w1: l1Address, w2: publicKey.x, w3: publicKey.y };
};
export const ERIN = triple("erin");
export const ALICES = triple("alice");

type Sent = OpParts & { sender: number };
/** Alice and Bob have sent something before. */
export const world = () => {
  const before = forgeryWorld();
  for (const id of [ALICE, BOB]) replace(before, id, usedNonce);
  return before;
};
/** Task 10 with Dave's model, which Bob has claimed, ... */
export const open = () => withTask({}, { model: MODEL });
export const claimed = (drawn = 0n) => withTask({ phase: TASK_PHASE.claimed, drawn }, { model: MODEL });
export const submitted = (posted: Partial<PostedTask> = {}, drawn = 0n) =>
  withTask({ phase: TASK_PHASE.submitted, submittedAt: START, drawn }, { model: MODEL, ...posted });
export const closed = () => withTask({ phase: TASK_PHASE.accepted, drawn: 7n }, { model: MODEL });
export const silent = () => late(submitted({ flags: 1n }, 1_000n));
/** No cell was never used. */
export const full = (before: LedgerScenario) => {
  before.ledger.cellCount = 64;
  before.nextBatch(0n);
  return before;
};
export const modelIn = (status: bigint) => () => {
  const before = forgeryWorld();
  replace(before, MODEL, withModel({ status }));
  return before;
};
/** Alice is requester, worker and verifier. */
const alone = () => {
  const before = withTask({ phase: TASK_PHASE.submitted, submittedAt: START }, { verifier: ALICE });
  replace(before, TASK, withState({ worker: BigInt(ALICE) }));
  return before;
};

export const OPS = {
  transfer: (): Sent => ({ kind: "transfer", sender: ALICE, object: BOB, amountUnits: 100n }),
  openAccount: (): Sent => ({ kind: "openAccount", sender: ALICE, amountUnits: 100n, ...ERIN }),
  withdraw: (): Sent => ({ kind: "withdraw", sender: ALICE, amountUnits: 100n, param: 3n, w1: 0xabcn }),
  registerModel: (): Sent => ({ kind: "registerModel", sender: BOB, amountUnits: 9n, param: 70n, w3: 11n }),
  updateModel: (): Sent => ({
    kind: "updateModel",
    sender: DAVE,
    object: MODEL,
    amountUnits: 6n,
    param: (SHARE + 1n) | (MODEL_STATUS.frozenByOwner << 16n),
    w3: MANIFEST + 1n,
  }),
  freeze: (): Sent => ({
    kind: "updateModel",
    sender: governor,
    object: MODEL,
    param: MODEL_STATUS.frozenByGovernor << 16n,
  }),
  claimRevenue: (): Sent => ({ kind: "claimRevenue", sender: DAVE, object: MODEL }),
  postTask: (of: LedgerScenario, posted: Partial<PostedTask> = {}): Sent => ({
    kind: "postTask",
    sender: ALICE,
    ...of.taskWords({ verifier: CAROL, model: MODEL, ...posted }),
    w3: CONTENT,
  }),
  claimTask: (): Sent => ({ kind: "claimTask", sender: BOB, object: TASK }),
  submitResult: (): Sent => ({ kind: "submitResult", sender: BOB, object: TASK, w3: 12n }),
  settleTask: (param = 1n): Sent => ({ kind: "settleTask", sender: CAROL, object: TASK, param, w3: CONTENT }),
  drawTask: (): Sent => ({ kind: "drawTask", sender: ALICE, object: TASK, amountUnits: 300_000n, w3: 4n }),
  expireTask: (): Sent => ({ kind: "expireTask", sender: DAVE, object: TASK }),
  deposit: (): OpParts => ({ kind: "deposit", amountUnits: 100n, ...ERIN }),
  depositToEvm: (): OpParts => ({ kind: "depositToEvm", object: gateway, amountUnits: 100n, w1: 0xabcn }),
};

const everyKind: readonly [string, () => LedgerScenario, (of: LedgerScenario) => Sent][] = [
  ["transfer", world, OPS.transfer],
  ["openAccount", world, OPS.openAccount],
  ["withdraw", world, OPS.withdraw],
  ["registerModel", world, OPS.registerModel],
  ["updateModel", world, OPS.updateModel],
  ["updateModel by the governor", world, OPS.freeze],
  ["claimRevenue", world, OPS.claimRevenue],
  ["postTask", world, OPS.postTask],
  ["postTask without a model", world, (of) => OPS.postTask(of, { model: 0 })],
  ["postTask over a closed task", closed, (of) => ({ ...OPS.postTask(of), object: TASK })],
  ["claimTask", open, OPS.claimTask],
  ["submitResult", claimed, OPS.submitResult],
  ["settleTask, accepted", submitted, () => OPS.settleTask()],
  ["settleTask, rejected", submitted, () => OPS.settleTask(0n)],
  ["drawTask", () => claimed(1_000n), OPS.drawTask],
  ["expireTask, refunded while open", () => late(open()), OPS.expireTask],
  ["expireTask, refunded while claimed", () => late(claimed(50n)), OPS.expireTask],
  ["expireTask, paid on silence", silent, OPS.expireTask],
];

/** Ops that could touch other cells than they do, with these opened as well. */
const watched: readonly [string, () => LedgerScenario, (of: LedgerScenario) => Sent, readonly number[]][] = [
  ["expireTask, refunded after submission", () => late(submitted({ model: 0 })), OPS.expireTask, [BOB]],
  [
    "expireTask, paid on silence without a model",
    () => late(submitted({ flags: 1n, model: 0 })),
    OPS.expireTask,
    [ALICE],
  ],
  ["settleTask, rejected, beside the worker", () => submitted({ model: 0 }), () => OPS.settleTask(0n), [BOB]],
  [
    "settleTask, accepted, beside the requester",
    () => submitted({ model: 0 }),
    () => OPS.settleTask(),
    [ALICE],
  ],
  ["transfer beside a stranger", world, OPS.transfer, [CAROL]],
  ["noop beside a stranger", world, () => ({ kind: "noop", sender: 0 }), [CAROL]],
];

/** Cases of accounts in more roles than one, and of the reserved accounts. */
const aliases: readonly [string, () => LedgerScenario, (of: LedgerScenario) => Sent][] = [
  ["transfer to itself", world, () => ({ ...OPS.transfer(), object: ALICE })],
  ["transfer to the gateway", world, () => ({ ...OPS.transfer(), object: gateway, w1: 5n })],
  ["transfer to the operator", world, () => ({ ...OPS.transfer(), object: operator })],
  ["settleTask, of one who is everybody", alone, () => ({ ...OPS.settleTask(), sender: ALICE })],
  ["postTask that the treasury verifies", world, (of) => OPS.postTask(of, { verifier: treasury })],
  [
    "updateModel that a governor's freeze outlasts",
    modelIn(MODEL_STATUS.frozenByGovernor),
    () => ({
      ...OPS.updateModel(),
      param: SHARE | (MODEL_STATUS.frozenByGovernor << 16n),
    }),
  ],
  [
    "updateModel by the governor, unfreezing",
    modelIn(MODEL_STATUS.frozenByGovernor),
    () => ({
      ...OPS.freeze(),
      param: MODEL_STATUS.active << 16n,
    }),
  ],
  [
    "updateModel that retires",
    world,
    () => ({
      ...OPS.updateModel(),
      param: SHARE | (MODEL_STATUS.retired << 16n),
    }),
  ],
  [
    "updateModel back to active",
    modelIn(MODEL_STATUS.frozenByOwner),
    () => ({
      ...OPS.updateModel(),
      param: SHARE | (MODEL_STATUS.active << 16n),
    }),
  ],
  ["registerModel with the largest share", world, () => ({ ...OPS.registerModel(), param: 9_800n })],
  // 2 % of these leave a remainder on either side of the middle.
  ["settleTask with a large remainder", () => submitted({ reward: 1_000_091n }), () => OPS.settleTask()],
  ["settleTask with a small remainder", () => submitted({ reward: 1_000_051n }), () => OPS.settleTask()],
  ["settleTask of less than a cut", () => submitted({ model: 0, reward: 40n }), () => OPS.settleTask()],
  ["drawTask with a fee", () => claimed(), OPS.drawTask],
  ["settleTask after a draw", () => submitted({}, 400_000n), () => OPS.settleTask()],
];

/** The governor of these worlds has nothing to pay a fee with. */
const withFee = (parts: Sent): Sent => (parts.sender === governor ? parts : { ...parts, feeUnits: 13n });

export const VALID: readonly CaseBuilder[] = [
  ["signed: an empty batch", () => executed(world(), null)],
  ...everyKind.map(([name, before, parts]) => signed(name, before, (of) => withFee(parts(of)))),
  ...everyKind.map(([name, before, parts]) => accepted(name, before, parts)),
  ...aliases.map(([name, before, parts]) => accepted(name, before, (of) => withFee(parts(of)))),
  ...watched.map(([name, before, parts, cells]) => accepted(name, before, parts, cells)),
  // With a full tree, an op of any kind could be failed by a wrong place.
  ...everyKind
    .filter(([name]) => !/openAccount|registerModel|postTask$|without a model$/.test(name))
    .map(([name, before, parts]) => accepted(`${name}, in a full tree`, () => full(before()), parts)),
  accepted("depositToEvm in a full tree", () => full(world()), OPS.depositToEvm),
  accepted(
    "noop in a full tree",
    () => full(world()),
    () => ({ kind: "noop" }),
  ),
  accepted("deposit, new", world, OPS.deposit),
  accepted("deposit, known", world, () => ({ kind: "deposit", object: ALICE, amountUnits: 100n, ...ALICES })),
  accepted(
    "deposit, known, into a full tree",
    () => full(world()),
    () => ({
      kind: "deposit",
      object: ALICE,
      amountUnits: 100n,
      ...ALICES,
    }),
  ),
  accepted("depositToEvm", world, OPS.depositToEvm),
  accepted("noop", world, () => ({ kind: "noop" })),
];
