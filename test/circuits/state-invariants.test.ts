/**
 * What the circuits take for granted about the cells of a ledger (docs/SOUNDNESS.md, "Invariants"): no constraint says so where
 * it is used, because every valid op keeps it. Here: it holds at genesis and after any op of random sequences.
 */
import { describe, expect, it } from "vitest";
import {
  CELL_TAG,
  type Cell,
  decodeAccount,
  decodeModel,
  decodeTask,
  MODEL_STATUS,
  RESERVED_CELL,
  TASK_PHASE,
  type Task,
  TREASURY_RATE,
  tagOf,
} from "../../state/ledger/cells.ts";
import { LedgerScenario } from "../support/ledger-scenario.ts";
import { randomOp } from "../support/random-ops.ts";
import { SeededRandom } from "../support/seeded-random.ts";

const SEQUENCES = 40;
const BATCHES_PER_SEQUENCE = 8;
const CAPACITY = 512;
const SUPPLY_UNITS = 10n ** 18n;
const trusting = () => true;
const fits = (value: bigint, bits: number): boolean => value >= 0n && value >> BigInt(bits) === 0n;

type Broken = string[];

function accountFaults(cell: Cell): Broken {
  const { balance, l1Address } = decodeAccount(cell);
  const broken: Broken = [];
  if (!fits(cell[0], 104)) broken.push("f0 of an account has 104 bits");
  if (balance > SUPPLY_UNITS) broken.push("a balance is at most the supply");
  if (!fits(l1Address, 160) || l1Address === 0n) broken.push("l1Address is an address");
  return broken;
}

function modelFaults(cell: Cell, isAccount: (id: bigint) => boolean): Broken {
  const { status, share, owner, serial, revenue } = decodeModel(cell);
  const broken: Broken = [];
  if (!fits(cell[0], 120)) broken.push("f0 of a model has 120 bits");
  if (!Object.values<bigint>(MODEL_STATUS).includes(status)) broken.push("status is known");
  if (share + TREASURY_RATE > 10_000n) broken.push("share and treasury rate are at most the whole");
  if (!isAccount(owner)) broken.push("the owner is an account");
  if (!fits(serial, 56)) broken.push("a serial has 56 bits");
  if (revenue > SUPPLY_UNITS) broken.push("revenue is at most the supply");
  return broken;
}

function taskFaults(
  cell: Cell,
  isAccount: (id: bigint) => boolean,
  isModel: (id: bigint) => boolean,
): Broken {
  const task = decodeTask(cell);
  const { phase, drawn, terms, money } = task;
  const broken: Broken = [];
  if (!fits(cell[0], 144) || !fits(cell[1], 224) || !fits(cell[2], 192))
    broken.push("a task's words have their widths");
  if (phase < TASK_PHASE.open || phase > TASK_PHASE.paidOnSilence) broken.push("the phase is known");
  if (drawn > money.reward) broken.push("drawn is at most the reward");
  if (terms.treasuryRate !== TREASURY_RATE) broken.push("the treasury's rate is the ledger's");
  if (terms.treasuryRate + terms.share > 10_000n) broken.push("rates are at most the whole");
  if (terms.flags > 1n) broken.push("flags are 0 or 1");
  if (terms.kind < 1n || terms.kind > 3n) broken.push("the kind is known");
  if (terms.window === 0n) broken.push("there is a window");
  if (terms.model === 0n ? terms.share !== 0n : !isModel(terms.model)) broken.push("the model is a model");
  if (!isAccount(terms.requester) || !isAccount(terms.verifier))
    broken.push("requester and verifier are accounts");
  return [...broken, ...workFaults(task, isAccount)];
}

/** What the changes of a task's f0 add to: they are differences. */
function workFaults({ phase, worker, submittedAt, drawn }: Task, isAccount: (id: bigint) => boolean): Broken {
  const broken: Broken = [];
  if (phase === TASK_PHASE.open && (worker !== 0n || drawn !== 0n)) broken.push("an open task has no worker");
  if (phase <= TASK_PHASE.claimed && submittedAt !== 0n)
    broken.push("nothing was submitted before submission");
  if (phase === TASK_PHASE.claimed || phase === TASK_PHASE.submitted)
    if (!isAccount(worker)) broken.push("the worker is an account");
  return broken;
}

/** Everything that is wrong with the cells of a ledger. */
function faultsOf({ ledger }: LedgerScenario): Broken {
  const tagged = (tag: bigint) => (id: bigint) => tagOf(ledger.cell(Number(id))) === tag;
  const isAccount = tagged(CELL_TAG.account);
  const broken: Broken = [];
  if (ledger.cellCount > CAPACITY) broken.push("cellCount is at most the capacity");
  for (const id of Object.values(RESERVED_CELL))
    if (!isAccount(BigInt(id))) broken.push(`reserved cell ${id} is an account`);
  for (let id = 0; id < CAPACITY; id++) {
    const cell = ledger.cell(id);
    const isEmpty = cell.every((field) => field === 0n);
    if (isEmpty) continue;
    if (id === 0 || id >= ledger.cellCount) broken.push(`cell ${id}, never handed out, is empty`);
    if (isAccount(BigInt(id))) broken.push(...accountFaults(cell));
    else if (tagOf(cell) === CELL_TAG.model) broken.push(...modelFaults(cell, isAccount));
    else if (tagOf(cell) === CELL_TAG.task)
      broken.push(...taskFaults(cell, isAccount, tagged(CELL_TAG.model)));
    else broken.push(`cell ${id} has a known tag`);
  }
  return broken;
}

describe("the invariants of the state", () => {
  it("hold at genesis", () => {
    expect(faultsOf(new LedgerScenario())).toEqual([]);
  });

  it("are kept by every op of random sequences", () => {
    let valid = 0;
    for (let seed = 0; seed < SEQUENCES; seed++) {
      const random = new SeededRandom(7_000 + seed);
      const world = new LedgerScenario();
      for (const name of ["alice", "bob", "carol"]) world.fund(name, random.between(1n, 10n ** 12n));
      for (let batch = 0; batch < BATCHES_PER_SEQUENCE; batch++) {
        for (let op = randomOp(world, random); op !== undefined; op = randomOp(world, random)) {
          if (world.apply(op, trusting).valid) valid += 1;
          expect(faultsOf(world)).toEqual([]);
        }
        world.nextBatch(random.between(0n, 900n));
      }
    }
    expect(valid).toBeGreaterThan(SEQUENCES * BATCHES_PER_SEQUENCE);
  });

  it("would be missed: a broken state is noticed", () => {
    const world = new LedgerScenario();
    world.ledger.tree.setCell(RESERVED_CELL.gateway, [2n | (1n << 8n), 0n, 1n << 70n, 0n]);
    expect(faultsOf(world)).toContain("reserved cell 3 is an account");
    expect(faultsOf(world)).toContain("revenue is at most the supply");
  });
});
