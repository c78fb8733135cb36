/** Ops from the queue that break exactly one condition of docs/LEDGER.md, section 3. */
import { type Cell, MODEL_STATUS, RESERVED_CELL, TASK_TERMS } from "../../state/ledger/cells.ts";
import type { OpParts } from "../../state/ledger/operation.ts";
import { pack } from "../../state/ledger/packing.ts";
import {
  ALICE,
  BOB,
  CAROL,
  CONTENT,
  type Edit,
  late,
  MANIFEST,
  MODEL,
  PRICE,
  posingAsModel,
  REWARD,
  replace,
  SHARE,
  TASK,
  withState,
} from "../support/forgery-world.ts";
import type { LedgerScenario } from "../support/ledger-scenario.ts";
import { type CaseBuilder, executed, failing } from "./catalogue.ts";
import {
  ALICES,
  claimed,
  closed,
  full,
  modelIn,
  OPS,
  open,
  silent,
  submitted,
  world,
} from "./catalogue-valid.ts";

const { gateway } = RESERVED_CELL;
const MINUS_ONE = 21888242871839275222246405745257275088548364400416034343698204186575808495616n;
const ADDRESS_TOO_LONG = 1n << 160n;
/** With y = 0: a point of order 4. */
const X_OF_ORDER_4 = 18930368022820495955728484915491405972470733850014661777449844430438130630919n;

const changed = (before: () => LedgerScenario, id: number, edit: Edit) => () => {
  const after = before();
  replace(after, id, edit);
  return after;
};
const head = (cell: Cell, f0: bigint): Cell => [f0, cell[1], cell[2], cell[3]];
/** Another tag on the same contents. */
const tagged =
  (tag: bigint): Edit =>
  (cell) =>
    head(cell, (cell[0] & ~0xffn) | tag);

const but = (parts: OpParts, change: Partial<OpParts>) => () => ({ ...parts, ...change });
const status = (value: bigint, share = SHARE): bigint => share | (value << 16n);

const PARTS: readonly CaseBuilder[] = [
  failing("sender unused", world, but(OPS.deposit(), { sender: ALICE })),
  failing("object unused", world, but(OPS.withdraw(), { object: BOB })),
  failing("fee unused", world, but(OPS.deposit(), { feeUnits: 1n })),
  failing("amount unused", open, but(OPS.claimTask(), { amountUnits: 1n })),
  failing("param unused", world, but(OPS.transfer(), { param: 1n })),
  failing("w1 unused", world, but(OPS.claimRevenue(), { w1: 1n })),
  failing("w2 unused", world, but(OPS.transfer(), { w2: 1n })),
  failing("w3 unused", world, but(OPS.transfer(), { w3: 1n })),
];

const SENDERS: readonly CaseBuilder[] = [
  failing("sender is no account", changed(world, ALICE, tagged(2n)), OPS.transfer),
  failing("sender is a task", changed(world, ALICE, tagged(3n)), OPS.withdraw),
  failing("sender is empty", world, but(OPS.transfer(), { sender: 63 })),
  failing("sender is 0", world, but(OPS.withdraw(), { sender: 0 })),
  failing("sender beyond the tree", world, but(OPS.withdraw(), { sender: 64 })),
  failing(
    "nonce is the last",
    changed(world, ALICE, (cell) => head(cell, cell[0] | (0xffffffffn << 8n))),
    OPS.transfer,
  ),
  failing("caller is not the sender", world, OPS.transfer, 0xbadn),
  failing("balance below the amount", world, but(OPS.withdraw(), { amountUnits: 10_000_001n })),
  failing(
    "balance below amount and fee",
    world,
    but(OPS.withdraw(), { amountUnits: 10_000_000n, feeUnits: 1n }),
  ),
  failing(
    "balance below the bond",
    changed(open, BOB, (cell) => head(cell, 1n)),
    OPS.claimTask,
  ),
  failing("balance below reward and verifier fee", world, (of) =>
    OPS.postTask(of, { reward: 9_999_999n, verifierFee: 2n }),
  ),
  ...[15n, 200n].map(
    (code): CaseBuilder => [
      `failing: kind ${code}`,
      () => {
        const before = world();
        return executed(before, { words: [code, 0n, 0n, 0n], caller: 0n, queuedAt: before.timeSeconds });
      },
    ],
  ),
];

