/**
 * An independent reader and checker of circom's output: the constraints of a `.r1cs` file, evaluated over a witness that
 * may have been edited, and signals by name through the `.sym` file. (iden3's binary formats: a header, then sections.)
 */
import { readFileSync } from "node:fs";
import { FIELD_PRIME } from "../../state/ledger/field.ts";

const FIELD_BYTES = 32;
const SECTION_HEADER = 1;
const R1CS_CONSTRAINTS = 2;
const WITNESS_VALUES = 2;

type LinearCombination = readonly { readonly wire: number; readonly coefficient: bigint }[];
export type Constraint = readonly [a: LinearCombination, b: LinearCombination, c: LinearCombination];

function sectionsOf(file: Buffer): Map<number, Buffer> {
  const sections = new Map<number, Buffer>();
  let at = 12;
  for (let i = file.readUInt32LE(8); i > 0; i--) {
    const size = Number(file.readBigUInt64LE(at + 4));
    sections.set(file.readUInt32LE(at), file.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  return sections;
}

function fieldElement(bytes: Buffer, at: number): bigint {
  let value = 0n;
  for (let limb = 3; limb >= 0; limb--) value = (value << 64n) | bytes.readBigUInt64LE(at + 8 * limb);
  return value;
}

/** The values of a `.wtns` file; index 0 is the constant 1. */
export function witnessValues(wtns: Uint8Array): bigint[] {
  const values = sectionsOf(Buffer.from(wtns)).get(WITNESS_VALUES) as Buffer;
  return Array.from({ length: values.length / FIELD_BYTES }, (_, i) => fieldElement(values, i * FIELD_BYTES));
}

function isSatisfied([a, b, c]: Constraint, witness: readonly bigint[]): boolean {
  const evaluate = (terms: LinearCombination): bigint => {
    let sum = 0n;
    for (const { wire, coefficient } of terms) sum += coefficient * (witness[wire] as bigint);
    return sum % FIELD_PRIME;
  };
  return (evaluate(a) * evaluate(b) - evaluate(c)) % FIELD_PRIME === 0n;
}

export class ConstraintSystem {
  readonly constraints: readonly Constraint[];
  readonly publicWires: number;
  /** Wire of every signal that has one; the compiler removes signals that others determine. */
  readonly wireOf = new Map<string, number>();
  readonly nameOf = new Map<number, string>();

  constructor(files: { r1csPath: string; symPath: string }) {
    const sections = sectionsOf(readFileSync(files.r1csPath));
    const header = sections.get(SECTION_HEADER) as Buffer;
    this.publicWires = header.readUInt32LE(4 + FIELD_BYTES + 4) + header.readUInt32LE(4 + FIELD_BYTES + 8);
    this.constraints = readConstraints(sections.get(R1CS_CONSTRAINTS) as Buffer);
    const lines = readFileSync(files.symPath, "utf8").trimEnd().split("\n");
    const signals = lines.map((line) => line.split(",") as [string, string, string, string]);
    const stable = stableNames(signals.map(([, , , name]) => name));
    signals.forEach(([, wire], i) => {
      if (Number(wire) < 0) return;
      this.wireOf.set(stable[i] as string, Number(wire));
      this.nameOf.set(Number(wire), stable[i] as string);
    });
  }

  /** Indices of the constraints that a witness breaks. */
  violated(witness: readonly bigint[]): number[] {
    const broken: number[] = [];
    this.constraints.forEach((constraint, index) => {
      if (!isSatisfied(constraint, witness)) broken.push(index);
    });
    return broken;
  }

  /** Names of the signals that can be changed alone without breaking a constraint that holds. */
  freeSignals(witness: readonly bigint[]): string[] {
    const usedIn = new Map<number, Set<Constraint>>();
    for (const constraint of this.constraints) {
      for (const { wire } of constraint.flat()) {
        const users = usedIn.get(wire) ?? new Set();
        usedIn.set(wire, users.add(constraint));
      }
    }
    const changed = [...witness];
    const free: string[] = [];
    for (let wire = 1; wire < witness.length; wire++) {
      changed[wire] = ((witness[wire] as bigint) + 1n) % FIELD_PRIME;
      const holds = [...(usedIn.get(wire) ?? [])].every((constraint) => isSatisfied(constraint, changed));
      if (holds) free.push(this.nameOf.get(wire) ?? `wire ${wire}`);
      changed[wire] = witness[wire] as bigint;
    }
    return free;
  }

  /** Names of the signals in a constraint. */
  signalsIn(index: number): string[] {
    const wires = new Set((this.constraints[index] as Constraint).flat().map(({ wire }) => wire));
    wires.delete(0);
    return [...wires].map((wire) => this.nameOf.get(wire) ?? `wire ${wire}`);
  }

  /** The same assignment as `witness` of `other`, signal by signal: every signal that this system has must be in both. */
  translate(witness: readonly bigint[], other: ConstraintSystem): bigint[] {
    const translated: bigint[] = [1n];
    for (const [wire, name] of this.nameOf) {
      const source = other.wireOf.get(name);
      if (source === undefined) throw new Error(`the other circuit keeps no signal ${name}`);
      translated[wire] = witness[source] as bigint;
    }
    return translated;
  }
}

/**
 * circom names a component without a name after its template and its place in the source (`Num2Bits_12_340`); here it is
 * named after its template and its rank among its siblings (`Num2Bits#0`), so that an edit elsewhere renames nothing.
 */
function stableNames(names: readonly string[]): string[] {
  const anonymous = /^(.+)_\d+_(\d+)((?:\[\d+\])*)$/;
  const siblings = new Map<string, Set<number>>();
  const visit = (name: string, rename: (group: string, place: number) => string): string => {
    let prefix = "";
    let stable = "";
    const parts = name.split(".");
    parts.forEach((part, depth) => {
      const match = depth < parts.length - 1 ? anonymous.exec(part) : null;
      const [, template = "", place = "", index = ""] = match ?? [];
      const renamed =
        match === null ? part : `${template}#${rename(`${prefix}.${template}`, Number(place))}${index}`;
      prefix = `${prefix}.${part}`;
      stable = stable === "" ? renamed : `${stable}.${renamed}`;
    });
    return stable;
  };
  for (const name of names) {
    visit(name, (group, place) => {
      const places = siblings.get(group) ?? new Set();
      siblings.set(group, places.add(place));
      return "";
    });
  }
  const ranks = new Map([...siblings].map(([group, places]) => [group, [...places].sort((a, b) => a - b)]));
  return names.map((name) =>
    visit(name, (group, place) => String((ranks.get(group) as number[]).indexOf(place))),
  );
}

function readConstraints(section: Buffer): Constraint[] {
  const constraints: Constraint[] = [];
  let at = 0;
  const readCombination = (): LinearCombination => {
    const terms = [];
    let left = section.readUInt32LE(at);
    at += 4;
    for (; left > 0; left--) {
      terms.push({ wire: section.readUInt32LE(at), coefficient: fieldElement(section, at + 4) });
      at += 4 + FIELD_BYTES;
    }
    return terms;
  };
  while (at < section.length) constraints.push([readCombination(), readCombination(), readCombination()]);
  return constraints;
}
