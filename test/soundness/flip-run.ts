import { membershipCircuit } from "../../circuits/mains.ts";
import { membershipCircuitInput } from "../../prover/membership-witness.ts";
import { TestCircuit } from "../support/batch-witness-check.ts";
import { ALICE, FORGERY_SIZE, forgeryWorld, MODEL } from "../support/forgery-world.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { Assignment, inputValues } from "./assignment.ts";
import { type CaseBuilder, STREAM_WORD } from "./catalogue.ts";
import { FAILING } from "./catalogue-failing.ts";
import { VALID } from "./catalogue-valid.ts";
import { type ConstraintProgram, pathOf } from "./constraint-program.ts";
import { type ExplainedRun, type Explanation, explain } from "./explanations.ts";
import { flipsOf, freeChoices, RecomputedFlips, SingleFlips, type Survivor } from "./flip-search.ts";
import { BATCH_PUBLIC, batchProgram, MEMBERSHIP_PUBLIC, membershipProgram } from "./soundness-circuit.ts";

export interface FlipOptions {
  readonly seed: number;
  /** Positions of each assignment that are tried besides all inputs and hints. */
  readonly sample: number;
  /** Batches, from the catalogue's beginning, or all. */
  readonly batches: number;
  readonly onProgress?: (line: string) => void;
}

export interface FlipReport {
  readonly assignments: number;
  readonly positions: number;
  readonly singleFlips: number;
  readonly recomputedFlips: number;
  readonly survivors: ExplainedRun<Survivor>;
  /** Private values of which others lead to the same public data. */
  readonly alternatives: ExplainedRun<Survivor>;
  readonly forged: readonly Survivor[];
}

const BATCH_OUTPUTS = [
  ...[STREAM_WORD.rootAfter, STREAM_WORD.cellCountAfter, STREAM_WORD.validityBits].map(
    (i) => `main.stream[${i}]`,
  ),
  "main.commitment",
  "main.evaluation",
];

/** A valid assignment, in the proven circuit by its input and in the program whole. */
interface Subject {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly assignment: Assignment;
}

/** What makes a signal a choice in this assignment, if it is known: an explanation holds in this case only. */
function circumstance({ program, values }: Assignment, signal: string): string {
  const read = (name: string): bigint | undefined => {
    const wire = program.system.wireOf.get(name);
    return wire === undefined ? undefined : values[wire];
  };
  if (signal.endsWith(".inv") && read(`${pathOf(signal)}.in`) === 0n) return " of 0";
  const row = /^main\.(?:rowIds|children)\[(\d+)\]/.exec(signal)?.[1];
  const id = row === undefined ? undefined : read(`main.rowIds[${row}]`);
  if (id !== undefined && id >= BigInt(8 ** FORGERY_SIZE.levels)) return " of an unused row";
  const op = /^main\.authorizations\[(\d+)\]/.exec(signal)?.[1];
  if (op !== undefined && read(`main.statements[${op}].isSigned`) === 0n)
    return " of an op that nobody signed";
  return "";
}

class FlipRun {
  readonly #options: FlipOptions;
  readonly #random: SeededRandom;
  readonly survivors: Survivor[] = [];
  readonly alternatives: Survivor[] = [];
  readonly forged: Survivor[] = [];
  assignments = 0;
  positions = 0;
  singleFlips = 0;
  recomputedFlips = 0;

  constructor(options: FlipOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
  }