const PAYMENTS: readonly CaseBuilder[] = [
  failing("deposit of nothing", world, but(OPS.deposit(), { amountUnits: 0n })),
  failing("deposit for address 0", world, but(OPS.deposit(), { w1: 0n })),
  failing("deposit for too long an address", world, but(OPS.deposit(), { w1: ADDRESS_TOO_LONG })),
  failing("deposit for a key off the curve", world, but(OPS.deposit(), { w2: 1n })),
  failing("deposit for a key of small order", world, but(OPS.deposit(), { w2: 0n, w3: MINUS_ONE })),
  failing("deposit for a key of order 4", world, but(OPS.deposit(), { w2: X_OF_ORDER_4, w3: 0n })),
  ...(
    [
      ["no account", changed(world, ALICE, tagged(2n)), {}],
      [
        "the gateway",
        changed(world, gateway, (cell) => [cell[0], ALICES.w1, ALICES.w2, ALICES.w3]),
        { object: gateway },
      ],
      ["another address", world, { w1: ALICES.w1 + 1n }],
      ["another x", world, { w2: MINUS_ONE - ALICES.w2 + 1n }],
      ["another y", world, { w3: MINUS_ONE - ALICES.w3 + 1n }],
    ] as const
  ).map(([what, before, change]) =>
    failing(
      `deposit into a full tree, to ${what}`,
      () => full(before()),
      but({ kind: "deposit", object: ALICE, amountUnits: 100n, ...ALICES }, change),
    ),
  ),
  failing("depositToEvm to another cell", world, but(OPS.depositToEvm(), { object: ALICE })),
  failing("depositToEvm of nothing", world, but(OPS.depositToEvm(), { amountUnits: 0n })),
  failing("depositToEvm for recipient 0", world, but(OPS.depositToEvm(), { w1: 0n })),
  failing("depositToEvm for too long a recipient", world, but(OPS.depositToEvm(), { w1: ADDRESS_TOO_LONG })),
  failing("transfer of nothing", world, but(OPS.transfer(), { amountUnits: 0n })),
  failing("transfer to a model", world, but(OPS.transfer(), { object: MODEL })),
  failing("transfer to an empty cell", world, but(OPS.transfer(), { object: 63 })),
  failing("transfer beyond the tree", world, but(OPS.transfer(), { object: 64 })),
  failing("transfer with too long a memo", world, but(OPS.transfer(), { w1: ADDRESS_TOO_LONG })),
  failing("transfer to the gateway for nobody", world, but(OPS.transfer(), { object: gateway })),
  failing("openAccount for address 0", world, but(OPS.openAccount(), { w1: 0n })),
  failing("openAccount for too long an address", world, but(OPS.openAccount(), { w1: ADDRESS_TOO_LONG })),
  failing("openAccount for a bad key", world, but(OPS.openAccount(), { w3: 1n })),
  failing("openAccount in a full tree", () => full(world()), but(OPS.openAccount(), { object: 63 })),
  failing("withdraw of nothing", world, but(OPS.withdraw(), { amountUnits: 0n })),
  failing("withdraw to too large a chain", world, but(OPS.withdraw(), { param: 256n })),
  failing("withdraw to nobody", world, but(OPS.withdraw(), { w1: 0n })),
  failing("withdraw to too long a recipient", world, but(OPS.withdraw(), { w1: ADDRESS_TOO_LONG })),
];

const MODELS: readonly CaseBuilder[] = [
  failing("registerModel with too large a share", world, but(OPS.registerModel(), { param: 9_801n })),
  failing("registerModel with a status", world, but(OPS.registerModel(), { param: status(1n, 70n) })),
  failing("registerModel in a full tree", () => full(world()), but(OPS.registerModel(), { object: 63 })),
  failing(
    "updateModel of no model",
    changed(world, BOB, posingAsModel),
    but(OPS.updateModel(), { object: BOB }),
  ),
  failing("updateModel of a retired one", modelIn(MODEL_STATUS.retired), OPS.updateModel),
  failing("updateModel with too large a share", world, but(OPS.updateModel(), { param: status(1n, 9_801n) })),
  failing("updateModel by a stranger", world, but(OPS.freeze(), { sender: BOB })),
  failing("updateModel by an owner to no status", world, but(OPS.updateModel(), { param: status(5n) })),
  failing("updateModel by an owner as governor", world, but(OPS.updateModel(), { param: status(3n) })),
  failing(
    "updateModel by an owner against the governor",
    modelIn(MODEL_STATUS.frozenByGovernor),
    but(OPS.updateModel(), { param: status(1n) }),
  ),
  failing(
    "updateModel by an owner that retires against the governor",
    modelIn(MODEL_STATUS.frozenByGovernor),
    but(OPS.updateModel(), { param: status(4n) }),
  ),
  failing(
    "updateModel by an owner that freezes against the governor",
    modelIn(MODEL_STATUS.frozenByGovernor),
    but(OPS.updateModel(), { param: status(2n) }),
  ),
  failing("updateModel by a governor that retires", world, but(OPS.freeze(), { param: 4n << 16n })),
  failing("updateModel by a governor with a price", world, but(OPS.freeze(), { amountUnits: PRICE })),
  failing("updateModel by a governor with a share", world, but(OPS.freeze(), { param: status(3n) })),
  failing("updateModel by a governor with a manifest", world, but(OPS.freeze(), { w3: MANIFEST })),
  failing("claimRevenue by a stranger", world, but(OPS.claimRevenue(), { sender: BOB })),
  failing(
    "claimRevenue of no model",
    changed(world, BOB, posingAsModel),
    but(OPS.claimRevenue(), { object: BOB }),
  ),
];

