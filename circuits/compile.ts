/**
 * Compiles a circom circuit with the WebAssembly compiler from npm, in a child process, into a content-hash cache:
 * equal sources, flags and compiler give the same folder, so a second call only reads a manifest.
 */
import { spawn } from "node:child_process";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { discardStaging, publishDirectory, stagingDirectory } from "./artifact-cache.ts";
import { readR1csHeader } from "./binary-file.ts";
import type { CircomInvocation } from "./circom-process.ts";
import {
  type CircuitSource,
  hashSources,
  packagesDirectory,
  packageVersion,
  type SourceTree,
} from "./sources.ts";

const require = createRequire(import.meta.url);
const ownDirectory = path.dirname(fileURLToPath(import.meta.url));

/** Part of every cache key; raise it when the layout of a cached folder changes. */
const cacheFormat = "circuit-1";
/** How much of the compiler's output an error keeps. */
const maxDiagnosticCharacters = 8_000;
/** Folder names carry this much of the hash: 64 bits, and the manifest holds the whole of it. */
const hashCharactersInName = 16;

export interface CompileOptions {
  /** Names the cache folder, for people; the hash decides. */
  readonly name: string;
  readonly source: CircuitSource;
  readonly cacheDirectory: string;
  /** Where `include` looks first; this folder unless a test brings its own. */
  readonly circuitsDirectory?: string;
  /** circom simplification; `O2` removes every linear constraint. */
  readonly optimization?: "O0" | "O1" | "O2";
  readonly onOutput?: (line: string) => void;
  readonly signal?: AbortSignal;
}

interface CircuitInfo {
  readonly constraints: number;
  readonly wires: number;
  readonly publicSignals: number;
}

export interface CompiledCircuit extends CircuitInfo {
  readonly directory: string;
  readonly hash: string;
  readonly r1csPath: string;
  readonly wasmPath: string;
  readonly symPath: string;
  /** False when the cache already held it. */
  readonly compiled: boolean;
}

/** The compiler refused the source, or died. */
export class CircuitCompileError extends Error {
  readonly code = "CIRCUIT_COMPILE_FAILED";
  constructor(
    readonly circuit: string,
    readonly exitCode: number | null,
    readonly diagnostics: string,
  ) {
    super(`circom failed on ${circuit} (exit code ${exitCode}); correct the source:\n${diagnostics}`);
  }
}

/** Compiles `source`, or finds it in the cache. Throws {@link CircuitCompileError}, CircuitIncludeError. */
export async function compileCircuit(options: CompileOptions): Promise<CompiledCircuit> {
  const tree: SourceTree = {
    circuitsDirectory: options.circuitsDirectory ?? ownDirectory,
    packagesDirectory: packagesDirectory(),
  };
  const flags = [`--${options.optimization ?? "O2"}`];
  const hash = hashSources(options.source, tree, [cacheFormat, packageVersion("circom2"), ...flags]);
  const directory = path.join(
    options.cacheDirectory,
    `${options.name}-${hash.slice(0, hashCharactersInName)}`,
  );
  const cached = readManifest(directory, hash);
  if (cached !== null) return { ...artifactPaths(directory), ...cached, hash, directory, compiled: false };

  const staging = stagingDirectory(options.cacheDirectory);
  try {
    await runCompiler(options, tree, flags, staging);
    const info = collectOutput(staging, mainFile(options.source));
    writeFileSync(path.join(staging, "manifest.json"), JSON.stringify({ hash, ...info }, null, 2));
    publishDirectory(staging, directory);
    return { ...artifactPaths(directory), ...info, hash, directory, compiled: true };
  } finally {
    discardStaging(staging);
  }
}

function artifactPaths(directory: string): { r1csPath: string; wasmPath: string; symPath: string } {
  return {
    r1csPath: path.join(directory, "circuit.r1cs"),
    wasmPath: path.join(directory, "circuit.wasm"),
    symPath: path.join(directory, "circuit.sym"),
  };
}

function readManifest(directory: string, hash: string): CircuitInfo | null {
  const file = path.join(directory, "manifest.json");
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return null;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as CircuitInfo & { hash: string };
  if (manifest.hash !== hash) return null;
  const { constraints, wires, publicSignals } = manifest;
  return { constraints, wires, publicSignals };
}

/** The compiler sees the checkout at `/checkout`, wherever it is, and nothing else of this machine. */
function invocationFor(
  options: CompileOptions,
  tree: SourceTree,
  flags: string[],
  staging: string,
): CircomInvocation {
  const libraries = [
    "/checkout/circuits",
    "/checkout/node_modules",
    "/checkout/node_modules/circomlib/circuits",
  ];
  const main = `${"path" in options.source ? "/checkout/circuits" : "/output"}/${mainFile(options.source)}`;
  if ("text" in options.source)
    writeFileSync(path.join(staging, mainFile(options.source)), options.source.text);
  return {
    args: [
      main,
      "--r1cs",
      "--wasm",
      "--sym",
      ...flags,
      ...libraries.flatMap((l) => ["-l", l]),
      "-o",
      "/output",
    ],
    directories: {
      "/checkout/circuits": tree.circuitsDirectory,
      "/checkout/node_modules": tree.packagesDirectory,
      "/output": staging,
    },
  };
}

function mainFile(source: CircuitSource): string {
  return "path" in source ? source.path : "main.circom";
}

async function runCompiler(
  options: CompileOptions,
  tree: SourceTree,
  flags: string[],
  staging: string,
): Promise<void> {
  const invocation = invocationFor(options, tree, flags, staging);
  const script = path.join(ownDirectory, "circom-process.ts");
  const child = spawn(
    process.execPath,
    ["--import", require.resolve("tsx"), script, JSON.stringify(invocation)],
    {
      stdio: ["ignore", "pipe", "pipe"],
      signal: options.signal,
    },
  );
  let diagnostics = "";
  const listen = (chunk: Buffer) => {
    const text = chunk.toString();
    diagnostics = (diagnostics + text).slice(-maxDiagnosticCharacters);
    for (const line of text.split("\n")) if (line.trim() !== "") options.onOutput?.(line);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (exitCode !== 0) throw new CircuitCompileError(options.name, exitCode, diagnostics);
}

/** Gives the compiler's files, which it names after the main file, their fixed names. */
function collectOutput(staging: string, main: string): CircuitInfo {
  const name = path.basename(main, ".circom");
  const paths = artifactPaths(staging);
  renameSync(path.join(staging, `${name}.r1cs`), paths.r1csPath);
  renameSync(path.join(staging, `${name}.sym`), paths.symPath);
  renameSync(path.join(staging, `${name}_js`, `${name}.wasm`), paths.wasmPath);
  rmSync(path.join(staging, `${name}_js`), { recursive: true });
  const { constraints, wires, publicSignals } = readR1csHeader(paths.r1csPath);
  return { constraints, wires, publicSignals };
}