  /** Changes one value and nothing else, in the circuit that is proven. */
  async single(
    circuit: TestCircuit,
    program: ConstraintProgram,
    publicInputs: RegExp,
    subjects: readonly Subject[],
  ) {
    const flips = new SingleFlips(circuit.system);
    const chosen = choicesOf(circuit, program, publicInputs);
    for (const { name, input, assignment } of subjects) {
      const witness = await circuit.witness(input);
      const others = witness.map((_, wire) => wire).filter((wire) => wire > 0 && !chosen.has(wire));
      const sample = this.#sample(others);
      const found = flips.survivorsOf(name, witness, [...chosen, ...sample], this.#random);
      this.survivors.push(...found.map((survivor) => withCircumstance(assignment, survivor)));
      this.assignments += 1;
      this.#options.onProgress?.(`${name}: ${flips.positions} positions`);
    }
    this.positions += flips.positions;
    this.singleFlips += flips.flips;
  }

  /** Changes a private input or a hint, and computes everything that depends on it again. */
  recomputed(
    program: ConstraintProgram,
    outputs: readonly string[],
    publicInputs: RegExp,
    subjects: readonly Subject[],
  ) {
    const { inputs, hints } = freeChoices(program, publicInputs);
    for (const { name, assignment } of subjects) {
      const flips = new RecomputedFlips(assignment, outputs);
      for (const wire of [...this.#sample(inputs), ...this.#sample(hints)]) {
        const from = assignment.values[wire] as bigint;
        for (const to of flipsOf(from, this.#random).slice(0, 4)) {
          const outcome = flips.outcome(wire, to);
          const survivor = withCircumstance(assignment, {
            signal: program.name(wire),
            batch: name,
            from,
            to,
          });
          if (outcome === "forged") this.forged.push(survivor);
          if (outcome === "same") this.alternatives.push(survivor);
        }
      }
      this.recomputedFlips += flips.flips;
      this.#options.onProgress?.(`${name}: ${flips.flips} changes computed again`);
    }
  }

  #sample(wires: readonly number[]): readonly number[] {
    const { sample } = this.#options;
    if (wires.length <= sample) return wires;
    const left = [...wires];
    return Array.from({ length: sample }, () => left.splice(this.#random.below(left.length), 1)[0] as number);
  }
}

const withCircumstance = (assignment: Assignment, survivor: Survivor): Survivor => ({
  ...survivor,
  signal: survivor.signal + circumstance(assignment, survivor.signal),
});

/** Inputs and hints that the simplified circuit still has. */
function choicesOf(circuit: TestCircuit, program: ConstraintProgram, publicInputs: RegExp): Set<number> {
  const { inputs, hints } = freeChoices(program, publicInputs);
  const chosen = new Set<number>();
  for (const [name, wire] of circuit.system.wireOf) if (/^main\.[^.#]+$/.test(name)) chosen.add(wire);
  for (const wire of [...inputs, ...hints]) {
    const kept = circuit.system.wireOf.get(program.name(wire));
    if (kept !== undefined) chosen.add(kept);
  }
  return chosen;
}

const subjectOf = (program: ConstraintProgram, name: string, input: Subject["input"]): Subject => ({
  name,
  input,
  assignment: new Assignment(program, inputValues(program, input)),
});

/** Every kind from the queue, failing ops of many sorts, and signed ops. */
function batchSubjects(program: ConstraintProgram, batches: number): Subject[] {
  const builders: CaseBuilder[] = [...VALID, ...FAILING.filter((_, i) => i % 6 === 0)];
  const step = Math.max(1, Math.floor(builders.length / batches));
  return builders
    .filter((_, i) => i % step === 0)
    .slice(0, batches)
    .map(([name, build]) => subjectOf(program, name, build().input));
}

function membershipSubjects(program: ConstraintProgram): Subject[] {
  const { tree } = forgeryWorld().ledger;
  return [ALICE, MODEL, 0, 63].map((id) =>
    subjectOf(program, `membership of ${id}`, { ...membershipCircuitInput(tree, id) }),
  );
}

export async function runFlips(
  options: FlipOptions,
  explanations: readonly Explanation[],
): Promise<FlipReport> {
  const run = new FlipRun(options);
  const batch = await batchProgram();
  const batches = batchSubjects(batch, options.batches);
  await run.single(await TestCircuit.batch(FORGERY_SIZE), batch, BATCH_PUBLIC, batches);
  run.recomputed(batch, BATCH_OUTPUTS, BATCH_PUBLIC, batches);
  const membership = await membershipProgram();
  const memberships = membershipSubjects(membership);
  const circuit = await TestCircuit.compile(membershipCircuit(FORGERY_SIZE));
  await run.single(circuit, membership, MEMBERSHIP_PUBLIC, memberships);
  run.recomputed(membership, [], MEMBERSHIP_PUBLIC, memberships);
  const of = (about: Explanation["about"]) => explanations.filter((each) => each.about === about);
  return {
    assignments: run.assignments,
    positions: run.positions,
    singleFlips: run.singleFlips,
    recomputedFlips: run.recomputedFlips,
    survivors: explain(run.survivors, of("single"), ({ signal }) => signal),
    alternatives: explain(run.alternatives, of("recomputed"), ({ signal }) => signal),
    forged: run.forged,
  };
}
