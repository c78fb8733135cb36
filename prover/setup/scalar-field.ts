/** The scalar field of BN254 as bigints: for the few values of a setup; bulk arithmetic happens in WebAssembly. */

export const scalarFieldOrder =
  21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** The largest power of two that divides the order less one. */
export const twoAdicity = 28;
export const scalarBytes = 32;

/** The smallest quadratic non-residue; snarkjs and rapidsnark take their roots of unity from it. */
const nonResidue = 5n;

export function reduce(value: bigint): bigint {
  const rest = value % scalarFieldOrder;
  return rest < 0n ? rest + scalarFieldOrder : rest;
}

export function multiply(...factors: bigint[]): bigint {
  return factors.reduce((product, factor) => (product * factor) % scalarFieldOrder, 1n);
}

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = reduce(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

/** Fermat; the inverse of 0 is 0. */
export function invert(value: bigint): bigint {
  return power(value, scalarFieldOrder - 2n);
}

/** A root of unity of order exactly 2^log2Order, log2Order ≤ {@link twoAdicity}. */
export function rootOfUnity(log2Order: number): bigint {
  return power(nonResidue, (scalarFieldOrder - 1n) >> BigInt(log2Order));
}

export function toLittleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(scalarBytes);
  let rest = value;
  for (let i = 0; i < scalarBytes; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

export function fromLittleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