const preset = (part: "requester" | "nonce" | "treasuryRate") => (of: LedgerScenario) => {
  const parts = OPS.postTask(of);
  return { ...parts, w1: (parts.w1 as bigint) | pack(TASK_TERMS, { [part]: 1n }) };
};

const POSTS: readonly CaseBuilder[] = [
  failing("postTask verified by no account", world, (of) => OPS.postTask(of, { verifier: MODEL })),
  failing("postTask verified by nobody", world, (of) => OPS.postTask(of, { verifier: 0 })),
  ...(["requester", "nonce", "treasuryRate"] as const).map((part) =>
    failing(`postTask with a ${part} of its own`, world, preset(part)),
  ),
  failing("postTask with another share than its model's", world, (of) =>
    OPS.postTask(of, { share: SHARE + 1n }),
  ),
  failing("postTask without its model's share", world, (of) => OPS.postTask(of, { share: 0n })),
  failing("postTask with a share without a model", world, (of) => OPS.postTask(of, { model: 0, share: 1n })),
  failing("postTask of kind 0", world, (of) => OPS.postTask(of, { kind: 0n })),
  failing("postTask of kind 4", world, (of) => OPS.postTask(of, { kind: 4n })),
  failing("postTask with unknown flags", world, (of) => OPS.postTask(of, { flags: 2n })),
  failing("postTask with a past deadline", world, (of) => OPS.postTask(of, { deadline: of.timeSeconds })),
  failing("postTask without a window", world, (of) => OPS.postTask(of, { window: 0n })),
  failing(
    "postTask with an account as model",
    changed(world, BOB, (cell) => head(cell, 1n | (1n << 8n))),
    (of) => OPS.postTask(of, { model: BOB }),
  ),
  failing("postTask with an empty model", world, (of) => OPS.postTask(of, { model: 63 })),
  failing("postTask with a frozen model", modelIn(MODEL_STATUS.frozenByOwner), (of) => OPS.postTask(of)),
  failing("postTask below the price", world, (of) => OPS.postTask(of, { reward: PRICE - 1n })),
  failing(
    "postTask over an open task in a full tree",
    () => full(open()),
    (of) => ({
      ...OPS.postTask(of),
      object: TASK,
    }),
  ),
  failing(
    "postTask over what looks like a closed task in a full tree",
    () => full(changed(closed, TASK, tagged(2n))()),
    (of) => ({ ...OPS.postTask(of), object: TASK }),
  ),
];

const late_ =
  <T extends LedgerScenario>(before: () => T) =>
  () =>
    late(before());

