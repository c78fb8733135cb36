/**
 * Changes one value of a satisfying assignment at a time. In the circuit that is proven, no single change may satisfy all
 * constraints; and where a private input or a hint is changed and everything after it computed again, the result may not.
 */
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import type { Constraint, ConstraintSystem } from "../support/constraint-system.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Assignment } from "./assignment.ts";
import { type ConstraintProgram, wiresOf } from "./constraint-program.ts";

const P = FIELD_PRIME;

/** Other values for one that is `value`. */
export function flipsOf(value: bigint, random: SeededRandom): bigint[] {
  const flips = [
    0n,
    1n,
    value + 1n,
    value - 1n,
    -value,
    value ^ (1n << BigInt(random.below(253))),
    random.bits(253),
  ];
  const reduced = flips.map((flip) => ((flip % P) + P) % P);
  return [...new Set(reduced)].filter((flip) => flip !== value);
}

/** A change that a circuit accepts. */
export interface Survivor {
  readonly signal: string;
  readonly batch: string;
  readonly from: bigint;
  readonly to: bigint;
}

/** Single changes in a constraint system, without computing anything again. */
export class SingleFlips {
  readonly #system: ConstraintSystem;
  readonly #usedIn = new Map<number, Constraint[]>();
  positions = 0;
  flips = 0;

  constructor(system: ConstraintSystem) {
    this.#system = system;
    for (const constraint of system.constraints) {
      for (const wire of wiresOf(constraint)) {
        const users = this.#usedIn.get(wire) ?? [];
        users.push(constraint);
        this.#usedIn.set(wire, users);
      }
    }
  }

  survivorsOf(
    batch: string,
    witness: readonly bigint[],
    wires: readonly number[],
    random: SeededRandom,
  ): Survivor[] {
    const values = [...witness];
    const survivors: Survivor[] = [];
    for (const wire of wires) {
      const from = values[wire] as bigint;
      this.positions += 1;
      for (const to of flipsOf(from, random)) {
        this.flips += 1;
        values[wire] = to;
        if (!(this.#usedIn.get(wire) ?? []).every((constraint) => holds(constraint, values))) continue;
        survivors.push({ signal: this.#system.nameOf.get(wire) ?? `wire ${wire}`, batch, from, to });
        break;
      }
      values[wire] = from;
    }
    return survivors;
  }
}

function holds(constraint: Constraint, values: readonly bigint[]): boolean {
  const [a, b, c] = constraint.map((side) => {
    let sum = 0n;
    for (const { wire, coefficient } of side) sum += coefficient * (values[wire] as bigint);
    return sum % P;
  }) as [bigint, bigint, bigint];
  return (a * b - c) % P === 0n;
}

/** Wires whose values no line determines: private inputs, and hints that some other line pins. */
export function freeChoices(
  program: ConstraintProgram,
  publicInputs: RegExp,
): { inputs: number[]; hints: number[] } {
  const inputs: number[] = [];
  for (const [wire, name] of program.system.nameOf) {
    const isDetermined = (program.stepGiving[wire] as number) >= 0 && !/^main\.children\[/.test(name);
    if (!isDetermined && !name.endsWith("soundness_mark") && !publicInputs.test(name)) inputs.push(wire);
  }
  const hints = program.steps.flatMap((step) => {
    if (step.kind === "path") return [];
    if (step.kind !== "solve") return [...step.gives];
    const statement = program.statements.get(program.statementOf[step.constraint] as number);
    const isOutput = step.gives.some((wire) => /^main\.[^.]+$/.test(program.name(wire)));
    return statement?.isCheck === true && !isOutput ? [...step.gives] : [];
  });
  return { inputs, hints };
}

/** What became of a change after which everything that depends on it was computed again. */
export type Recomputed = "refused" | "same" | "forged";

export class RecomputedFlips {
  readonly #assignment: Assignment;
  readonly #outputs: readonly number[];
  flips = 0;

  /** `outputs` are the public signals and the parts of the stream that the circuit computes. */
  constructor(assignment: Assignment, outputs: readonly string[]) {
    this.#assignment = assignment;
    this.#outputs = outputs.map((name) => assignment.program.wire(name));
  }

  outcome(wire: number, to: bigint): Recomputed {
    this.flips += 1;
    const changesOutput = this.#assignment.tryOut(new Map([[wire, to]]), new Set(), (changed) =>
      this.#outputs.some((output) => changed.has(output)),
    );
    if (changesOutput === null) return "refused";
    return changesOutput ? "forged" : "same";
  }
}
