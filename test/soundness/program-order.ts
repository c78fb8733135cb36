import { FIELD_PRIME } from "../../state/ledger/field.ts";
import type { Constraint } from "../support/constraint-system.ts";
import {
  type ConstraintProgram,
  identOf,
  type ProgramInterface,
  pathOf,
  type Step,
  wiresOf,
} from "./constraint-program.ts";
import { MARK_SIGNAL } from "./marked-circuits.ts";

/** Some signals are determined by nothing that the ordering knows. */
export class UndeterminedSignalsError extends Error {
  readonly code = "UNDETERMINED_SIGNALS";
  constructor(readonly signals: readonly string[]) {
    super(
      `no order of the constraints determines ${signals.length} signals, first ${signals.slice(0, 5).join(", ")}; teach the ordering this hint`,
    );
  }
}

/**
 * Appends the steps that compute every signal from the inputs. Every `<==` gives its signal; a `===` gives one only if the
 * signal is a hint of the same template, or an output of the interface.
 */
export function orderProgram(program: ConstraintProgram, interfaces: ProgramInterface): void {
  new Ordering(program, interfaces).run();
}

/** Children of the rows' paths, from the second row on: nodes that the rows before it have replaced. */
function* pathSteps(program: ConstraintProgram, { rows }: ProgramInterface): Generator<Step> {
  if (rows === undefined) return;
  const ids = Array.from({ length: rows.count }, (_, k) => program.wire(`main.rowIds[${k}]`));
  for (let row = 1; row < rows.count; row++) {
    for (let level = 0; level < rows.levels - 1; level++) {
      for (let digit = 0; digit < 8; digit++) {
        const replaced = Array.from({ length: row }, (_, j) =>
          program.wire(`main.Close#0.Reclimb#0[${j}].replaced[${level}][${digit}]`),
        );
        const gives = [program.wire(`main.children[${row}][${level}][${digit}]`)];
        const reads = [...ids.slice(0, row + 1), ...replaced];
        yield { kind: "path", row, level, digit, gives, reads };
      }
    }
  }
}

class Ordering {
  readonly #program: ConstraintProgram;
  readonly #interfaces: ProgramInterface;
  readonly #outputs: ReadonlySet<number>;
  readonly #known: Uint8Array;
  readonly #unknownIn: Int32Array;
  readonly #ready: number[] = [];
  /** Hints that no single constraint gives, by the wires that they still wait for. */
  readonly #searched = new Set<number>();
  readonly #waiting = new Map<number, { step: Step; left: number }[]>();

  constructor(program: ConstraintProgram, interfaces: ProgramInterface) {
    this.#program = program;
    this.#interfaces = interfaces;
    this.#outputs = new Set(interfaces.outputs.map((name) => program.wire(name)));
    this.#known = new Uint8Array(program.wires);
    this.#unknownIn = new Int32Array(program.constraints.length);
  }