const TASKS: readonly CaseBuilder[] = [
  failing("claimTask of no task", changed(open, TASK, tagged(2n)), OPS.claimTask),
  failing("claimTask of a claimed task", claimed, OPS.claimTask),
  failing("claimTask after the deadline", late_(open), OPS.claimTask),
  failing("claimTask of other content", open, but(OPS.claimTask(), { w3: CONTENT + 1n })),
  failing("claimTask that no account verifies", changed(open, CAROL, tagged(2n)), OPS.claimTask),
  failing("submitResult of no task", changed(claimed, TASK, tagged(2n)), OPS.submitResult),
  failing(
    "submitResult of an open task",
    changed(open, TASK, withState({ worker: BigInt(BOB) })),
    OPS.submitResult,
  ),
  failing("submitResult of a submitted task", submitted, OPS.submitResult),
  failing("submitResult by another", claimed, but(OPS.submitResult(), { sender: CAROL })),
  failing("submitResult after the deadline", late_(claimed), OPS.submitResult),
  failing("settleTask of no task", changed(submitted, TASK, tagged(2n)), () => OPS.settleTask()),
  failing("settleTask of a claimed task", claimed, () => OPS.settleTask()),
  failing("settleTask by another", submitted, but(OPS.settleTask(), { sender: ALICE })),
  failing("settleTask after the window", late_(submitted), () => OPS.settleTask()),
  failing("settleTask of other content", submitted, but(OPS.settleTask(), { w3: CONTENT + 1n })),
  failing("settleTask without a verdict", submitted, () => OPS.settleTask(2n)),
  failing("settleTask that pays no account", changed(submitted, BOB, tagged(2n)), () => OPS.settleTask()),
  failing("settleTask with no model", changed(submitted, MODEL, tagged(1n)), () => OPS.settleTask()),
  failing("drawTask of no task", changed(claimed, TASK, tagged(2n)), OPS.drawTask),
  failing("drawTask of a submitted task", submitted, OPS.drawTask),
  failing("drawTask by another", claimed, but(OPS.drawTask(), { sender: CAROL })),
  failing("drawTask of what was drawn", () => claimed(300_000n), OPS.drawTask),
  failing("drawTask of less than was drawn", () => claimed(300_001n), OPS.drawTask),
  failing("drawTask above the reward", claimed, but(OPS.drawTask(), { amountUnits: REWARD + 1n })),
  failing("drawTask whose fee is above a hundredth", claimed, but(OPS.drawTask(), { feeUnits: 2_911n })),
  failing("drawTask that pays no account", changed(claimed, BOB, tagged(2n)), OPS.drawTask),
  failing("drawTask with no model", changed(claimed, MODEL, tagged(1n)), OPS.drawTask),
  failing("expireTask of no task", changed(late_(open), TASK, tagged(2n)), OPS.expireTask),
  failing("expireTask of a closed task", late_(closed), OPS.expireTask),
  failing("expireTask before the deadline", open, OPS.expireTask),
  failing("expireTask while the window is open", submitted, OPS.expireTask),
  failing(
    "expireTask after the deadline, while the window is open",
    late_(() => submitted({ window: 1_000_000n })),
    OPS.expireTask,
  ),
  failing("expireTask that pays no account", changed(late_(open), ALICE, tagged(2n)), OPS.expireTask),
  failing("expireTask with no model", changed(silent, MODEL, tagged(1n)), OPS.expireTask),
  failing("expireTask of an empty cell", world, but(OPS.expireTask(), { object: 63 })),
];

const DEADLINE_UNIT = 1n << 152n;
const BOND_UNIT = 1n << 64n;

/** Ops on a task, queued for another one that had its cell. */
const OTHER_TASKS: readonly CaseBuilder[] = (
  [
    ["claimTask", open, OPS.claimTask],
    ["submitResult", claimed, OPS.submitResult],
    ["settleTask", submitted, OPS.settleTask],
    ["drawTask", claimed, OPS.drawTask],
    ["expireTask", late_(open), OPS.expireTask],
  ] as const
).flatMap(([kind, before, parts]) => {
  const naming = (what: string, identity: (terms: bigint, money: bigint) => Partial<OpParts>): CaseBuilder =>
    failing(
      `${kind} of a task with ${what}`,
      () => before(),
      (of) => ({ ...parts(), ...identity(of.ledger.cell(TASK)[1], of.ledger.cell(TASK)[2]) }),
    );
  return [
    naming("other terms", (terms) => ({ w1: terms + DEADLINE_UNIT })),
    naming("other money", (_, money) => ({ w2: money + BOND_UNIT })),
    naming("no terms", () => ({ w1: 0n })),
    naming("no money", () => ({ w2: 0n })),
    naming("no identity", () => ({ w1: 0n, w2: 0n })),
    // Equal differences of both words must not make up for each other.
    naming("terms and money that differ alike", (terms, money) => ({ w1: terms + 1n, w2: money - 1n })),
  ];
});

export const FAILING: readonly CaseBuilder[] = [
  ...PARTS,
  ...SENDERS,
  ...PAYMENTS,
  ...MODELS,
  ...POSTS,
  ...TASKS,
  ...OTHER_TASKS,
];
