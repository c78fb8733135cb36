/**
 * Whether a `.zkey` from elsewhere belongs to a constraint system: sizes, and the coefficients derived again byte for
 * byte. It says nothing about the secrets behind the points; only the ceremony's transcript does.
 */
import { closeSync, openSync } from "node:fs";
import { type FileSection, readExactly, readSections, requireSection } from "../../circuits/binary-file.ts";
import type { CurveMemory } from "./curve-memory.ts";
import { pointBytes } from "./fixed-base.ts";
import { type CircuitShape, CoefficientWriter, coefficientBytes } from "./query-scalars.ts";
import { R1csStream } from "./r1cs-stream.ts";
import { fromLittleEndian, scalarBytes, scalarFieldOrder } from "./scalar-field.ts";

/** The key does not belong to the circuit. */
export class KeyMismatchError extends Error {
  readonly code = "ZKEY_MISMATCH";
  constructor(
    readonly zkeyPath: string,
    readonly what: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `${zkeyPath}: ${what} is ${actual}, this circuit needs ${expected}; use a key made for this circuit`,
    );
  }
}

export interface Mismatch {
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

/** A header without its points: three u32 sizes behind two primes with their lengths. */
const sizesOffset = 2 * (4 + scalarBytes);
const sizesEnd = sizesOffset + 12;

/** The first mismatch, or null. Throws BinaryFileError when the file is not a whole `.zkey`. */
export function findMismatch(
  curve: CurveMemory,
  zkeyPath: string,
  r1csPath: string,
  shape: CircuitShape,
): Mismatch | null {
  const fd = openSync(zkeyPath, "r");
  try {
    const sections = readSections(fd, zkeyPath, "zkey");
    return (
      compareHeader(fd, zkeyPath, sections, shape) ??
      compareSectionSizes(zkeyPath, sections, shape) ??
      compareCoefficients(curve, fd, zkeyPath, requireSection(sections, 4, zkeyPath), r1csPath, shape)
    );
  } finally {
    closeSync(fd);
  }
}

function firstDifference(
  pairs: readonly (readonly [string, number | bigint, number | bigint])[],
): Mismatch | null {
  const found = pairs.find(([, expected, actual]) => expected !== actual);
  return found === undefined ? null : { what: found[0], expected: `${found[1]}`, actual: `${found[2]}` };
}

function compareHeader(
  fd: number,
  zkeyPath: string,
  sections: Map<number, FileSection>,
  shape: CircuitShape,
): Mismatch | null {
  const protocol = readExactly(fd, zkeyPath, requireSection(sections, 1, zkeyPath).offset, 4).readUInt32LE(0);
  const header = readExactly(fd, zkeyPath, requireSection(sections, 2, zkeyPath).offset, sizesEnd);
  return firstDifference([
    ["protocol number", 1, protocol],
    [
      "scalar field",
      scalarFieldOrder,
      fromLittleEndian(header.subarray(sizesOffset - scalarBytes, sizesOffset)),
    ],
    ["number of wires", shape.wires, header.readUInt32LE(sizesOffset)],
    ["number of public signals", shape.publicSignals, header.readUInt32LE(sizesOffset + 4)],
    ["domain size", 2 ** shape.log2Domain, header.readUInt32LE(sizesOffset + 8)],
  ]);
}

function compareSectionSizes(
  zkeyPath: string,
  sections: Map<number, FileSection>,
  shape: CircuitShape,
): Mismatch | null {
  const publicWires = shape.publicSignals + 1;
  const expected: readonly (readonly [number, number])[] = [
    [3, publicWires * pointBytes.G1],
    [5, shape.wires * pointBytes.G1],
    [6, shape.wires * pointBytes.G1],
    [7, shape.wires * pointBytes.G2],
    [8, (shape.wires - publicWires) * pointBytes.G1],
    [9, 2 ** shape.log2Domain * pointBytes.G1],
  ];
  return firstDifference(
    expected.map(([id, byteLength]) => [
      `size of section ${id}`,
      byteLength,
      requireSection(sections, id, zkeyPath).byteLength,
    ]),
  );
}

function compareCoefficients(
  curve: CurveMemory,
  fd: number,
  zkeyPath: string,
  section: FileSection,
  r1csPath: string,
  shape: CircuitShape,
): Mismatch | null {
  let offset = section.offset + 4;
  const end = section.offset + section.byteLength;
  let mismatch: Mismatch | null = null;
  const writer = new CoefficientWriter(curve, (chunk) => {
    const start = offset;
    offset += chunk.byteLength;
    if (mismatch !== null || offset > end) return;
    if (!readExactly(fd, zkeyPath, start, chunk.byteLength).equals(chunk)) {
      const range = `coefficients from ${(start - section.offset - 4) / coefficientBytes}`;
      mismatch = { what: range, expected: "the circuit's", actual: "others" };
    }
  });
  new R1csStream(curve, r1csPath).forEachTerm((matrix, row, wire, value) => {
    if (matrix !== 2) writer.write(matrix, row, wire, value);
  });
  writer.writePublicRows(shape);
  writer.flush();
  return mismatch ?? firstDifference([["size of section 4", offset - section.offset, section.byteLength]]);
}
