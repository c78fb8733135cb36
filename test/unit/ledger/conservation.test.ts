import { describe, expect, it, vi } from "vitest";
import { type Cell, EMPTY_CELL } from "../../../state/ledger/cells.ts";
import { Ledger } from "../../../state/ledger/ledger.ts";
import { isSigned, type LedgerOp, opFields } from "../../../state/ledger/operation.ts";
import {
  genesisTotals,
  imbalanceUnits,
  type LedgerTotals,
  totalsAfter,
  withCell,
} from "../../../state/ledger/solvency.ts";
import { LedgerScenario } from "../../support/ledger-scenario.ts";
import { randomOp } from "../../support/random-ops.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

/** Signatures are checked in every eighth sequence: they are most of the time, and no part of the money. */
const SEQUENCES = 160;
const BATCHES_PER_SEQUENCE = 7;
const CAPACITY = 512;
const MIRROR_COUNT = 2;

/** Units of a cell by section 8 of the specification, read from its raw bits. */
function unitsOf([f0, , f2]: Cell): bigint {
  const bits = (word: bigint, offset: bigint, width: bigint) => (word >> offset) & ((1n << width) - 1n);
  switch (bits(f0, 0n, 8n)) {
    case 1n:
      return bits(f0, 40n, 64n);
    case 2n:
      return f2;
    case 3n: {
      const phase = bits(f0, 8n, 8n);
      if (phase > 3n) return 0n;
      const locked = bits(f2, 0n, 64n) + bits(f2, 128n, 64n) + (phase > 1n ? bits(f2, 64n, 64n) : 0n);
      return locked - bits(f0, 80n, 64n);
    }
    default:
      return 0n;
  }
}

function expectConserved(scenario: LedgerScenario, context: string): void {
  let units = scenario.batch.feeUnits + scenario.batch.treasuryUnits + scenario.withdrawnUnits;
  for (let id = 0; id < CAPACITY; id++) units += unitsOf(scenario.ledger.cell(id));
  expect(units, context).toBe(scenario.depositedUnits);
}

/** The totals of all cells, as if everything before had been deposited. */
function totalsOf({ ledger, depositedUnits }: LedgerScenario): LedgerTotals {
  let { held } = genesisTotals(MIRROR_COUNT);
  for (let id = 0; id < CAPACITY; id++) held = withCell(held, id, ledger.cell(id));
  return { ...genesisTotals(MIRROR_COUNT), held, depositedUnits };
}

/** Closes the batch and takes its totals from its changed cells and its ops, as the node does. */
function closeWithTotals(scenario: LedgerScenario, before: LedgerTotals, secondsLater: bigint): LedgerTotals {
  const stored = new Map(scenario.store.cells);
  const closed = scenario.nextBatch(secondsLater);
  const changed = [...scenario.store.cells]
    .map(([id, after]) => ({ id, before: stored.get(id) ?? EMPTY_CELL, after }))
    .filter((cell) => cell.before !== cell.after);
  // The home queue takes no depositToEvm that can turn out invalid.
  const ops = closed.ops
    .filter(({ op, valid }) => valid || opFields(op.words).kind !== "depositToEvm")
    .map(({ op, valid }) => ({ words: op.words, valid, isQueued: !isSigned(op) }));
  return totalsAfter(before, changed, ops);
}

function startOf(seed: number): { scenario: LedgerScenario; random: SeededRandom } {
  const random = new SeededRandom(seed);
  const nearFull = seed % 5 === 0;
  const scenario = new LedgerScenario(nearFull ? { cellCount: CAPACITY - 3 - random.below(4) } : {});
  for (const name of ["alice", "bob", "carol"]) scenario.fund(name, random.between(1n, 10n ** 12n));
  for (const name of ["operator", "treasury", "governor"]) scenario.fund(name, random.between(1n, 10n ** 9n));
  return { scenario, random };
}

const SIGNED_KINDS = [
  ...["transfer", "openAccount", "withdraw", "registerModel", "updateModel", "claimRevenue", "postTask"],
  ...["claimTask", "submitResult", "settleTask", "drawTask", "expireTask"],
];

const kindOf = (op: LedgerOp): string => String(opFields(op.words).kind);

/** Thousands of ops: seconds on an idle machine. */
vi.setConfig({ testTimeout: 180_000 });

