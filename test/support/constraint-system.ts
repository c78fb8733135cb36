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
    signals.forEach(([, wire, , name]) => {
      if (Number(wire) < 0) return;
      const known = stable(name);
      this.wireOf.set(known, Number(wire));
      this.nameOf.set(Number(wire), known);
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
function stableNames(names: readonly string[]): (name: string) => string {
  const anonymous = /^(.+)_\d+_(\d+)((?:\[\d+\])*)$/;
  const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf(".")));
  const partsOf = (path: string) => {
    const [, template = "", place = "", index = ""] =
      anonymous.exec(path.slice(path.lastIndexOf(".") + 1)) ?? [];
    return template === "" ? null : { group: `${parentOf(path)}.${template}`, template, place, index };
  };
  const components = new Set<string>();
  for (const name of names) {
    for (let path = parentOf(name); path !== "" && !components.has(path); path = parentOf(path))
      components.add(path);
  }
  const places = new Map<string, Set<number>>();
  for (const component of components) {
    const parts = partsOf(component);
    if (parts !== null)
      places.set(parts.group, (places.get(parts.group) ?? new Set()).add(Number(parts.place)));
  }
  const ranks = new Map([...places].map(([group, all]) => [group, [...all].sort((a, b) => a - b)]));
  const renamed = new Map([["", ""]]);
  const stable = (path: string): string => {
    const known = renamed.get(path);
    if (known !== undefined) return known;
    const parts = partsOf(path);
    const rank = parts === null ? -1 : (ranks.get(parts.group) as number[]).indexOf(Number(parts.place));
    const own =
      parts === null ? path.slice(path.lastIndexOf(".") + 1) : `${parts.template}#${rank}${parts.index}`;
    const parent = stable(parentOf(path));
    const name = parent === "" ? own : `${parent}.${own}`;
    renamed.set(path, name);
    return name;
  };
  return (name) => {
    const parent = stable(parentOf(name));
    return parent === "" ? name : `${parent}${name.slice(name.lastIndexOf("."))}`;
  };
}

function readConstraints(section: Buffer): Constraint[] {
  const constraints: Constraint[] = [];
  const known = new Map<string, bigint>();
  // Few numbers occur as coefficients; those above half of the field are small negative ones, which multiply faster.
  const coefficientAt = (place: number): bigint => {
    const bytes = section.toString("latin1", place, place + FIELD_BYTES);
    let coefficient = known.get(bytes);
    if (coefficient === undefined) {
      const value = fieldElement(section, place);
      coefficient = value > FIELD_PRIME / 2n ? value - FIELD_PRIME : value;
      known.set(bytes, coefficient);
    }
    return coefficient;
  };
  let at = 0;
  const readCombination = (): LinearCombination => {
    const terms = [];
    let left = section.readUInt32LE(at);
    at += 4;
    for (; left > 0; left--) {
      terms.push({ wire: section.readUInt32LE(at), coefficient: coefficientAt(at + 4) });
      at += 4 + FIELD_BYTES;
    }
    return terms;
  };
  while (at < section.length) constraints.push([readCombination(), readCombination(), readCombination()]);
  return constraints;
}
