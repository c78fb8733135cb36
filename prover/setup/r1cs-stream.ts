/** Reads the constraints of an `.r1cs` file through a fixed window of curve memory, so that its size does not matter. */
import { closeSync, openSync, readSync } from "node:fs";
import { BinaryFileError, readR1csHeader } from "../../circuits/binary-file.ts";
import type { CurveMemory } from "./curve-memory.ts";
import { scalarBytes } from "./scalar-field.ts";

const windowBytes = 1 << 22;
const termBytes = 4 + scalarBytes;

/** `value` is the address of the coefficient: plain, valid only during the call. Matrices: 0 = A, 1 = B, 2 = C. */
export type TermVisitor = (matrix: 0 | 1 | 2, row: number, wire: number, value: number) => void;

export class R1csStream {
  readonly #curve: CurveMemory;
  readonly #path: string;
  readonly #window: number;
  #fd = -1;
  #fileOffset = 0;
  #fileEnd = 0;
  #position = 0;
  #filled = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(curve: CurveMemory, path: string) {
    this.#curve = curve;
    this.#path = path;
    this.#window = curve.allocate(windowBytes);
  }

  /** Visits every term in file order. Throws {@link BinaryFileError}. */
  forEachTerm(visit: TermVisitor): void {
    const header = readR1csHeader(this.#path);
    this.#fd = openSync(this.#path, "r");
    try {
      this.#fileOffset = header.constraintSection.offset;
      this.#fileEnd = this.#fileOffset + header.constraintSection.byteLength;
      this.#view = new DataView(this.#curve.memory.buffer);
      for (let row = 0; row < header.constraints; row++) {
        for (const matrix of [0, 1, 2] as const) this.#visitCombination(matrix, row, header.wires, visit);
      }
    } finally {
      closeSync(this.#fd);
    }
  }

  #visitCombination(matrix: 0 | 1 | 2, row: number, wires: number, visit: TermVisitor): void {
    for (let left = this.#readUint32(); left > 0; left--) {
      this.#require(termBytes);
      const at = this.#window + this.#position;
      const wire = this.#view.getUint32(at, true);
      // Wire numbers address memory: one out of range would corrupt the sums of another.
      if (wire >= wires) throw new BinaryFileError(this.#path, `a wire below ${wires}`, `${wire}`);
      this.#position += termBytes;
      visit(matrix, row, wire, at + 4);
    }
  }

  #readUint32(): number {
    this.#require(4);
    const value = this.#view.getUint32(this.#window + this.#position, true);
    this.#position += 4;
    return value;
  }

  /** Makes `byteLength` bytes available at the position. */
  #require(byteLength: number): void {
    if (this.#filled - this.#position >= byteLength) return;
    const window = this.#curve.bytes(this.#window, windowBytes);
    window.copyWithin(0, this.#position, this.#filled);
    this.#filled -= this.#position;
    this.#position = 0;
    while (this.#filled < byteLength) {
      const wanted = Math.min(windowBytes - this.#filled, this.#fileEnd - this.#fileOffset);
      const count = wanted > 0 ? readSync(this.#fd, window, this.#filled, wanted, this.#fileOffset) : 0;
      if (count === 0) throw new BinaryFileError(this.#path, "more constraints", "the end of their section");
      this.#filled += count;
      this.#fileOffset += count;
    }
  }
}