  run(): void {
    const program = this.#program;
    this.#known[0] = 1;
    program.constraints.forEach((constraint, index) => {
      this.#unknownIn[index] = program.statementOf[index] === 0 ? 0 : wiresOf(constraint).size;
      if (this.#unknownIn[index] === 1) this.#ready.push(index);
    });
    for (const step of [...this.#searches(), ...pathSteps(program, this.#interfaces)]) {
      const entry = { step, left: step.reads.length };
      for (const wire of step.gives) this.#searched.add(wire);
      for (const wire of step.reads) this.#waiting.set(wire, [...(this.#waiting.get(wire) ?? []), entry]);
    }
    for (const [wire, name] of program.system.nameOf) {
      const isInput = pathOf(name) === "main" && this.#interfaces.inputs.includes(identOf(name));
      const isGiven = isInput && !this.#outputs.has(wire) && !this.#searched.has(wire);
      if (identOf(name) === MARK_SIGNAL || isGiven) this.#learn([wire]);
    }
    for (let next = 0; next < this.#ready.length; next++) this.#tryConstraint(this.#ready[next] as number);
    const open = [...program.system.nameOf].filter(([wire]) => this.#known[wire] === 0);
    if (open.length > 0) throw new UndeterminedSignalsError(open.map(([, name]) => name));
  }

  #learn(wires: readonly number[]): void {
    for (const wire of wires) {
      this.#known[wire] = 1;
      for (const index of this.#program.usedIn[wire] as number[]) {
        this.#unknownIn[index] = (this.#unknownIn[index] as number) - 1;
        this.#ready.push(index);
      }
    }
    for (const wire of wires) {
      for (const entry of this.#waiting.get(wire) ?? []) {
        entry.left -= 1;
        if (entry.left === 0) this.#take(entry.step);
      }
    }
  }

  #take(step: Step): void {
    const open = step.gives.filter((wire) => this.#known[wire] === 0);
    if (open.length === 0) return;
    this.#program.addStep(step);
    this.#learn(open);
  }

  #tryConstraint(index: number): void {
    const left = this.#unknownIn[index] as number;
    if (left < 1) return;
    const constraint = this.#program.constraints[index] as Constraint;
    const wires = [...wiresOf(constraint)];
    const open = wires.filter((wire) => this.#known[wire] === 0);
    if (!open.every((wire) => this.#mayGive(index, wire))) return;
    const reads = wires.filter((wire) => this.#known[wire] === 1);
    const sides = constraint.map((side) => side.some(({ wire }) => wire === open[0]));
    const side = sides.indexOf(true) as 0 | 1 | 2;
    if (open.length === 1 && sides.filter(Boolean).length === 1 && (side === 2 || constraint[2].length > 0)) {
      this.#take({ kind: "solve", constraint: index, side, gives: open, reads });
    } else if (open.length > 1 && this.#isDecomposition(constraint, open)) {
      const weight = (wire: number) => absolute(coefficientOf(constraint, wire));
      const gives = [...open].sort((a, b) => (weight(a) < weight(b) ? -1 : 1));
      this.#take({ kind: "bits", constraint: index, gives, reads });
    }
  }

  #mayGive(constraint: number, wire: number): boolean {
    const program = this.#program;
    const statement = program.statements.get(program.statementOf[constraint] as number);
    if (statement === undefined) return false;
    const name = program.name(wire);
    if (this.#searched.has(wire)) return false;
    const node = program.nodeOf(constraint);
    if (statement.isCheck) {
      return this.#outputs.has(wire) || (statement.hints.includes(identOf(name)) && pathOf(name) === node);
    }
    const own = name.slice(node.length + 1).replaceAll(/\[[^\]]*\]/g, "");
    const isTarget = statement.targets.some((target) => own === target || own.startsWith(`${target}.`));
    // A component without a name gets its inputs in the same statement.
    return isTarget || /^\w+#\d+\./.test(own);
  }

  /** A sum of the unknown wires, each with another power of 2. */
  #isDecomposition([a, b, c]: Constraint, open: readonly number[]): boolean {
    if (a.length > 0 && b.length > 0) return false;
    return open.every((wire) => c.some((term) => term.wire === wire));
  }

  /** Hints that are searches or divisions, known by the names of their template's signals. */
  *#searches(): Generator<Step> {
    const { system } = this.#program;
    for (const [wire, name] of system.nameOf) {
      const sibling = (ident: string) => system.wireOf.get(`${pathOf(name)}.${ident}`) as number;
      if (identOf(name) === "inv") yield { kind: "inverse", gives: [wire], reads: [sibling("in")] };
      if (name.endsWith(".remainder"))
        yield { kind: "cut", gives: [sibling("out"), wire], reads: [sibling("product")] };
      if (!name.endsWith(".select[0]") || sibling("isUsed") === undefined) continue;
      const list = (ident: string): number[] => {
        const found: number[] = [];
        for (let k = 0; sibling(`${ident}[${k}]`) !== undefined; k++) found.push(sibling(`${ident}[${k}]`));
        return found;
      };
      const reads = [sibling("id"), sibling("isUsed"), ...list("rowIds")];
      yield { kind: "select", gives: list("select"), reads };
    }
  }
}

const coefficientOf = ([, , c]: Constraint, wire: number): bigint =>
  c.find((term) => term.wire === wire)?.coefficient as bigint;

/** The power of 2 that a coefficient is, up to its sign: 2^253 is above half of the field. */
function absolute(coefficient: bigint): bigint {
  const candidates = [coefficient, -coefficient, coefficient + FIELD_PRIME, FIELD_PRIME - coefficient];
  return candidates.find((value) => value > 0n && (value & (value - 1n)) === 0n) ?? 0n;
}
