import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import type { Address } from "viem";
import { demandDeployedKey } from "../../bridge/deployed-key.ts";
import { isLocalChain } from "../../bridge/verifier-key.ts";
import type { NamedCircuit } from "../../circuits/mains.ts";
import { type CircuitArtifacts, type KeySetup, loadOrBuildArtifacts } from "../../prover/artifacts.ts";
import { ConfigError } from "../config.ts";
import type { Progress } from "../progress.ts";
import type { ConnectedChain, Environment } from "./command.ts";

export const ARTIFACTS_USAGE =
  "  --artifacts-dir DIR   cache of circuits and keys                  (NEURA_ARTIFACTS_DIR, .neura/artifacts)";

export function artifactsDirectory(option: string | undefined, env: Environment): string {
  const dataDirectory = env.NEURA_DATA_DIR || ".neura";
  return resolve(option ?? (env.NEURA_ARTIFACTS_DIR || join(dataDirectory, "artifacts")));
}

/** How a command gets a proving key. */
export interface KeyChoice {
  /** The option that names the file, such as `--batch-zkey`. */
  readonly option: string;
  /** Left out: the development key, which only local chains take. */
  readonly zkeyPath: string | undefined;
  readonly cacheDirectory: string;
}

/**
 * A circuit with the key that the deployed verifier accepts proofs of. Throws a ConfigError if the key must be named, a
 * DeployedKeyError before any proof is made with a wrong one, and what loadOrBuildArtifacts throws.
 */
export async function deployedArtifacts(
  chain: ConnectedChain,
  verifier: Address,
  circuit: NamedCircuit,
  { option, zkeyPath, cacheDirectory }: KeyChoice,
  progress: Progress,
): Promise<CircuitArtifacts> {
  if (zkeyPath === undefined && !isLocalChain(chain)) {
    throw new ConfigError(
      `${option} FILE is needed: this is no local chain, so its contracts were deployed with a key of a ceremony or of npm run setup -- --fresh`,
    );
  }
  const setup: KeySetup =
    zkeyPath === undefined ? { mode: "development" } : { mode: "imported", zkeyPath: resolve(zkeyPath) };
  const threads = availableParallelism();
  const artifacts = await progress.step(`circuit ${circuit.name} and its key`, (onProgress) =>
    loadOrBuildArtifacts({ ...circuit, cacheDirectory, setup, threads, onProgress }),
  );
  await demandDeployedKey(chain.reader, verifier, artifacts.verificationKey, {
    circuit: circuit.name,
    option,
  });
  return artifacts;
}
