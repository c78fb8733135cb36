/**
 * Looks for a forged assignment that a circuit without one of its lines accepts: the line's constraints are left out, what
 * they determined is set to other values, everything that depends on it is computed again, and all other constraints are
 * checked. If they hold although the ledger does not allow the result, something notices that the line is missing.
 */
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { type Assignment, inverse, type Overrides } from "./assignment.ts";
import { type BatchResult, STREAM_WORD } from "./catalogue.ts";
import type { ConstraintProgram, Step } from "./constraint-program.ts";
import { pathOf } from "./constraint-program.ts";
import type { MarkedStatement } from "./marked-circuits.ts";

/** A circuit without a line, or without a term of a sum. */
export interface Deletion {
  readonly statement: MarkedStatement;
  readonly constraints: ReadonlySet<number>;
  /** Wires that nothing determines any more. */
  readonly freed: readonly number[];
}

/** Wires by name with the values that a forger gave them. */
export type Recipe = Readonly<Record<string, string>>;

const RATE_BASIS = 10_000n;
/** Of a line that stands for many signals, this many are tried in each case. */
const WIRES_PER_CASE = 4;

export function deletionsOf(program: ConstraintProgram): Deletion[] {
  const deletions: Deletion[] = [];
  for (const statement of program.statements.values()) {
    const constraints = program.constraintsOf.get(statement.number);
    if (statement.isLibrary || constraints === undefined) continue;
    const own = new Set(constraints);
    const freed = program.steps.flatMap((step) =>
      (step.kind === "solve" || step.kind === "bits") && own.has(step.constraint) ? [...step.gives] : [],
    );
    deletions.push({ statement, constraints: own, freed });
  }
  return deletions;
}

export class DeletionSearch {
  readonly program: ConstraintProgram;
  readonly #assignment: Assignment;
  readonly #allowed: BatchResult | null;
  readonly #twin: readonly bigint[] | null;
  readonly #random: SeededRandom;
  tries = 0;

  constructor(
    assignment: Assignment,
    allowed: BatchResult | null,
    twin: readonly bigint[] | null,
    random: SeededRandom,
  ) {
    this.program = assignment.program;
    this.#assignment = assignment;
    this.#allowed = allowed;
    this.#twin = twin;
    this.#random = random;
  }

  /** What a forger sets to be accepted without the line; null if nothing was found. */
  notice(deletion: Deletion): Recipe | null {
    for (const overrides of this.#attempts(deletion)) {
      this.tries += 1;
      if (this.isForged(deletion, overrides)) return this.#recipe(overrides);
    }
    return null;
  }

  /** Everything but the line holds, and the home chain would believe what the ledger does not allow. */
  isForged({ constraints }: Deletion, overrides: Overrides): boolean {
    return this.#assignment.tryOut(overrides, constraints, 1, ({ violated, changed }, values) => {
      if (violated.length > 0) return false;
      if (this.#allowed === null) return true;
      const { rootAfter, cellCountAfter, validityBits } = this.#allowed;
      const word = (index: number) => values[this.program.wire(`main.stream[${index}]`)];
      if (word(STREAM_WORD.rootAfter) !== rootAfter) return true;
      if (word(STREAM_WORD.cellCountAfter) !== cellCountAfter) return true;
      if (word(STREAM_WORD.validityBits) !== validityBits) return true;
      // The same stream has one commitment and one evaluation.
      return ["main.commitment", "main.evaluation"].some((name) => changed.has(this.program.wire(name)));
    });
  }

  overridesOf(recipe: Recipe): Overrides {
    return new Map(Object.entries(recipe).map(([name, value]) => [this.program.wire(name), BigInt(value)]));
  }

  #recipe(overrides: Overrides): Recipe {
    return Object.fromEntries([...overrides].map(([wire, value]) => [this.program.name(wire), String(value)]));
  }

  *#attempts(deletion: Deletion): Generator<Overrides> {
    const { statement, freed } = deletion;
    if (statement.isTerm) {
      yield new Map(freed.map((wire) => [wire, 0n]));
      return;
    }
    if (this.#allowed === null) yield new Map();
    const chosen = freed.length <= WIRES_PER_CASE ? freed : this.#sample(freed);
    for (const wire of chosen) for (const value of this.#candidates(wire)) yield new Map([[wire, value]]);
    if (this.#twin !== null && freed.length > 1)
      yield new Map(freed.map((wire) => [wire, this.#twin?.[wire] as bigint]));
    if (!/^(slots|payout)\.circom/.test(statement.file)) return;
    for (const move of this.#moves(deletion)) {
      yield move;
      for (const wire of chosen) {
        const isNear = [...move.keys()].some((moved) => isBelow(this.program, wire, moved));
        if (isNear) for (const value of [0n, this.#value(wire)]) yield new Map([...move, [wire, value]]);
      }
    }
  }

  #value(wire: number): bigint {
    return this.#assignment.values[wire] as bigint;
  }

  #sample(wires: readonly number[]): number[] {
    return Array.from({ length: WIRES_PER_CASE }, () => this.#random.pick(wires));
  }

  #candidates(wire: number): bigint[] {
    const value = this.#value(wire);
    const known = [0n, 1n, value + 1n, value - 1n, -value, 1n - value, this.#random.bits(64)];
    if (this.#twin !== null) known.unshift(this.#twin[wire] as bigint);
    return [...new Set(known)].filter((candidate) => (candidate - value) % FIELD_PRIME !== 0n);
  }

  /** Other values of the hints in slots and payouts, which a forger chooses freely. */
  *#moves({ constraints }: Deletion): Generator<Overrides> {
    const [first] = constraints;
    const template = this.program.nodeOf(first as number);
    void template;
    for (const step of this.program.steps) {
      if (step.kind === "select") yield* this.#selections(step);
      if (step.kind === "cut") yield* this.#divisions(step);
    }
  }

  *#selections(step: Step): Generator<Overrides> {
    const chosen = step.gives.map((wire) => this.#value(wire));
    const vectors = step.gives.map((_, row) => step.gives.map((_, k) => (k === row ? 1n : 0n)));
    vectors.push(
      step.gives.map(() => 0n),
      chosen.map((bit, k) => (k === 1 ? bit + 1n : bit)),
    );
    for (const vector of vectors) {
      if (vector.every((bit, k) => bit === chosen[k])) continue;
      yield new Map(step.gives.map((wire, k) => [wire, vector[k] as bigint]));
    }
  }

  *#divisions(step: Step): Generator<Overrides> {
    const [out, remainder] = step.gives as [number, number];
    const [q, r] = [this.#value(out), this.#value(remainder)];
    const product = this.#value(step.reads[0] as number);
    const inField = (rest: bigint) => (product - rest) * inverse(RATE_BASIS);
    const pairs: [bigint, bigint][] = [
      [q - 1n, r + RATE_BASIS],
      [q + 1n, r - RATE_BASIS],
      [q + 1n, r],
      [inField(r + 1n), r + 1n],
      [inField(0n), 0n],
    ];
    for (const [quotient, rest] of pairs)
      yield new Map([
        [out, quotient],
        [remainder, rest],
      ]);
  }
}

const isBelow = (program: ConstraintProgram, wire: number, moved: number): boolean =>
  program.name(wire).startsWith(pathOf(program.name(moved)));
