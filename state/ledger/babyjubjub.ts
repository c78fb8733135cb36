import { type EdwardsPoint, edwards } from "@noble/curves/abstract/edwards.js";
import { FIELD_PRIME, isFieldElement } from "./field.ts";

/** Order of the prime subgroup of BabyJubJub (EIP-2494). */
export const SUBGROUP_ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;

/** Coefficients of a·x² + y² = 1 + d·x²·y². */
const A = 168700n;
const D = 168696n;

/** BabyJubJub with Base8, the generator of the prime subgroup (EIP-2494), as its base point. */
const Point = edwards({
  p: FIELD_PRIME,
  n: SUBGROUP_ORDER,
  h: 8n,
  a: A,
  d: D,
  Gx: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  Gy: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
});

export type CurvePoint = EdwardsPoint;

export const BASE8 = Point.BASE;

/** A point from affine coordinates, or undefined if they are no canonical field elements or not on the curve. */
export function curvePoint(x: bigint, y: bigint): CurvePoint | undefined {
  if (!isFieldElement(x) || !isFieldElement(y)) return undefined;
  const x2 = (x * x) % FIELD_PRIME;
  const y2 = (y * y) % FIELD_PRIME;
  const onCurve = (A * x2 + y2 - 1n - D * ((x2 * y2) % FIELD_PRIME)) % FIELD_PRIME === 0n;
  return onCurve ? Point.fromAffine({ x, y }) : undefined;
}

/** Eight times a point: its part in the prime subgroup. */
export const timesCofactor = (point: CurvePoint): CurvePoint => point.double().double().double();

/** A public key is usable if it is on the curve and not of small order (DESIGN section 3, circuit phase B). */
export function isValidPublicKey(x: bigint, y: bigint): boolean {
  const point = curvePoint(x, y);
  return point !== undefined && !timesCofactor(point).is0();
}
