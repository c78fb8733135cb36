/** Takes over a `.zkey` that a ceremony made, after checking that it belongs to the circuit. */
import { copyFile } from "node:fs/promises";
import { readCircuitShape } from "./groth16-setup.ts";
import { KeyMismatchError } from "./key-check.ts";
import { SetupThreads } from "./setup-threads.ts";

export interface ImportOptions {
  readonly ceremonyZkeyPath: string;
  readonly r1csPath: string;
  readonly zkeyPath: string;
  readonly signal?: AbortSignal;
}

/** Copies the key to `zkeyPath`. Throws {@link KeyMismatchError}, BinaryFileError. */
export async function importKey(options: ImportOptions): Promise<void> {
  const { ceremonyZkeyPath, r1csPath, zkeyPath } = options;
  const shape = readCircuitShape(r1csPath);
  const threads = new SetupThreads(1, options.signal);
  try {
    // The copy is what gets checked: the original may change meanwhile.
    await copyFile(ceremonyZkeyPath, zkeyPath);
    const mismatch = await threads.checkKey({ r1csPath, zkeyPath, shape });
    if (mismatch === null) return;
    throw new KeyMismatchError(ceremonyZkeyPath, mismatch.what, mismatch.expected, mismatch.actual);
  } finally {
    await threads.close();
  }
}
