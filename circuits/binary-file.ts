/**
 * Reads the header and the section table of the iden3 binary formats (`.r1cs`, `.zkey`, `.wtns`): four magic bytes, version,
 * section count, then sections of (u32 type, u64 size, bytes). Format: https://github.com/iden3/r1csfile.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface FileSection {
  readonly offset: number;
  readonly byteLength: number;
}

export interface R1csHeader {
  readonly fieldBytes: number;
  readonly prime: bigint;
  readonly wires: number;
  /** Outputs and public inputs, without the constant wire. */
  readonly publicSignals: number;
  readonly constraints: number;
  readonly constraintSection: FileSection;
}

/** Not a file of the expected format, or cut short. */
export class BinaryFileError extends Error {
  readonly code = "BINARY_FILE_INVALID";
  constructor(
    readonly file: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`${file}: expected ${expected}, found ${actual}; delete it and build it again`);
  }
}

/** Types above this are in none of the formats. */
const maxSections = 64;

/** Reads exactly `byteLength` bytes at `offset`. */
export function readExactly(fd: number, file: string, offset: number, byteLength: number): Buffer {
  const buffer = Buffer.alloc(byteLength);
  let filled = 0;
  while (filled < byteLength) {
    const count = readSync(fd, buffer, filled, byteLength - filled, offset + filled);
    if (count === 0) throw new BinaryFileError(file, `${byteLength} bytes at ${offset}`, `${filled}`);
    filled += count;
  }
  return buffer;
}

/** Offset and size of every section by its type. Throws {@link BinaryFileError}. */
export function readSections(fd: number, file: string, magic: string): Map<number, FileSection> {
  const head = readExactly(fd, file, 0, 12);
  const actualMagic = head.toString("latin1", 0, 4);
  if (actualMagic !== magic) throw new BinaryFileError(file, `magic "${magic}"`, JSON.stringify(actualMagic));
  const count = head.readUInt32LE(8);
  if (count > maxSections) throw new BinaryFileError(file, `at most ${maxSections} sections`, `${count}`);
  const fileBytes = fstatSync(fd).size;
  const sections = new Map<number, FileSection>();
  let offset = 12;
  for (let i = 0; i < count; i++) {
    const sectionHead = readExactly(fd, file, offset, 12);
    const byteLength = Number(sectionHead.readBigUInt64LE(4));
    const section = { offset: offset + 12, byteLength };
    offset = section.offset + byteLength;
    if (offset > fileBytes) throw new BinaryFileError(file, `${offset} bytes`, `${fileBytes}`);
    sections.set(sectionHead.readUInt32LE(0), section);
  }
  return sections;
}

export function requireSection(sections: Map<number, FileSection>, type: number, file: string): FileSection {
  const section = sections.get(type);
  if (section === undefined) throw new BinaryFileError(file, `section ${type}`, "none");
  return section;
}

export function readR1csHeader(file: string): R1csHeader {
  const fd = openSync(file, "r");
  try {
    const sections = readSections(fd, file, "r1cs");
    const { offset, byteLength } = requireSection(sections, 1, file);
    const header = readExactly(fd, file, offset, byteLength);
    const fieldBytes = header.readUInt32LE(0);
    const prime = BigInt(
      `0x${Buffer.from(header.subarray(4, 4 + fieldBytes))
        .reverse()
        .toString("hex")}`,
    );
    const at = 4 + fieldBytes;
    return {
      fieldBytes,
      prime,
      wires: header.readUInt32LE(at),
      publicSignals: header.readUInt32LE(at + 4) + header.readUInt32LE(at + 8),
      constraints: header.readUInt32LE(at + 24),
      constraintSection: requireSection(sections, 2, file),
    };
  } finally {
    closeSync(fd);
  }
}
