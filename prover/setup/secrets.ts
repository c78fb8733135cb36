/**
 * The five secrets of a Groth16 setup (https://eprint.iacr.org/2016/260, section 3.2). Whoever knows them can prove anything.
 * The development secrets are public by construction, so their keys are for local chains only.
 */
import { randomBytes } from "node:crypto";
import { hash_to_field } from "@noble/curves/abstract/hash-to-curve.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { fromLittleEndian, power, reduce, scalarFieldOrder, twoAdicity } from "./scalar-field.ts";

export interface SetupSecrets {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly gamma: bigint;
  readonly delta: bigint;
}

/** Changing this changes every development key: verifiers deployed on local chains stop accepting new proofs. */
const developmentSeed = "NeuraChain development keys 1";
const developmentDomain = "NEURACHAIN-GROTH16-DEVELOPMENT-BN254_XMD:SHA-256";
/** 128 bits more than the field: the bias of the reduction stays below 2^-128. */
const randomBytesPerSecret = 48;

function fromValues(values: readonly bigint[]): SetupSecrets {
  const [tau = 0n, alpha = 0n, beta = 0n, gamma = 0n, delta = 0n] = values;
  return { tau, alpha, beta, gamma, delta };
}

/** Zero would make a key without soundness; a τ that is a root of unity makes a Lagrange denominator zero. */
function areUsable(secrets: SetupSecrets): boolean {
  const isRootOfUnity = power(secrets.tau, 1n << BigInt(twoAdicity)) === 1n;
  return Object.values(secrets).every((secret) => secret !== 0n) && !isRootOfUnity;
}

/** Public constants by hash-to-field (RFC 9380, section 5.2): the same keys on every machine. */
export function developmentSecrets(): SetupSecrets {
  const elements = hash_to_field(new TextEncoder().encode(developmentSeed), 5, {
    p: scalarFieldOrder,
    m: 1,
    k: 128,
    DST: developmentDomain,
    expand: "xmd",
    hash: sha256,
  });
  return fromValues(elements.map((element) => element[0] ?? 0n));
}

/** From the operating system; the caller drops them after the setup. They live in this process's memory until collected. */
export function freshSecrets(): SetupSecrets {
  for (;;) {
    const secrets = fromValues(
      Array.from({ length: 5 }, () => reduce(fromLittleEndian(randomBytes(randomBytesPerSecret)))),
    );
    if (areUsable(secrets)) return secrets;
  }
}
