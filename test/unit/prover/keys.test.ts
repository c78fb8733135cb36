import { bn254 } from "@noble/curves/bn254.js";
import { describe, expect, it } from "vitest";
import { CurveMemory } from "../../../prover/setup/curve-memory.ts";
import { FixedBaseTable, windowBitsFor } from "../../../prover/setup/fixed-base.ts";
import {
  fromLittleEndian,
  invert,
  multiply,
  power,
  rootOfUnity,
  scalarBytes,
  scalarFieldOrder,
  toLittleEndian,
  twoAdicity,
} from "../../../prover/setup/scalar-field.ts";
import { developmentSecrets, freshSecrets } from "../../../prover/setup/secrets.ts";

const baseFieldOrder = bn254.fields.Fp.ORDER;

/** One coordinate: 32 bytes little-endian, Montgomery with radix 2^256. */
function coordinate(bytes: Uint8Array, index: number): bigint {
  const raw = fromLittleEndian(bytes.subarray(index * 32, (index + 1) * 32));
  return bn254.fields.Fp.mul(raw, bn254.fields.Fp.inv((1n << 256n) % baseFieldOrder));
}

function scalarWords(scalars: readonly bigint[]): Uint32Array {
  const bytes = new Uint8Array(scalars.length * scalarBytes);
  for (const [i, scalar] of scalars.entries()) bytes.set(toLittleEndian(scalar), i * scalarBytes);
  return new Uint32Array(bytes.buffer);
}

const scalars = [0n, 1n, 2n, 3n, 8191n, 8192n, scalarFieldOrder - 1n, developmentSecrets().tau];

describe("fixed-base multiples", () => {
  it.each([4, 7, 13])(
    "equal those of another implementation in G1, windows of %i bits",
    async (windowBits) => {
      const table = new FixedBaseTable(await CurveMemory.create(), "G1", windowBits);
      const points = table.multiply(scalarWords(scalars), scalars.length);
      for (const [i, scalar] of scalars.entries()) {
        const point = points.subarray(i * 64, (i + 1) * 64);
        if (scalar === 0n) {
          expect(point.every((byte) => byte === 0)).toBe(true);
          continue;
        }
        const expected = bn254.G1.Point.BASE.multiply(scalar).toAffine();
        expect([coordinate(point, 0), coordinate(point, 1)]).toEqual([expected.x, expected.y]);
      }
    },
  );

  it("equal those of another implementation in G2", async () => {
    const table = new FixedBaseTable(await CurveMemory.create(), "G2", 5);
    const points = table.multiply(scalarWords(scalars), scalars.length);
    for (const [i, scalar] of scalars.entries()) {
      const point = points.subarray(i * 128, (i + 1) * 128);
      if (scalar === 0n) {
        expect(point.every((byte) => byte === 0)).toBe(true);
        continue;
      }
      const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
      expect([0, 1, 2, 3].map((limb) => coordinate(point, limb))).toEqual([x.c0, x.c1, y.c0, y.c1]);
    }
  });

  it("use larger tables for more scalars, within memory", () => {
    expect(windowBitsFor(1)).toBe(4);
    expect(windowBitsFor(1 << 12)).toBe(9);
    expect(windowBitsFor(1 << 24)).toBe(13);
  });
});

describe("the scalar field", () => {
  it("has a root of unity of exactly the order asked for", () => {
    for (const log2Order of [1, 5, 17, twoAdicity]) {
      const root = rootOfUnity(log2Order);
      expect(power(root, 1n << BigInt(log2Order))).toBe(1n);
      expect(power(root, 1n << BigInt(log2Order - 1))).toBe(scalarFieldOrder - 1n);
    }
  });

  it("inverts", () => {
    for (const value of scalars.slice(1)) expect(multiply(value, invert(value))).toBe(1n);
  });
});

describe("setup secrets", () => {
  it("of development never change: deployed verifiers on local chains depend on them", () => {
    expect(developmentSecrets()).toEqual({
      tau: 3294254085519585121783155011000577408563042382837130659497225326489957661366n,
      alpha: 16740949262911770952306059116853782869212949492753363332529705536825096885176n,
      beta: 14550251110365526974053333540244270155167233388275594593691174833223977666639n,
      gamma: 6996130315183871305958784539674848262544378318526493923844818180738591374472n,
      delta: 1800705819350509067566543788735890257847778464349774770111753287444572664221n,
    });
  });

  it("when fresh are distinct, non-zero field elements, new every time", () => {
    const values = [...Object.values(freshSecrets()), ...Object.values(freshSecrets())] as bigint[];
    expect(new Set(values).size).toBe(10);
    for (const value of values) expect(value > 0n && value < scalarFieldOrder).toBe(true);
  });
});
