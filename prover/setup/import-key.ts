/** Takes over a `.zkey` that a ceremony made, after checking that it belongs to the circuit. */
import { copyFile } from "node:fs/promises";
import { readCircuitShape } from "./groth16-setup.ts";
import { KeyMismatchError, readAlpha } from "./key-check.ts";
import { developmentSecrets } from "./secrets.ts";
import { SetupThreads } from "./setup-threads.ts";

/** A development key came in as a ceremony's: its secrets are public, so anyone could forge proofs with it. */
export class DevelopmentKeyError extends Error {
  readonly code = "ZKEY_IS_DEVELOPMENT";
  constructor(readonly zkeyPath: string) {
    super(`${zkeyPath} is made from the public development secrets; import a key of a ceremony`);
  }
}

export interface ImportOptions {
  readonly ceremonyZkeyPath: string;
  readonly r1csPath: string;
  readonly zkeyPath: string;
  readonly signal?: AbortSignal;
}

/** Copies the key to `zkeyPath`. Throws {@link KeyMismatchError}, {@link DevelopmentKeyError}, BinaryFileError. */
export async function importKey(options: ImportOptions): Promise<void> {
  const { ceremonyZkeyPath, r1csPath, zkeyPath } = options;
  const shape = readCircuitShape(r1csPath);
  const threads = new SetupThreads(1, options.signal);
  try {
    // The copy is what gets checked: the original may change meanwhile.
    await copyFile(ceremonyZkeyPath, zkeyPath);
    const mismatch = await threads.checkKey({ r1csPath, zkeyPath, shape });
    if (mismatch !== null) {
      throw new KeyMismatchError(ceremonyZkeyPath, mismatch.what, mismatch.expected, mismatch.actual);
    }
    const [developmentAlpha] = await threads.multiplyFew("G1", [developmentSecrets().alpha]);
    if (developmentAlpha !== undefined && readAlpha(zkeyPath).equals(developmentAlpha)) {
      throw new DevelopmentKeyError(ceremonyZkeyPath);
    }
  } finally {
    await threads.close();
  }
}
