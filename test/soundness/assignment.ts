/** Assignments of a constraint program: computed from inputs, then changed signal by signal and undone again. */
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import type { Constraint } from "../support/constraint-system.ts";
import type { ConstraintProgram, Step } from "./constraint-program.ts";

const RATE_BASIS = 10_000n;
const P = FIELD_PRIME;

const reduced = (value: bigint): bigint => {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
};

export function inverse(value: bigint): bigint {
  let [a, b, x, y] = [reduced(value), P, 1n, 0n];
  while (a > 1n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n ? reduced(x) : 0n;
}

/** What a forger sets by hand: values of wires, in place of those that the program computes. */
export type Overrides = ReadonlyMap<number, bigint>;

type Constraints = Pick<ReadonlySet<number>, "has">;
const EVERY_CONSTRAINT: Constraints = { has: () => true };

export class Assignment {
  readonly program: ConstraintProgram;
  readonly values: bigint[];
  /** Constraints that the assignment breaks before anything is changed. */
  readonly violated: readonly number[];
  readonly #dirty: Uint8Array;
  readonly #given: ReadonlyMap<number, bigint>;

  /** Runs the whole program on the values of the input wires. */
  constructor(program: ConstraintProgram, inputs: ReadonlyMap<number, bigint>) {
    this.program = program;
    this.values = new Array<bigint>(program.wires).fill(0n);
    this.values[0] = 1n;
    this.#given = inputs;
    for (const [wire, value] of inputs) this.values[wire] = reduced(value);
    for (const step of program.steps) this.#run(step, undefined);
    this.#dirty = new Uint8Array(program.steps.length);
    this.violated = program.constraints.flatMap((_, index) => {
      const isCertain = program.statementOf[index] === 0 || program.holdsByStep[index] === 1;
      return isCertain || this.#holds(index) ? [] : [index];
    });
  }

  /**
   * Sets wires, recomputes what depends on them, hands the outcome and the values to `look`, and undoes everything.
   * `deleted` are constraints that need not hold. Gives up at the first other constraint that does not hold: null.
   */
  tryOut<T>(
    overrides: Overrides,
    deleted: Constraints,
    look: (changed: ReadonlySet<number>, values: readonly bigint[]) => T,
  ): T | null {
    const undo = new Map<number, bigint>();
    try {
      const holds = this.#propagate(overrides, deleted, undo);
      return holds ? look(new Set(undo.keys()), this.values) : null;
    } finally {
      for (const [wire, value] of undo) this.values[wire] = value;
    }
  }

  /** How far a constraint is from holding if wires are set so. */
  residual(overrides: Overrides, constraint: number): bigint {
    const [a, b, c] = this.program.constraints[constraint] as Constraint;
    const rest = this.tryOut(overrides, EVERY_CONSTRAINT, () =>
      reduced(this.#evaluate(a) * this.#evaluate(b) - this.#evaluate(c)),
    );
    return rest as bigint;
  }

  /** Runs the steps that a change reaches, and each suspected constraint as soon as all of its wires are final. */
  #propagate(overrides: Overrides, deleted: Constraints, undo: Map<number, bigint>): boolean {
    const { steps, usedIn, readBy, holdsByStep, lastStep } = this.program;
    const dirty = this.#dirty;
    const suspects = new Map<number, number[]>();
    const suspected = new Set<number>();
    let first = steps.length;
    const suspect = (constraint: number): void => {
      if (suspected.has(constraint) || deleted.has(constraint)) return;
      suspected.add(constraint);
      const at = lastStep[constraint] as number;
      suspects.set(at, [...(suspects.get(at) ?? []), constraint]);
      if (at < first) first = at;
    };
    const change = (wire: number, before: bigint): void => {
      if (!undo.has(wire)) undo.set(wire, before);
      for (const constraint of usedIn[wire] as number[])
        if (holdsByStep[constraint] === 0) suspect(constraint);
      for (const step of readBy[wire] as number[]) {
        dirty[step] = 1;
        if (step < first) first = step;
      }
    };
    for (const constraint of this.violated) suspect(constraint);
    for (const [wire, value] of overrides) {
      const before = this.values[wire] as bigint;
      if (reduced(value) === before) continue;
      this.values[wire] = reduced(value);
      const giving = steps[this.program.stepGiving[wire] as number];
      if (giving !== undefined && "constraint" in giving) suspect(giving.constraint);
      change(wire, before);
    }
    for (let index = first; index < steps.length; index++) {
      if (dirty[index] === 1) {
        dirty[index] = 0;
        const step = steps[index] as Step;
        const before = step.gives.map((wire) => this.values[wire] as bigint);
        this.#run(step, overrides);
        // What was set by hand depends on what it is checked against: the check comes when that is final.
        if ("constraint" in step && step.gives.some((wire) => overrides.has(wire))) suspect(step.constraint);
        step.gives.forEach((wire, i) => {
          if (this.values[wire] !== before[i]) change(wire, before[i] as bigint);
        });
      }
      const due = suspects.get(index);
      if (due?.some((constraint) => !this.#holds(constraint))) {
        for (; index < steps.length; index++) dirty[index] = 0;
        return false;
      }
    }
    return true;
  }

  #set(wire: number, value: bigint, overrides: Overrides | undefined): void {
    if (overrides?.has(wire)) return;
    this.values[wire] = reduced(value);
  }

  #run(step: Step, overrides: Overrides | undefined): void {
    const { values } = this;
    const at = (list: readonly number[], i: number): bigint => values[list[i] as number] as bigint;
    switch (step.kind) {
      case "solve":
        this.#solve(step, overrides);
        break;
      case "bits":
        this.#decompose(step, overrides);
        break;
      case "inverse":
        this.#set(step.gives[0] as number, inverse(at(step.reads, 0)), overrides);
        break;
      case "cut": {
        const product = at(step.reads, 0);
        this.#set(step.gives[0] as number, product / RATE_BASIS, overrides);
        this.#set(step.gives[1] as number, product % RATE_BASIS, overrides);
        break;
      }
      case "path":
        this.#path(step, overrides);
        break;
      case "select": {
        const [id, isUsed, ...rowIds] = step.reads;
        const wanted = values[id as number];
        step.gives.forEach((wire, k) => {
          const hit = values[isUsed as number] === 1n && values[rowIds[k] as number] === wanted;
          this.#set(wire, hit ? 1n : 0n, overrides);
        });
      }
    }
  }

  /** What the latest row before it that passes through this child has made of it, else what the input says. */
  #path(step: Step & { kind: "path" }, overrides: Overrides | undefined): void {
    const ids = step.reads.slice(0, step.row + 1).map((wire) => this.values[wire] as bigint);
    const below = 8n ** BigInt(step.level);
    const child = ((ids[step.row] as bigint) / (below * 8n)) * 8n + BigInt(step.digit);
    const wire = step.gives[0] as number;
    const latest = ids.slice(0, -1).findLastIndex((id) => id / below === child);
    const replaced = step.reads[step.row + 1 + latest] as number;
    this.#set(
      wire,
      latest < 0 ? (this.#given.get(wire) as bigint) : (this.values[replaced] as bigint),
      overrides,
    );
  }

  #solve(step: Step & { kind: "solve" }, overrides: Overrides | undefined): void {
    const wire = step.gives[0] as number;
    if (overrides?.has(wire)) return;
    const constraint = this.program.constraints[step.constraint] as Constraint;
    this.values[wire] = 0n;
    const [a, b, c] = constraint.map((side) => this.#evaluate(side)) as [bigint, bigint, bigint];
    const weight = constraint[step.side].find((term) => term.wire === wire)?.coefficient as bigint;
    let value: bigint;
    if (step.side === 2) value = a * b - c;
    else value = c * inverse(step.side === 0 ? b : a) - (step.side === 0 ? a : b);
    if (weight === 1n) this.values[wire] = reduced(value);
    else this.values[wire] = weight === -1n ? reduced(-value) : reduced(value * inverse(weight));
  }

  /** Bits of what the constraint says that their sum is; high bits that do not fit are left out, and break it. */
  #decompose(step: Step & { kind: "bits" }, overrides: Overrides | undefined): void {
    const [, , c] = this.program.constraints[step.constraint] as Constraint;
    const before = step.gives.map((wire) => this.values[wire] as bigint);
    for (const wire of step.gives) this.values[wire] = 0n;
    const rest = this.#evaluate(c);
    step.gives.forEach((wire, i) => {
      this.values[wire] = before[i] as bigint;
    });
    const isNegative = (c.find(({ wire }) => wire === step.gives[0])?.coefficient ?? 1n) < 0n;
    const sum = reduced(isNegative ? rest : -rest);
    step.gives.forEach((wire, i) => {
      this.#set(wire, (sum >> BigInt(i)) & 1n, overrides);
    });
  }

  #evaluate(side: Constraint[number]): bigint {
    let sum = 0n;
    for (const { wire, coefficient } of side) {
      const value = this.values[wire] as bigint;
      if (value === 0n) continue;
      if (coefficient === 1n) sum += value;
      else if (coefficient === -1n) sum -= value;
      else sum += coefficient * value;
    }
    return reduced(sum);
  }

  #holds(index: number): boolean {
    const [a, b, c] = this.program.constraints[index] as Constraint;
    return (this.#evaluate(a) * this.#evaluate(b) - this.#evaluate(c)) % P === 0n;
  }
}

/** Values of the input wires from a circuit's input, whose arrays are shaped as its signals. */
export function inputValues(
  program: ConstraintProgram,
  input: Readonly<Record<string, unknown>>,
): Map<number, bigint> {
  const values = new Map<number, bigint>();
  const visit = (name: string, value: unknown): void => {
    if (Array.isArray(value)) for (const [i, each] of value.entries()) visit(`${name}[${i}]`, each);
    else values.set(program.wire(name), BigInt(value as bigint | number | string));
  };
  for (const [name, value] of Object.entries(input)) visit(`main.${name}`, value);
  return values;
}
