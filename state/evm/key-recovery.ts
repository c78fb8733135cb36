import { recover as recoverByWasm } from "tiny-secp256k1";

/**
 * The same library of bitcoin-core's twice: compiled for this machine, where the package brings that, and as WASM, which takes four
 * times as long, for all others. The package's own substitute, in JavaScript, takes longer still.
 */
const native = await import("secp256k1/bindings.js").then(
  (bindings) => bindings.default,
  () => undefined,
);

/** A secp256k1 signature, and what it signs. */
export interface KeyRecovery {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** 27/28, 0/1, or 35/36 + 2·chainId (EIP-155). */
  readonly v: bigint;
  /** Big-endian, at most 32 bytes. */
  readonly r: Uint8Array;
  readonly s: Uint8Array;
  /** Of a legacy transaction that is bound to a chain. */
  readonly chainId: bigint | undefined;
}

/** Answers the public key (64 bytes) behind a signature, or undefined if there is none. */
export type KeyRecoverer = (signature: KeyRecovery) => Promise<Uint8Array | undefined>;

/** Which of the two points with the signature's x it is; undefined where v says neither. */
export function recoveryIdOf({ v, chainId }: KeyRecovery): 0 | 1 | undefined {
  const id = v === 0n || v === 1n ? v : chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  if (id === 0n) return 0;
  return id === 1n ? 1 : undefined;
}

/** The public key (64 bytes) behind a signature, undefined if there is none. */
export function recoverKey(signature: KeyRecovery): Uint8Array | undefined {
  const { digest, r, s } = signature;
  const recoveryId = recoveryIdOf(signature);
  if (recoveryId === undefined) return undefined;
  const compact = new Uint8Array(64);
  compact.set(r, 32 - r.length);
  compact.set(s, 64 - s.length);
  return recoverAt(digest, compact, recoveryId);
}

/** The same of r and s, 32 bytes each, one after the other. */
export function recoverAt(
  digest: Uint8Array,
  signature: Uint8Array,
  recoveryId: 0 | 1,
): Uint8Array | undefined {
  try {
    const key =
      native === undefined
        ? recoverByWasm(digest, signature, recoveryId, false)
        : native.ecdsaRecover(signature, recoveryId, digest, false);
    return key?.slice(1);
  } catch {
    return undefined; // r or s is zero or not below the curve order
  }
}
