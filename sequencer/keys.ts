import { batchCircuit, membershipCircuit, type NamedCircuit } from "../circuits/mains.ts";
import { type CircuitArtifacts, type KeySetup, loadOrBuildArtifacts } from "../prover/artifacts.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import type { Progress } from "./progress.ts";

/** Circuits and keys of a network: of its batches, and of membership proofs. */
export interface NetworkKeys {
  readonly batch: CircuitArtifacts;
  readonly membership: CircuitArtifacts;
}

export const DEVELOPMENT_KEYS = {
  batch: { mode: "development" },
  membership: { mode: "development" },
} as const;

/** Compiles the circuits and makes their keys, or finds them in the cache. */
export async function networkKeys(options: {
  readonly size: BatchSize;
  readonly setup: { readonly batch: KeySetup; readonly membership: KeySetup };
  readonly cacheDirectory: string;
  readonly threads: number;
  readonly progress: Progress;
}): Promise<NetworkKeys> {
  const { size, setup, cacheDirectory, threads, progress } = options;
  const load = (title: string, circuit: NamedCircuit, keySetup: KeySetup) =>
    progress.step(title, (onProgress) =>
      loadOrBuildArtifacts({ ...circuit, cacheDirectory, setup: keySetup, threads, onProgress }),
    );
  const membership = await load("membership circuit and keys", membershipCircuit(size), setup.membership);
  const batch = await load("batch circuit and keys", batchCircuit(size), setup.batch);
  return { batch, membership };
}
