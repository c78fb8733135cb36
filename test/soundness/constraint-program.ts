/**
 * The unsimplified constraints of a marked circuit as a program: an order in which they determine every signal from the
 * inputs, hints included. So an assignment can be computed with any signal set by hand, and without any line of the source:
 * what a forger's own witness calculator would do.
 */
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { type Constraint, ConstraintSystem } from "../support/constraint-system.ts";
import { MARK_SIGNAL, type MarkedStatement } from "./marked-circuits.ts";

/** One entry of the program; `reads` are the wires that it depends on. */
export type Step = { readonly gives: readonly number[]; readonly reads: readonly number[] } & (
  | { readonly kind: "solve"; readonly constraint: number; readonly side: 0 | 1 | 2 }
  | { readonly kind: "bits"; readonly constraint: number }
  | { readonly kind: "inverse" }
  | { readonly kind: "cut" }
  | { readonly kind: "select" }
  /** A child on a row's path: reads rowIds, then what earlier rows made of it. */
  | { readonly kind: "path"; readonly row: number; readonly level: number; readonly digit: number }
);

/** Signals by the names of the main component's inputs. */
export interface ProgramInterface {
  readonly inputs: readonly string[];
  /** Inputs that are set to what the circuit demands of them: what a forger adapts. */
  readonly outputs: readonly string[];
  /** Rows whose paths follow the rows before them, as an honest prover's do. */
  readonly rows?: { readonly count: number; readonly levels: number };
}

export const pathOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(".")));
/** The last part of a name, without indices. */
export const identOf = (name: string): string =>
  name.slice(name.lastIndexOf(".") + 1).replaceAll(/\[[^\]]*\]/g, "");

/** Coefficients around 0 instead of up to p: most are small, and small products are quick. */
const signed = (coefficient: bigint): bigint =>
  coefficient > FIELD_PRIME / 2n ? coefficient - FIELD_PRIME : coefficient;

/** The wires of a constraint, without the constant. */
export function wiresOf(constraint: Constraint): Set<number> {
  const wires = new Set<number>();
  for (const side of constraint) for (const { wire } of side) if (wire !== 0) wires.add(wire);
  return wires;
}

export class ConstraintProgram {
  readonly system: ConstraintSystem;
  readonly statements: ReadonlyMap<number, MarkedStatement>;
  readonly constraints: readonly Constraint[];
  /** Number of the statement that each constraint comes from; 0 for marks. */
  readonly statementOf: Int32Array;
  /** Constraints of each statement. */
  readonly constraintsOf = new Map<number, number[]>();
  readonly steps: Step[] = [];
  readonly stepGiving: Int32Array;
  /** Constraints that mention a wire, and steps that read it. */
  readonly usedIn: number[][];
  readonly readBy: number[][];
  readonly wires: number;
  /** 1 for constraints that their own step makes true, whatever the values. */
  readonly holdsByStep: Uint8Array;
  /** The step after which all wires of a constraint are final. */
  readonly lastStep: Int32Array;
  readonly #nodeOf: string[] = [];

  constructor(
    files: { r1csPath: string; symPath: string },
    statements: ReadonlyMap<number, MarkedStatement>,
  ) {
    this.system = new ConstraintSystem(files);
    this.statements = statements;
    this.constraints = this.system.constraints.map(withSignedCoefficients);
    this.wires = this.system.nameOf.size + 1;
    this.statementOf = new Int32Array(this.constraints.length);
    this.holdsByStep = new Uint8Array(this.constraints.length);
    this.lastStep = new Int32Array(this.constraints.length);
    this.stepGiving = new Int32Array(this.wires).fill(-1);
    this.usedIn = Array.from({ length: this.wires }, () => []);
    this.readBy = Array.from({ length: this.wires }, () => []);
    this.#readMarks();
  }

  wire(name: string): number {
    const wire = this.system.wireOf.get(name);
    if (wire === undefined) throw new RangeError(`the circuit has no signal ${name}; correct the name`);
    return wire;
  }

  name(wire: number): string {
    return this.system.nameOf.get(wire) ?? `wire ${wire}`;
  }

  /** Component that a constraint belongs to. */
  nodeOf(constraint: number): string {
    return this.#nodeOf[constraint] as string;
  }

  addStep(step: Step): void {
    const index = this.steps.push(step) - 1;
    for (const wire of step.gives) this.stepGiving[wire] = index;
    for (const wire of step.reads) (this.readBy[wire] as number[]).push(index);
    for (const wire of step.gives)
      for (const constraint of this.usedIn[wire] as number[]) this.lastStep[constraint] = index;
    if (step.kind === "solve" && step.side === 2) this.holdsByStep[step.constraint] = 1;
  }

  #readMarks(): void {
    let statement = 0;
    let node = "";
    this.constraints.forEach((constraint, index) => {
      const mark = this.#markIn(constraint);
      if (mark !== null) {
        statement = this.statements.has(mark.number) ? mark.number : 0;
        node = pathOf(this.name(mark.wire));
        return;
      }
      this.statementOf[index] = statement;
      this.#nodeOf[index] = node;
      const own = this.constraintsOf.get(statement) ?? [];
      own.push(index);
      this.constraintsOf.set(statement, own);
      for (const wire of wiresOf(constraint)) (this.usedIn[wire] as number[]).push(index);
    });
  }

  /** Is it `mark * (mark + number) === 0`? */
  #markIn([a, b]: Constraint): { number: number; wire: number } | null {
    const [sum, factor] = a.length > b.length ? [a, b] : [b, a];
    const wire = factor[0]?.wire ?? 0;
    if (factor.length !== 1 || wire === 0 || identOf(this.name(wire)) !== MARK_SIGNAL) return null;
    const weight = sum.find((term) => term.wire === wire)?.coefficient ?? 1n;
    const constant = sum.find((term) => term.wire === 0)?.coefficient ?? 0n;
    return { number: Number(constant / weight), wire };
  }
}

const withSignedCoefficients = (constraint: Constraint): Constraint =>
  constraint.map((side) =>
    side.map(({ wire, coefficient }) => ({ wire, coefficient: signed(coefficient) })),
  ) as never;
