/** Recognises development keys by their points, whatever their file claims. */
import { bn254 } from "@noble/curves/bn254.js";
import { developmentSecrets } from "./setup/secrets.ts";
import type { VerificationKey } from "./snarkjs.ts";

/** A development key came in as a ceremony's: its secrets are public, so anyone could forge proofs with it. */
export class DevelopmentKeyError extends Error {
  readonly code = "ZKEY_IS_DEVELOPMENT";
  constructor(readonly zkeyPath: string) {
    super(`${zkeyPath} is made from the public development secrets; import a key of a ceremony`);
  }
}

/** True if the key's α is the public one. Such keys are for local chains only. */
export function isDevelopmentKey(key: Pick<VerificationKey, "vk_alpha_1">): boolean {
  const { x, y } = bn254.G1.Point.BASE.multiply(developmentSecrets().alpha).toAffine();
  const [keyX, keyY] = key.vk_alpha_1;
  return BigInt(keyX) === x && BigInt(keyY) === y;
}
