/**
 * Everything a circuit needs to be proven, from its source: constraint system, witness calculator, proving and
 * verification key. Cached by content, so the second call only reads two small files.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { discardStaging, publishDirectory, stagingDirectory } from "../circuits/artifact-cache.ts";
import { type CompiledCircuit, compileCircuit } from "../circuits/compile.ts";
import type { CircuitSource } from "../circuits/sources.ts";
import { DevelopmentKeyError, isDevelopmentKey } from "./development-key.ts";
import { groth16Setup } from "./setup/groth16-setup.ts";
import { importKey } from "./setup/import-key.ts";
import { developmentSecrets, freshSecrets } from "./setup/secrets.ts";
import type { VerificationKey } from "./snarkjs.ts";
import { WorkerThreads } from "./worker-threads.ts";

/** Who knows the secrets behind a key. `development`: everyone; such keys are for local chains only. */
export type KeyOrigin = "development" | "fresh" | "imported";

export type KeySetup =
  | { readonly mode: "development" }
  | { readonly mode: "fresh" }
  | { readonly mode: "imported"; readonly zkeyPath: string };

/** Phases in order: "compiling" (total 0: unknown), "reading constraints", "computing key points", "checking key". */
type ArtifactProgress = (phase: string, done: number, total: number) => void;

export interface ArtifactOptions {
  /** Names the cache folders, for people. */
  readonly name: string;
  readonly source: CircuitSource;
  readonly cacheDirectory: string;
  readonly setup: KeySetup;
  /** Threads of the key setup. */
  readonly threads: number;
  /** Where circuits include from, when it is not `circuits/`. */
  readonly circuitsDirectory?: string;
  readonly onProgress?: ArtifactProgress;
  readonly signal?: AbortSignal;
}

export interface CircuitArtifacts {
  readonly r1csPath: string;
  readonly wasmPath: string;
  readonly symPath: string;
  readonly zkeyPath: string;
  readonly verificationKey: VerificationKey;
  readonly constraints: number;
  /** Of the sources, compiler and flags. */
  readonly hash: string;
  readonly zkeySha256: string;
  readonly origin: KeyOrigin;
}

/** Part of every key folder's name: raise it when the same circuit and secrets give another file. */
const keyFormat = "key1";
const hashCharactersInName = 16;

interface KeyManifest {
  readonly circuitHash: string;
  readonly origin: KeyOrigin;
  readonly zkeySha256: string;
  readonly zkeyBytes: number;
}

/** Throws CircuitCompileError, CircuitIncludeError, UnsupportedCircuitError, KeyMismatchError, DevelopmentKeyError. */
export async function loadOrBuildArtifacts(options: ArtifactOptions): Promise<CircuitArtifacts> {
  const circuit = await compile(options);
  const directory = `${circuit.directory}-${keyFormat}-${await keyLabel(options.setup)}`;
  const cached = readKey(directory, circuit);
  if (cached !== null) return cached;
  await buildKey(options, circuit, directory);
  const built = readKey(directory, circuit);
  if (built === null)
    throw new Error(`${directory} is not the key that was just built; delete it and start again`);
  return built;
}

async function compile(options: ArtifactOptions): Promise<CompiledCircuit> {
  const { onProgress, setup: _, threads: __, ...rest } = options;
  let lines = 0;
  return await compileCircuit({ ...rest, onOutput: () => onProgress?.("compiling", ++lines, 0) });
}

/** Keys of different ceremonies lie in different folders. */
async function keyLabel(setup: KeySetup): Promise<string> {
  if (setup.mode !== "imported") return setup.mode;
  return `imported-${(await sha256File(setup.zkeyPath)).slice(0, hashCharactersInName)}`;
}

function readKey(directory: string, circuit: CompiledCircuit): CircuitArtifacts | null {
  const manifestPath = path.join(directory, "manifest.json");
  if (!existsSync(manifestPath)) return null;
  const manifest = JSON.parse(readFileSync(manifestPath, "utf8")) as KeyManifest;
  const zkeyPath = path.join(directory, "circuit.zkey");
  const zkeyBytes = statSync(zkeyPath, { throwIfNoEntry: false })?.size;
  if (manifest.circuitHash !== circuit.hash || manifest.zkeyBytes !== zkeyBytes) return null;
  const keyText = readFileSync(path.join(directory, "verification_key.json"), "utf8");
  const { r1csPath, wasmPath, symPath, constraints, hash } = circuit;
  const { zkeySha256, origin } = manifest;
  const verificationKey = JSON.parse(keyText) as VerificationKey;
  return { r1csPath, wasmPath, symPath, zkeyPath, verificationKey, constraints, hash, zkeySha256, origin };
}

async function buildKey(
  options: ArtifactOptions,
  circuit: CompiledCircuit,
  directory: string,
): Promise<void> {
  const staging = stagingDirectory(options.cacheDirectory);
  try {
    const zkeyPath = path.join(staging, "circuit.zkey");
    await makeKey(options, circuit, zkeyPath);
    const manifest: KeyManifest = {
      circuitHash: circuit.hash,
      origin: options.setup.mode,
      zkeySha256: await sha256File(zkeyPath),
      zkeyBytes: statSync(zkeyPath).size,
    };
    const verificationKey = await exportVerificationKey(zkeyPath, options.signal);
    if (options.setup.mode === "imported" && isDevelopmentKey(verificationKey)) {
      throw new DevelopmentKeyError(options.setup.zkeyPath);
    }
    writeFileSync(path.join(staging, "verification_key.json"), JSON.stringify(verificationKey, null, 1));
    writeFileSync(path.join(staging, "manifest.json"), JSON.stringify(manifest, null, 2));
    publishDirectory(staging, directory);
  } finally {
    discardStaging(staging);
  }
}

async function makeKey(options: ArtifactOptions, circuit: CompiledCircuit, zkeyPath: string): Promise<void> {
  const { setup, threads, onProgress, signal } = options;
  const { r1csPath } = circuit;
  const shared = { r1csPath, zkeyPath, ...(signal === undefined ? {} : { signal }) };
  if (setup.mode === "imported") {
    onProgress?.("checking key", 0, 1);
    await importKey({ ...shared, ceremonyZkeyPath: setup.zkeyPath });
    onProgress?.("checking key", 1, 1);
    return;
  }
  const secrets = setup.mode === "development" ? developmentSecrets() : freshSecrets();
  await groth16Setup({ ...shared, secrets, threads, ...(onProgress === undefined ? {} : { onProgress }) });
}

async function exportVerificationKey(zkeyPath: string, signal?: AbortSignal): Promise<VerificationKey> {
  const threads = new WorkerThreads(1);
  try {
    return (await threads.run("exportVerificationKey", zkeyPath, signal)).value;
  } finally {
    await threads.close();
  }
}

async function sha256File(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
