import {
  CELL_TAG,
  isClosedTask,
  MODEL_STATUS,
  RESERVED_CELL,
  TASK_PHASE,
  type Task,
  tagOf,
} from "../../state/ledger/cells.ts";
import { LedgerError } from "../../state/ledger/errors.ts";
import {
  isCreating,
  type LedgerOp,
  OP_CODE,
  type OpKind,
  type OpParts,
  type PriorityOp,
} from "../../state/ledger/operation.ts";
import { transitionOf } from "../../state/ledger/transition.ts";
import { actor, type LedgerScenario } from "./ledger-scenario.ts";
import type { SeededRandom } from "./seeded-random.ts";

const KINDS = Object.keys(OP_CODE) as OpKind[];
const CODES = 256;
const NEWCOMERS = 12;
const PROPOSALS_PER_OP = 60;
const MOST_UNITS = (1n << 64n) - 1n;

/** Points that are no usable keys: off the curve, neutral, of order 2, of order 4. */
const BAD_KEYS: readonly (readonly [bigint, bigint])[] = [
  [1n, 2n],
  [0n, 0n],
  [0n, 1n],
  [0n, 21888242871839275222246405745257275088548364400416034343698204186575808495616n],
];

type Proposal = OpParts & { sender?: number };

const cellsWithTag = (scenario: LedgerScenario, tag: bigint): number[] =>
  scenario.ids.filter((id) => tagOf(scenario.ledger.cell(id)) === tag);

/** Any account; a reserved one, or the sender itself, more often than by chance. */
function anyAccount(scenario: LedgerScenario, random: SeededRandom, sender = 0): number {
  if (sender !== 0 && random.chance(1, 3)) return sender;
  if (random.chance(1, 5)) return random.pick(Object.values(RESERVED_CELL));
  return random.pick(cellsWithTag(scenario, CELL_TAG.account));
}

function proposeDeposit(scenario: LedgerScenario, random: SeededRandom): Proposal {
  const amountUnits = random.between(1n, 10n ** 12n);
  if (random.chance(1, 5)) {
    return { kind: "depositToEvm", object: 3, amountUnits, w1: random.bits(160) | 1n };
  }
  if (random.chance(1, 2)) {
    const object = anyAccount(scenario, random);
    const { l1Address, pubX, pubY } = scenario.account(object);
    return { kind: "deposit", object, amountUnits, w1: l1Address, w2: pubX, w3: pubY };
  }
  const { l1Address, publicKey } = actor(`newcomer ${random.below(NEWCOMERS)}`);
  return { kind: "deposit", amountUnits, w1: l1Address, w2: publicKey.x, w3: publicKey.y };
}

function proposePayment(scenario: LedgerScenario, random: SeededRandom, sender: number): Proposal {
  const { balance } = scenario.account(sender);
  const amountUnits = random.chance(1, 8) ? balance : random.between(0n, balance / 3n + 1n);
  const roll = random.below(10);
  if (roll < 5) {
    const object = anyAccount(scenario, random, sender);
    return { kind: "transfer", sender, object, amountUnits, w1: random.bits(160) };
  }
  if (roll < 8) {
    const param = random.pick([0n, 1n, 2n, random.bits(8)]);
    return { kind: "withdraw", sender, amountUnits, param, w1: random.bits(160) };
  }
  const { l1Address, publicKey } = actor(`newcomer ${random.below(NEWCOMERS)}`);
  return { kind: "openAccount", sender, amountUnits, w1: l1Address, w2: publicKey.x, w3: publicKey.y };
}

function proposeModel(random: SeededRandom, sender: number): Proposal {
  const share = random.pick([0n, 1n, 500n, 3333n, 9800n]);
  const amountUnits = random.pick([0n, 1n, 1_000n]);
  return { kind: "registerModel", sender, amountUnits, param: share, w3: random.bits(248) };
}

/** A change of a model by its owner or the governor, or a claim of its revenue. */
function proposeModelStep(scenario: LedgerScenario, random: SeededRandom): Proposal | undefined {
  const models = cellsWithTag(scenario, CELL_TAG.model);
  if (models.length === 0) return undefined;
  const object = random.pick(models);
  const { owner, share, price, manifest } = scenario.model(object);
  const sender = Number(owner);
  if (random.chance(1, 2)) return { kind: "claimRevenue", sender, object };
  const { active, frozenByOwner, frozenByGovernor, retired } = MODEL_STATUS;
  if (random.chance(1, 2)) {
    const param = share | (random.pick([active, active, frozenByGovernor, retired]) << 16n);
    const kept = { object, amountUnits: price, param, w3: manifest };
    return { kind: "updateModel", sender: RESERVED_CELL.governor, ...kept };
  }
  const status = random.pick([active, active, active, frozenByOwner, frozenByGovernor, retired]);
  const param = random.pick([0n, 777n, 9800n, 9801n]) | (status << 16n);
  const amountUnits = random.pick([0n, 1n, 1_000n]);
  return { kind: "updateModel", sender, object, amountUnits, param, w3: random.bits(248) };
}

