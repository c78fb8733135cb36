/** Multiples of a group's generator by many scalars: windowed tables, one mixed addition per non-zero window. */
import type { CurveFunction, CurveMemory } from "./curve-memory.ts";
import { scalarBytes } from "./scalar-field.ts";

export type CurveGroup = "G1" | "G2";

/** An affine point: two coordinates of 32 bytes (G1) or 64 (G2), little-endian Montgomery; infinity is all zero. */
export const pointBytes = { G1: 64, G2: 128 } as const;
const jacobianBytes = { G1: 96, G2: 192 } as const;
const exportPrefix = { G1: "g1m", G2: "g2m" } as const;

const scalarBits = 254;
const minWindowBits = 4;
/** 20 windows of 2^13 points: 10 MB in G1, 21 MB in G2; larger tables cost more to make than they save at 2^18. */
const maxWindowBits = 13;
/** Points made affine together: one field inversion for all of them. */
const pointsPerBatch = 2_048;

/** A table pays for itself when it is several times smaller than the number of scalars. */
export function windowBitsFor(scalars: number): number {
  return Math.min(maxWindowBits, Math.max(minWindowBits, Math.floor(Math.log2(scalars + 1)) - 3));
}

export class FixedBaseTable {
  readonly #curve: CurveMemory;
  readonly #group: CurveGroup;
  readonly #windowBits: number;
  readonly #addMixed: CurveFunction;
  readonly #setZero: CurveFunction;
  readonly #toAffine: CurveFunction;
  /** Point `digit·2^(windowBits·window)·G` at `#table + (window << windowBits | digit) · pointBytes`; digit 0 is infinity. */
  readonly #table: number;
  readonly #batch: number;

  constructor(curve: CurveMemory, group: CurveGroup, windowBits: number) {
    this.#curve = curve;
    this.#group = group;
    this.#windowBits = windowBits;
    const prefix = exportPrefix[group];
    this.#addMixed = curve.function(`${prefix}_addMixed`);
    this.#setZero = curve.function(`${prefix}_zero`);
    this.#toAffine = curve.function(`${prefix}_batchToAffine`);
    this.#table = this.#build();
    this.#batch = curve.allocate(pointsPerBatch * jacobianBytes[group]);
  }

  #build(): number {
    const windows = Math.ceil(scalarBits / this.#windowBits);
    const size = 1 << this.#windowBits;
    const affine = pointBytes[this.#group];
    const jacobian = jacobianBytes[this.#group];
    const table = this.#curve.allocate(windows * size * affine);
    const row = this.#curve.allocate((size + 1) * jacobian);
    let base = this.#group === "G1" ? this.#curve.generatorG1 : this.#curve.generatorG2;
    const nextBase = this.#curve.allocate(affine);
    for (let window = 0; window < windows; window++) {
      this.#setZero(row);
      for (let digit = 1; digit <= size; digit++)
        this.#addMixed(row + (digit - 1) * jacobian, base, row + digit * jacobian);
      this.#curve.reserve(size + 1);
      this.#toAffine(row, size + 1, row);
      const points = this.#curve.bytes(row, size * affine);
      this.#curve.bytes(table + window * size * affine, size * affine).set(points);
      this.#curve.bytes(nextBase, affine).set(this.#curve.bytes(row + size * affine, affine));
      base = nextBase;
    }
    return table;
  }

  /** Affine points `scalar·G` for `count` scalars of 32 bytes, reduced, not Montgomery. */
  multiply(scalars: Uint32Array, count: number): Uint8Array {
    const affine = pointBytes[this.#group];
    const output = new Uint8Array(count * affine);
    for (let first = 0; first < count; first += pointsPerBatch) {
      const length = Math.min(pointsPerBatch, count - first);
      for (let i = 0; i < length; i++)
        this.#accumulate(scalars, first + i, this.#batch + i * jacobianBytes[this.#group]);
      this.#curve.reserve(length);
      this.#toAffine(this.#batch, length, this.#batch);
      output.set(this.#curve.bytes(this.#batch, length * affine), first * affine);
    }
    return output;
  }

  #accumulate(scalars: Uint32Array, index: number, target: number): void {
    const words = scalarBytes / 4;
    const at = index * words;
    const mask = (1 << this.#windowBits) - 1;
    const affine = pointBytes[this.#group];
    this.#setZero(target);
    for (let bit = 0, window = 0; bit < scalarBits; bit += this.#windowBits, window++) {
      const word = bit >>> 5;
      const shift = bit & 31;
      const low = (scalars[at + word] ?? 0) >>> shift;
      const high = shift === 0 || word + 1 === words ? 0 : (scalars[at + word + 1] ?? 0) << (32 - shift);
      const digit = (low | high) & mask;
      if (digit === 0) continue;
      const entry = ((window << this.#windowBits) | digit) * affine;
      this.#addMixed(target, this.#table + entry, target);
    }
  }
}
