/**
 * Looks for a forged assignment that a circuit without one of its lines accepts: the line's constraints are left out, what
 * they determined is set to other values, everything that depends on it is computed again, and all other constraints are
 * checked. If they hold although the ledger does not allow the result, something notices that the line is missing.
 */
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { OP_CODE } from "../../state/ledger/operation.ts";
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

/** What is known about a batch without looking at the circuit. */
export interface BatchTruth {
  /** Null if no batch may hold this. */
  readonly allowed: BatchResult | null;
  /** Values of an honest batch like it. Computed when it is first asked for: replays need none. */
  readonly honest: (() => readonly bigint[]) | null;
  /** With these signals as in the honest batch, nothing is forged although the inputs are. */
  readonly honestSignals: RegExp | null;
}

/** Wires by name with the values that a forger gave them. */
export type Recipe = Readonly<Record<string, string>>;

const RATE_BASIS = 10_000n;
/** Of a line that stands for many signals, this many are tried in each case: of its own, and of its components' inputs. */
const SIGNALS_PER_CASE = 12;
const INPUTS_PER_CASE = 6;

/** Lines about signatures: they give nothing that the ledger uses, so they matter for what must be refused only. */
const AUTHORIZATION = /^authorize\.circom|: statement\.|: signatures\[/;

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
  readonly #truth: BatchTruth;
  #honestValues: readonly bigint[] | undefined;
  #publicWires: readonly number[] | undefined;
  readonly #random: SeededRandom;
  /** The op's kind, as its file is called. */
  readonly #kind: string;
  tries = 0;

  constructor(assignment: Assignment, truth: BatchTruth, random: SeededRandom) {
    this.program = assignment.program;
    this.#assignment = assignment;
    this.#allowed = truth.allowed;
    this.#truth = truth;
    this.#random = random;
    const w0 = assignment.values[
      this.program.system.wireOf.get(`main.stream[${STREAM_WORD.w0}]`) ?? 0
    ] as bigint;
    const kind = Object.entries(OP_CODE).find(([, code]) => code === Number(w0 & 0xffn))?.[0] ?? "";
    this.#kind = kind.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  }

  /** What a forger sets to be accepted without the line; null if nothing was found. */
  notice(deletion: Deletion): Recipe | null {
    for (const overrides of this.#attempts(deletion)) {
      this.tries += 1;
      if (this.isForged(deletion, overrides)) return this.recipe(overrides);
    }
    return null;
  }

  /** Values of an honest batch like this one. */
  get #twin(): readonly bigint[] | null {
    if (this.#truth.honest === null) return null;
    this.#honestValues ??= this.#truth.honest();
    return this.#honestValues;
  }

  get mustBeRefused(): boolean {
    return this.#allowed === null;
  }

  /** A term taken out of its sum; null for a whole line, which is replaced by a choice of the forger's. */
  removal({ statement, freed }: Deletion): Overrides | null {
    return statement.isTerm ? new Map(freed.map((wire) => [wire, 0n])) : null;
  }

  /** An honest batch has no assignment without the term. */
  failsHonestly({ constraints }: Deletion, overrides: Overrides): boolean {
    return this.#allowed !== null && this.#assignment.tryOut(overrides, constraints, () => true) === null;
  }

  /** Everything but the line holds, and the home chain would believe what the ledger does not allow. */
  isForged({ constraints }: Deletion, overrides: Overrides): boolean {
    const isForged = this.#assignment.tryOut(overrides, constraints, (changed, values) => {
      if (this.#allowed === null) return !this.#isHonest(values);
      const { rootAfter, cellCountAfter, validityBits } = this.#allowed;
      const word = (index: number) => values[this.program.wire(`main.stream[${index}]`)];
      if (word(STREAM_WORD.rootAfter) !== rootAfter) return true;
      if (word(STREAM_WORD.cellCountAfter) !== cellCountAfter) return true;
      if (word(STREAM_WORD.validityBits) !== validityBits) return true;
      // The same stream has one commitment and one evaluation.
      return ["main.commitment", "main.evaluation"].some((name) => changed.has(this.program.wire(name)));
    });
    return isForged ?? false;
  }

  #isHonest(values: readonly bigint[]): boolean {
    const { honestSignals } = this.#truth;
    const twin = this.#twin;
    if (honestSignals === null || twin === null) return false;
    this.#publicWires ??= [...this.program.system.wireOf].flatMap(([name, wire]) =>
      honestSignals.test(name) ? [wire] : [],
    );
    return this.#publicWires.every((wire) => values[wire] === twin[wire]);
  }

  /** Null if the circuit has other signals than those of the recipe. */
  overridesOf(recipe: Recipe): Overrides | null {
    const entries = Object.entries(recipe);
    if (entries.some(([name]) => !this.program.system.wireOf.has(name))) return null;
    return new Map(entries.map(([name, value]) => [this.program.wire(name), BigInt(value)]));
  }

  recipe(overrides: Overrides): Recipe {
    return Object.fromEntries(
      [...overrides].map(([wire, value]) => [this.program.name(wire), String(value)]),
    );
  }

  *#attempts(deletion: Deletion): Generator<Overrides> {
    const { statement, freed } = deletion;
    if (!this.#concerns(statement)) return;
    const removal = this.removal(deletion);
    if (removal !== null) {
      yield removal;
      if (/^(slots|payout)\.circom/.test(statement.file))
        for (const move of this.#moves()) yield new Map([...removal, ...move]);
      return;
    }
    if (this.#allowed === null) yield new Map();
    const chosen = this.#chosen(freed);
    for (const wire of chosen) {
      const solution = this.#solution(deletion, wire);
      if (solution === "without influence") continue;
      if (solution !== null) yield new Map([[wire, solution]]);
      for (const value of this.#candidates(wire)) yield new Map([[wire, value]]);
    }
    const twin = this.#twin;
    if (twin !== null && freed.length > 1) yield new Map(freed.map((wire) => [wire, twin[wire] as bigint]));
    if (!/^(slots|payout|open)\.circom/.test(statement.file)) return;
    for (const move of this.#moves()) {
      yield move;
      for (const wire of chosen) {
        const isNear =
          statement.file === "open.circom" ||
          [...move.keys()].some((moved) => isBelow(this.program, wire, moved));
        if (isNear) for (const value of [0n, this.#value(wire)]) yield new Map([...move, [wire, value]]);
      }
    }
  }

  /** Can the line matter here? A kind's own lines matter for ops of this kind, or of one that is mistaken for it. */
  #concerns({ name, file }: MarkedStatement): boolean {
    if (this.#allowed === null) return true;
    if (AUTHORIZATION.test(name)) return false;
    const kind = /^ops\/(.+)\.circom$/.exec(file)?.[1];
    return kind === undefined || kind === "index" || kind === this.#kind;
  }

  #value(wire: number): bigint {
    return this.#assignment.values[wire] as bigint;
  }

  /** Some of the signals that the line gives, and some inputs of its components. */
  #chosen(freed: readonly number[]): number[] {
    const isInput = (wire: number): boolean => {
      const step = this.program.steps[this.program.stepGiving[wire] as number];
      const node = step !== undefined && "constraint" in step ? this.program.nodeOf(step.constraint) : "";
      return /^\w+#/.test(this.program.name(wire).slice(node.length + 1));
    };
    const groups = [freed.filter((wire) => !isInput(wire)), freed.filter(isInput)];
    return groups.flatMap((group, i) => {
      const left = [...group];
      const count = Math.min(left.length, i === 0 ? SIGNALS_PER_CASE : INPUTS_PER_CASE);
      return Array.from(
        { length: count },
        () => left.splice(this.#random.below(left.length), 1)[0] as number,
      );
    });
  }

  /** The value at which the first constraint that the case breaks holds, if it depends on the wire linearly. */
  #solution({ constraints }: Deletion, wire: number): bigint | "without influence" | null {
    const broken = this.#assignment.violated.find((index) => !constraints.has(index));
    if (broken === undefined) return null;
    const value = this.#value(wire);
    const [here, there] = [0n, 1n].map((step) =>
      this.#assignment.residual(new Map([[wire, value + step]]), broken),
    ) as [bigint, bigint];
    if (here !== there) return value - here * inverse(there - here);
    // In a comparison of circomlib's, what is not equal stays so while it changes.
    const statement = this.program.statements.get(this.program.statementOf[broken] as number);
    return statement?.isLibrary === true ? null : "without influence";
  }

  #candidates(wire: number): bigint[] {
    const value = this.#value(wire);
    const known = [0n, 1n, value + 1n, value - 1n, -value, 1n - value, 256n, this.#random.bits(64)];
    const honest = this.#twin?.[wire];
    if (honest !== undefined) known.unshift(honest);
    return [...new Set(known)].filter((candidate) => (candidate - value) % FIELD_PRIME !== 0n);
  }

  /** Other values of the hints in slots and payouts, which a forger chooses freely. */
  *#moves(): Generator<Overrides> {
    for (const step of this.program.steps) {
      if (step.kind === "select") yield* this.#selections(step);
      if (step.kind === "cut") yield* this.#divisions(step);
    }
  }

  *#selections(step: Step): Generator<Overrides> {
    const chosen = step.gives.map((wire) => this.#value(wire));
    const vectors: bigint[][] = step.gives.map((_, row) => step.gives.map((_, k) => (k === row ? 1n : 0n)));
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