function proposePost(scenario: LedgerScenario, random: SeededRandom, sender: number): Proposal {
  const models = cellsWithTag(scenario, CELL_TAG.model);
  const closed = scenario.ids.filter((id) => isClosedTask(scenario.ledger.cell(id)));
  const { balance } = scenario.account(sender);
  const words = scenario.taskWords({
    verifier: anyAccount(scenario, random, sender),
    ...(models.length > 0 && random.chance(2, 3) ? { model: random.pick(models) } : {}),
    kind: random.between(1n, 3n),
    flags: random.bits(1),
    deadline: scenario.timeSeconds + random.between(1n, random.pick([60n, 400n])),
    window: random.between(1n, random.pick([10n, 40n, 300n])),
    reward: random.between(0n, balance / 4n + 1n),
    bond: random.pick([0n, 1n, 777n, balance / 8n]),
    verifierFee: random.pick([0n, 1n, 555n]),
  });
  const reused = closed.length > 0 && random.chance(2, 3) ? { object: random.pick(closed) } : {};
  return { kind: "postTask", sender, ...reused, ...words, w3: random.bits(250) };
}

const isOverdue = ({ phase, submittedAt, terms }: Task, timeSeconds: bigint): boolean =>
  timeSeconds >= (phase === TASK_PHASE.submitted ? submittedAt + terms.window : terms.deadline);

/** A voucher of the requester's: over some of what is left, all of it, a unit too much, or what is drawn already. */
function proposeDraw({ terms, money, drawn }: Task, object: number, random: SeededRandom): Proposal {
  const amounts = [random.between(drawn, money.reward), drawn + 1n, money.reward, money.reward + 1n, drawn];
  const amountUnits = random.pick([...amounts, ...amounts.slice(0, 3)]);
  return { kind: "drawTask", sender: Number(terms.requester), object, amountUnits, w3: random.bits(250) };
}

/** The next step of a task's life, by whoever has the right to it. */
function proposeStep(scenario: LedgerScenario, random: SeededRandom): Proposal | undefined {
  const open = cellsWithTag(scenario, CELL_TAG.task).filter((id) => !isClosedTask(scenario.ledger.cell(id)));
  if (open.length === 0) return undefined;
  const object = random.pick(open);
  const task = scenario.task(object);
  if (random.chance(isOverdue(task, scenario.timeSeconds) ? 3 : 1, 4)) {
    return { kind: "expireTask", sender: anyAccount(scenario, random), object };
  }
  switch (task.phase) {
    case TASK_PHASE.open: {
      const sender = random.chance(1, 2)
        ? Number(random.pick([task.terms.requester, task.terms.verifier]))
        : anyAccount(scenario, random);
      return { kind: "claimTask", sender, object };
    }
    case TASK_PHASE.claimed:
      if (random.chance(1, 2)) return proposeDraw(task, object, random);
      return { kind: "submitResult", sender: Number(task.worker), object, w3: random.bits(250) };
    default: {
      const param = random.chance(2, 3) ? 1n : 0n;
      return { kind: "settleTask", sender: Number(task.terms.verifier), object, param, w3: task.content };
    }
  }
}

function propose(scenario: LedgerScenario, random: SeededRandom): Proposal {
  const sender = anyAccount(scenario, random);
  const roll = random.below(20);
  if (roll < 2) return proposeDeposit(scenario, random);
  if (roll < 7) return proposePayment(scenario, random, sender);
  if (roll < 9) {
    const step = random.chance(2, 3) ? proposeModelStep(scenario, random) : undefined;
    return step ?? proposeModel(random, sender);
  }
  if (roll < 12) return proposePost(scenario, random, sender);
  if (roll < 13 && random.chance(1, 2)) return { kind: "noop" };
  return proposeStep(scenario, random) ?? proposePost(scenario, random, sender);
}