describe("random sequences of ops", () => {
  it("neither mint nor burn, and what is refused changes nothing", () => {
    const seen = new Map<string, number>();
    for (let seed = 0; seed < SEQUENCES; seed++) {
      const { scenario, random } = startOf(seed);
      let totals = totalsOf(scenario);
      const withdrawnTo = [0n, 0n, 0n];
      for (let batch = 0; batch < BATCHES_PER_SEQUENCE; batch++) {
        for (let op = randomOp(scenario, random); op !== undefined; op = randomOp(scenario, random)) {
          const root = scenario.ledger.root();
          const { cellCount } = scenario.ledger;
          const applied = scenario.apply(op, seed % 8 === 0 ? undefined : () => true);
          const { valid } = applied;
          const { amountUnits, kind } = opFields(op.words);
          const to = applied.valid ? applied.transition.change.withdrawal : undefined;
          if (to !== undefined) {
            // A chain beyond the mirrors is home.
            const chain = to.chain <= MIRROR_COUNT ? to.chain : 0;
            withdrawnTo[chain] = (withdrawnTo[chain] as bigint) + to.units;
            seen.set(`to chain ${chain}`, (seen.get(`to chain ${chain}`) ?? 0) + 1);
          } else if (kind === "deposit" && !valid) withdrawnTo[0] = (withdrawnTo[0] as bigint) + amountUnits;
          const name = `${"caller" in op ? "queued" : "signed"} ${kindOf(op)} ${valid ? "valid" : "no-op"}`;
          seen.set(name, (seen.get(name) ?? 0) + 1);
          expectConserved(scenario, `seed ${seed}, batch ${batch}, ${name}`);
          expect(scenario.batch.cells.size).toBeLessThanOrEqual(scenario.size.maxCells);
          if (!valid) expect([scenario.ledger.root(), scenario.ledger.cellCount]).toEqual([root, cellCount]);
        }
        totals = closeWithTotals(scenario, totals, random.between(0n, 90n));
        expect(imbalanceUnits(totals), `totals of seed ${seed}, batch ${batch}`).toBe(0n);
        expect(totals.withdrawnUnits).toEqual(withdrawnTo);
        expect(totals.held).toEqual(totalsOf(scenario).held);
        expectConserved(scenario, `seed ${seed}, close of batch ${batch}`);
      }
      const reopened = new Ledger(scenario.size, scenario.store, scenario.ledger.cellCount);
      expect(reopened.root()).toBe(scenario.ledger.root());
    }
    for (const kind of SIGNED_KINDS) {
      for (const name of [`signed ${kind} valid`, `queued ${kind} valid`, `queued ${kind} no-op`]) {
        expect(seen.get(name) ?? 0, name).toBeGreaterThan(5);
      }
    }
    for (const chain of [0, 1, 2]) expect(seen.get(`to chain ${chain}`) ?? 0).toBeGreaterThan(5);
    for (const kind of ["deposit", "depositToEvm", "noop"]) {
      for (const name of [`queued ${kind} valid`, `queued ${kind} no-op`]) {
        expect(seen.get(name) ?? 0, name).toBeGreaterThan(5);
      }
    }
  });

  it("are the same for the same seed", () => {
    const roots = [3, 3].map((seed) => {
      const { scenario, random } = startOf(seed);
      for (let op = randomOp(scenario, random); op !== undefined; op = randomOp(scenario, random))
        scenario.apply(op);
      return scenario.ledger.root();
    });
    expect(roots[0]).toBe(roots[1]);
  });

  it("put one account into several slots of an op often enough to matter", () => {
    let selfTransfers = 0;
    let samePartySettlements = 0;
    let reservedParties = 0;
    let reusedCells = 0;
    let drawsByTheWorker = 0;
    let reservedWorkers = 0;
    let governorsOwnModels = 0;
    let silences = 0;
    let expiries = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { scenario, random } = startOf(seed);
      for (let batch = 0; batch < BATCHES_PER_SEQUENCE; batch++) {
        for (let op = randomOp(scenario, random); op !== undefined; op = randomOp(scenario, random)) {
          const applied = scenario.apply(op, () => true);
          if (!applied.valid) continue;
          const { slots, isFresh, op: fields } = applied.transition;
          if (fields.kind === "transfer" && slots.sender === slots.object) selfTransfers++;
          if (fields.kind === "settleTask" && slots.sender === slots.party) samePartySettlements++;
          if ([slots.sender, slots.party].some((id) => id >= 1 && id <= 4)) reservedParties++;
          if (fields.kind === "postTask" && !isFresh) reusedCells++;
          if (fields.kind === "drawTask" && slots.sender === slots.party) drawsByTheWorker++;
          if (fields.kind === "drawTask" && slots.party <= 4) reservedWorkers++;
          if (fields.kind === "updateModel" && scenario.model(slots.object).owner === 4n)
            governorsOwnModels++;
          if (fields.kind === "expireTask" && scenario.task(slots.object).phase === 7n) silences++;
          if (fields.kind === "expireTask" && slots.sender === slots.party) expiries++;
        }
        scenario.nextBatch(random.between(0n, 90n));
      }
    }
    expect(selfTransfers).toBeGreaterThan(5);
    expect(samePartySettlements).toBeGreaterThan(3);
    expect(reservedParties).toBeGreaterThan(20);
    expect(reusedCells).toBeGreaterThan(1);
    expect(drawsByTheWorker, "requester = worker").toBeGreaterThan(3);
    expect(reservedWorkers, "worker = operator, treasury, gateway or governor").toBeGreaterThan(3);
    expect(governorsOwnModels, "owner = governor").toBeGreaterThan(0);
    expect(silences, "paid on silence").toBeGreaterThan(1);
    expect(expiries, "expired by the one who is paid").toBeGreaterThan(1);
  });
});
