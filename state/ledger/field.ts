/** The BN254 scalar field, in which the ledger, its hashes and its circuit are written (EIP-196, EIP-197). */
export const FIELD_PRIME = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** True if `value` is a canonical field element. */
export const isFieldElement = (value: bigint): boolean => value >= 0n && value < FIELD_PRIME;

/** True if `value` is an unsigned integer of at most `bits` bits. */
export const fitsBits = (value: bigint, bits: number): boolean => value >= 0n && value >> BigInt(bits) === 0n;

/** 32 bytes, big-endian. `value` must be an unsigned 256-bit integer. */
export function toBytes32(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let limb = 0; limb < 4; limb++) {
    view.setBigUint64(24 - 8 * limb, (value >> BigInt(64 * limb)) & 0xffffffffffffffffn);
  }
  return bytes;
}

/** The unsigned integer of at most 32 big-endian bytes starting at `offset`. */
export function fromBytes32(bytes: Uint8Array, offset = 0): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 32);
  let value = 0n;
  for (let limb = 0; limb < 4; limb++) value = (value << 64n) | view.getBigUint64(8 * limb);
  return value;
}
