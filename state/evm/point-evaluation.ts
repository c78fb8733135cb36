import { hexToBytes } from "@ethereumjs/util";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import type { Hex } from "./types.ts";

/**
 * What precompile 0x0a verifies (EIP-4844): that a polynomial, known by its commitment, has the value y at z. Of the ceremony's
 * setup that takes one point, so no library that loads all of them (seconds) is needed.
 */

/** [τ]₂ of the KZG ceremony: the second of the powers in G2 of its published result. */
const tauG2 = bls12_381.G2.Point.fromHex(
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2",
);
const { Fr } = bls12_381.fields;

/** A compressed point (48 bytes) of the subgroup. Throws if it is none. */
function pointOf(encoded: Hex) {
  const point = bls12_381.G1.Point.fromBytes(hexToBytes(encoded));
  point.assertValidity();
  return point;
}

function scalarOf(encoded: Hex): bigint {
  const scalar = BigInt(encoded);
  if (scalar >= Fr.ORDER) throw new RangeError(`${encoded} is not below the order of the field`);
  return scalar;
}

/** Throws if something is no point or no field element. */
export function verifyPointEvaluation(commitment: Hex, z: Hex, y: Hex, proof: Hex): boolean {
  const { G1, G2 } = bls12_381;
  const multiple = (scalar: bigint) => (scalar === 0n ? G1.Point.ZERO : G1.Point.BASE.multiply(scalar));
  const opening = pointOf(proof);
  const at = scalarOf(z);
  // e(C − [y]₁ + [z]π, [1]₂) = e(π, [τ]₂): only points of G1 are multiplied.
  const scaled = at === 0n ? G1.Point.ZERO : opening.multiply(at);
  const left = pointOf(commitment)
    .subtract(multiple(scalarOf(y)))
    .add(scaled);
  const pairs = [
    { g1: left, g2: G2.Point.BASE },
    { g1: opening.negate(), g2: tauG2 },
  ].filter(({ g1 }) => !g1.is0());
  return bls12_381.fields.Fp12.eql(bls12_381.pairingBatch(pairs), bls12_381.fields.Fp12.ONE);
}
