import { expect, it } from "vitest";
import { verifyPointEvaluation } from "../../../state/evm/point-evaluation.ts";
import type { Hex } from "../../../state/evm/types.ts";

/** [1]₁ and [τ]₁, the first powers of the KZG ceremony's result, and the point at infinity. */
const one: Hex =
  "0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
const tau: Hex =
  "0xad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81";
const zero: Hex = `0xc0${"00".repeat(47)}`;
const order = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

// The polynomial x has the commitment [τ]₁, the value z at z, and (x − z)/(x − z) = 1 as its proof. A constant has no other.
it.each([0n, 5n, order - 1n])("x has the value %i there", (z) => {
  expect(verifyPointEvaluation(tau, word(z), word(z), one)).toBe(true);
  expect(verifyPointEvaluation(tau, word(z), word((z + 1n) % order), one)).toBe(false);
  expect(verifyPointEvaluation(tau, word(z), word(z), tau)).toBe(false);
});

it("the constants 1 and 0 have their values everywhere", () => {
  expect(verifyPointEvaluation(one, word(7n), word(1n), zero)).toBe(true);
  expect(verifyPointEvaluation(one, word(7n), word(2n), zero)).toBe(false);
  expect(verifyPointEvaluation(zero, word(1n), word(0n), zero)).toBe(true);
});

it.each([
  ["a point without the flag of compression", `0x11${"11".repeat(47)}`],
  ["no point of the curve", `0x80${"00".repeat(46)}05`],
  ["a coordinate that is not reduced", `0x9f${"ff".repeat(47)}`],
] as const)("refuses %s", (_what, commitment) => {
  expect(() => verifyPointEvaluation(commitment, word(1n), word(1n), one)).toThrow();
});

it("refuses values that are not below the order", () => {
  expect(() => verifyPointEvaluation(tau, word(order), word(1n), one)).toThrow(/order/);
  expect(() => verifyPointEvaluation(tau, word(1n), word(order), one)).toThrow(/order/);
});
