import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { BASE8, curvePoint, SUBGROUP_ORDER, timesCofactor } from "./babyjubjub.ts";
import { isFieldElement, toBytes32 } from "./field.ts";
import { poseidon } from "./poseidon.ts";

/** EdDSA-Poseidon as circomlib's EdDSAPoseidonVerifier checks it. */
export interface Signature {
  readonly r8x: bigint;
  readonly r8y: bigint;
  readonly s: bigint;
}

export interface PublicKey {
  readonly x: bigint;
  readonly y: bigint;
}

/** A ledger private key: a scalar in [1, subgroup order) and 32 secret bytes for deterministic nonces. */
export interface PrivateKey {
  readonly scalar: bigint;
  readonly nonceKey: Uint8Array;
}

function toScalar(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return (value % (SUBGROUP_ORDER - 1n)) + 1n;
}

/** Derives a private key from at least 32 bytes of secret entropy. */
export function privateKeyFromSeed(seed: Uint8Array): PrivateKey {
  if (seed.length < 32) throw new RangeError(`a seed needs at least 32 bytes, got ${seed.length}`);
  const derive = (label: string) => hmac(sha512, new TextEncoder().encode(label), seed);
  return {
    scalar: toScalar(derive("NeuraChain ledger key v1: scalar")),
    nonceKey: derive("NeuraChain ledger key v1: nonce").slice(0, 32),
  };
}

export function publicKeyOf(key: PrivateKey): PublicKey {
  return BASE8.multiply(key.scalar).toAffine();
}

/** Signs a field element. The nonce is a function of key and message, so that no two messages share one. */
export function sign(key: PrivateKey, message: bigint): Signature {
  const nonce = toScalar(hmac(sha512, key.nonceKey, toBytes32(message)));
  const r8 = BASE8.multiply(nonce).toAffine();
  const publicKey = publicKeyOf(key);
  const challenge = poseidon([r8.x, r8.y, publicKey.x, publicKey.y, message]);
  return { r8x: r8.x, r8y: r8.y, s: (nonce + 8n * challenge * key.scalar) % SUBGROUP_ORDER };
}

/**
 * The circuit's predicate, exactly: both points on the curve, A not of small order, S below the subgroup order, and
 * S·B8 = R8 + h·(8A). What this accepts can be proven.
 */
export function verify(publicKey: PublicKey, message: bigint, signature: Signature): boolean {
  const { s } = signature;
  if (s < 0n || s >= SUBGROUP_ORDER || !isFieldElement(message)) return false;
  const a = curvePoint(publicKey.x, publicKey.y);
  const r8 = curvePoint(signature.r8x, signature.r8y);
  if (a === undefined || r8 === undefined) return false;
  const a8 = timesCofactor(a);
  if (a8.is0()) return false;
  const challenge = poseidon([signature.r8x, signature.r8y, publicKey.x, publicKey.y, message]);
  return BASE8.multiplyUnsafe(s).equals(r8.add(a8.multiplyUnsafe(challenge % SUBGROUP_ORDER)));
}