/** Spoils one part of a proposal, keeping the hard ranges; what comes out may still be valid. */
function spoil(proposal: Proposal, scenario: LedgerScenario, random: SeededRandom): Proposal {
  const isPost = proposal.kind === "postTask";
  const mayMove = !isCreating(proposal.kind) || scenario.ledger.cellCount === scenario.ledger.capacity;
  const [badX, badY] = random.pick(BAD_KEYS);
  const anyId = (): number => random.pick([0, ...scenario.ids, scenario.ledger.cellCount, 0xffffff]);
  switch (random.below(11)) {
    case 0:
      return { ...proposal, sender: anyId() };
    case 1:
      return mayMove ? { ...proposal, object: anyId() } : proposal;
    case 2:
      // No deposit exceeds the supply; any other op may name an amount that nobody has.
      return {
        ...proposal,
        amountUnits: random.pick([0n, 1n, proposal.sender === undefined ? 2n : MOST_UNITS]),
      };
    case 3:
      return { ...proposal, param: random.bits(24) };
    case 4:
      return { ...proposal, param: 2n };
    case 5:
      return { ...proposal, w1: random.bits(224) };
    case 6:
      return { ...proposal, w1: 0n };
    case 7:
      return { ...proposal, w2: isPost ? random.bits(192) : random.bits(253) };
    case 8:
      return { ...proposal, w3: random.bits(253) };
    case 9:
      return isPost ? proposal : { ...proposal, w2: badX, w3: badY };
    default:
      return { ...proposal, kind: random.pick(KINDS.filter((kind) => kind !== "postTask")) };
  }
}

/** The same op under a code that no kind has. */
function withUnknownKind(op: PriorityOp, random: SeededRandom): PriorityOp {
  const [w0, ...rest] = op.words;
  const code = BigInt(KINDS.length + random.below(CODES - KINDS.length));
  return { ...op, words: [((w0 >> 8n) << 8n) | code, ...rest] };
}

/** A proposal on its way into a batch: from the queue, or still to be signed. */
type Candidate = { op: PriorityOp; signWith?: { parts: Proposal & { sender: number }; maxFeeUnits: bigint } };

function candidate(scenario: LedgerScenario, random: SeededRandom): Candidate {
  const proposal = propose(scenario, random);
  const { sender } = proposal;
  if (sender === undefined || random.chance(1, 3)) {
    const spoiled = random.chance(1, 2) ? spoil(proposal, scenario, random) : proposal;
    const stranger = random.chance(1, 12) ? random.bits(160) : undefined;
    const op = scenario.priority(spoiled, stranger);
    return { op: random.chance(1, 30) ? withUnknownKind(op, random) : op };
  }
  const feeUnits = random.pick([0n, 1n, 99n, 1_234_567n]);
  const parts = { ...proposal, sender, feeUnits };
  const maxFeeUnits = feeUnits + random.bits(1) * 5n;
  return { op: scenario.priority(parts), signWith: { parts, maxFeeUnits } };
}

type Verdict = "valid" | "no-op" | "refused";

function verdictOf(scenario: LedgerScenario, op: LedgerOp): Verdict {
  try {
    transitionOf(op, scenario.context);
    return "valid";
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return error.code === "wrong-placement" ? "refused" : "no-op";
  }
}

/**
 * The next op of a random sequence: of any executable kind, signed or from the queue, valid or an invalid priority op,
 * with parties that often coincide or are reserved accounts. It is includable in the scenario's open batch and fits there;
 * undefined if the batch is full.
 */
export function randomOp(scenario: LedgerScenario, random: SeededRandom): LedgerOp | undefined {
  const padding = scenario.unsignedNoop();
  if (!scenario.hasRoomFor(padding)) return undefined;
  if (random.chance(1, 20)) return padding;
  for (let tries = 0; tries < PROPOSALS_PER_OP; tries++) {
    const { op, signWith } = candidate(scenario, random);
    if (!scenario.hasRoomFor(op)) continue;
    const verdict = verdictOf(scenario, op);
    if (signWith === undefined && verdict !== "refused") return op;
    if (signWith === undefined || verdict !== "valid") continue;
    const { parts, maxFeeUnits } = signWith;
    return scenario.signed(parts.sender, parts, { maxFeeUnits });
  }
  return padding;
}

/** Applies random ops until the open batch is full, or has `maxOps`. Returns them; the batch stays open. */
export function fillBatch(
  scenario: LedgerScenario,
  random: SeededRandom,
  maxOps = scenario.size.maxOps,
): LedgerOp[] {
  const ops: LedgerOp[] = [];
  while (ops.length < maxOps) {
    const op = randomOp(scenario, random);
    if (op === undefined) break;
    scenario.apply(op);
    ops.push(op);
  }
  return ops;
}
