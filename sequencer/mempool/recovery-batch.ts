import { type KeyRecovery, recoverAt, recoveryIdOf } from "../../state/evm/key-recovery.ts";

/**
 * Signatures on their way to a thread, and keys on their way back, as the bytes that they are: to clone an object for each takes as
 * long as half a recovery.
 */

const wordBytes = 32;
/** Digest, r, s and the recovery id. */
const signatureBytes = 3 * wordBytes + 1;
const publicKeyBytes = 64;
/** 1 and a key, or 0. */
const answerBytes = 1 + publicKeyBytes;

const noKey = 0xff;

export function packSignatures(signatures: readonly KeyRecovery[]): Uint8Array {
  const packed = new Uint8Array(signatures.length * signatureBytes);
  for (const [i, signature] of signatures.entries()) {
    const { digest, r, s } = signature;
    const at = i * signatureBytes;
    packed.set(digest, at);
    packed.set(r, at + 2 * wordBytes - r.length);
    packed.set(s, at + 3 * wordBytes - s.length);
    packed[at + 3 * wordBytes] = recoveryIdOf(signature) ?? noKey;
  }
  return packed;
}

/** What the thread does. */
export function recoverPacked(packed: Uint8Array): Uint8Array {
  const count = packed.length / signatureBytes;
  const answers = new Uint8Array(count * answerBytes);
  for (let i = 0; i < count; i++) {
    const at = i * signatureBytes;
    const recoveryId = packed[at + 3 * wordBytes];
    if (recoveryId !== 0 && recoveryId !== 1) continue;
    const digest = packed.subarray(at, at + wordBytes);
    const key = recoverAt(digest, packed.subarray(at + wordBytes, at + 3 * wordBytes), recoveryId);
    if (key === undefined) continue;
    answers[i * answerBytes] = 1;
    answers.set(key, i * answerBytes + 1);
  }
  return answers;
}

/** The key of the signature at this place, undefined if there is none. */
export function keyAt(answers: Uint8Array, index: number): Uint8Array | undefined {
  const at = index * answerBytes;
  return answers[at] === 1 ? answers.slice(at + 1, at + answerBytes) : undefined;
}
