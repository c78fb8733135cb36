/**
 * Compiles the settlement contracts with the WebAssembly solc from npm, into a cache keyed by everything that goes in.
 * As a command: `node --import tsx contracts/compile.ts [cacheDirectory]`; with `--write-abi` it also rewrites `abi.ts`.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Abi, Hex } from "viem";
import {
  gatewayRecoveryAbi,
  groth16VerifierAbi,
  neuraMirrorAbi,
  neuraRollupAbi,
  nrxTokenAbi,
} from "./abi.ts";

const require = createRequire(import.meta.url);
const ownDirectory = path.dirname(fileURLToPath(import.meta.url));

/** Part of every cache key; raise it when the layout of a cached file changes. */
const cacheFormat = "contracts-1";

/** Where artifacts go when nobody says otherwise, relative to the checkout. */
const defaultCacheDirectory = path.join(ownDirectory, "../.neura/artifacts/contracts");

const settings = {
  // Cancun: the newest rules that all three chains and their test networks have.
  evmVersion: "cancun",
  viaIR: true,
  // As many runs as leave the home contract room below the limit of EIP-170.
  optimizer: { enabled: true, runs: 2_000 },
  // No metadata hash in the code: equal code whatever the paths and comments are.
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
} as const;

export interface ContractArtifact<TAbi extends Abi | readonly unknown[] = Abi> {
  readonly abi: TAbi;
  /** Creation code, to which constructor arguments are appended. */
  readonly bytecode: Hex;
  /** Code on chain, with zeros where the constructor puts immutable values. */
  readonly deployedBytecode: Hex;
}

export interface ContractArtifacts {
  readonly NrxToken: ContractArtifact<typeof nrxTokenAbi>;
  readonly Groth16Verifier: ContractArtifact<typeof groth16VerifierAbi>;
  readonly NeuraRollup: ContractArtifact<typeof neuraRollupAbi>;
  readonly NeuraMirror: ContractArtifact<typeof neuraMirrorAbi>;
  readonly GatewayRecovery: ContractArtifact<typeof gatewayRecoveryAbi>;
}

/** In the order of `abi.ts`. The mirror creates its BridgedNrx itself. */
const contractNames: readonly (keyof ContractArtifacts | "BridgedNrx")[] = [
  "NrxToken",
  "Groth16Verifier",
  "NeuraRollup",
  "NeuraMirror",
  "BridgedNrx",
  "GatewayRecovery",
];

/** Solidity source texts by the path under which they import each other. */
export type SoliditySources = Readonly<Record<string, string>>;

/** The compiler refused the sources, or warned: warnings count, for there are none. */
export class SolidityCompileError extends Error {
  readonly code = "SOLIDITY_COMPILE_FAILED";
  constructor(readonly diagnostics: readonly string[]) {
    super(`solc refused the contracts; correct the sources:\n${diagnostics.join("\n")}`);
  }
}

/** A contract was asked for that the sources do not define. */
export class UnknownContractError extends Error {
  readonly code = "CONTRACT_UNKNOWN";
  constructor(
    readonly contract: string,
    readonly known: readonly string[],
  ) {
    super(`the sources define no contract ${contract}, only ${known.join(", ")}; correct the name`);
  }
}

/** The settlement contracts, compiled or from the cache. Throws {@link SolidityCompileError}. */
export async function loadContracts(cacheDirectory: string): Promise<ContractArtifacts> {
  const compiled = await compileSolidity(settlementSources(), cacheDirectory);
  return {
    NrxToken: { ...artifactOf(compiled, "NrxToken"), abi: nrxTokenAbi },
    Groth16Verifier: { ...artifactOf(compiled, "Groth16Verifier"), abi: groth16VerifierAbi },
    NeuraRollup: { ...artifactOf(compiled, "NeuraRollup"), abi: neuraRollupAbi },
    NeuraMirror: { ...artifactOf(compiled, "NeuraMirror"), abi: neuraMirrorAbi },
    GatewayRecovery: { ...artifactOf(compiled, "GatewayRecovery"), abi: gatewayRecoveryAbi },
  };
}

/** The Solidity files of the settlement contracts, as `contracts/…`. */
export const settlementSources = (): SoliditySources =>
  sourcesWhere((file) => !file.startsWith(laneDirectory));

/** The gateway's Solidity files. They are compiled alone: other sources beside them may change a contract's code. */
export const gatewaySources = (): SoliditySources =>
  sourcesWhere((file) => isOfLane(file) && !file.startsWith(exampleDirectory));

/** The gateway and the examples of contracts that use it. */
export const exampleSources = (): SoliditySources => sourcesWhere(isOfLane);

const laneDirectory = "lane/";
const exampleDirectory = "lane/examples/";
const isOfLane = (file: string): boolean => file.startsWith(laneDirectory) || file === "libraries/Field.sol";

function sourcesWhere(isWanted: (file: string) => boolean): SoliditySources {
  const files = readdirSync(ownDirectory, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll(path.sep, "/"))
    .filter((file) => file.endsWith(".sol") && isWanted(file))
    .sort();
  return Object.fromEntries(
    files.map((file) => [`contracts/${file}`, readFileSync(path.join(ownDirectory, file), "utf8")]),
  );
}

/**
 * Compiles sources, or finds them in the cache; returns every contract by its name.
 * Throws {@link SolidityCompileError}.
 */
export async function compileSolidity(
  sources: SoliditySources,
  cacheDirectory: string,
): Promise<Readonly<Record<string, ContractArtifact>>> {
  const { version } = require("solc/package.json") as { version: string };
  const key = JSON.stringify([cacheFormat, version, settings, Object.entries(sources).sort()]);
  const hash = createHash("sha256").update(key).digest("hex");
  const file = path.join(cacheDirectory, `${hash}.json`);
  const cached = readIfPresent(file);
  if (cached !== null) return JSON.parse(cached) as Record<string, ContractArtifact>;

  const artifacts = await runCompiler(sources);
  mkdirSync(cacheDirectory, { recursive: true });
  // Written aside and renamed, so that no reader and no crash ever leaves half a file under the final name.
  const staged = `${file}.${randomUUID()}`;
  try {
    writeFileSync(staged, JSON.stringify(artifacts));
    renameSync(staged, file);
  } finally {
    rmSync(staged, { force: true });
  }
  return artifacts;
}

export function artifactOf(
  artifacts: Readonly<Record<string, ContractArtifact>>,
  name: string,
): ContractArtifact {
  const artifact = artifacts[name];
  if (artifact === undefined) throw new UnknownContractError(name, Object.keys(artifacts));
  return artifact;
}

interface SolcOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<string, Record<string, SolcContract>>;
}

interface SolcContract {
  abi: Abi;
  evm: { bytecode: { object: string }; deployedBytecode: { object: string } };
}

async function runCompiler(sources: SoliditySources): Promise<Record<string, ContractArtifact>> {
  // Imported here, because loading the compiler takes longer than all of a start from the cache.
  const { default: solc } = await import("solc");
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings,
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput;
  const diagnostics = (output.errors ?? []).filter(({ severity }) => severity !== "info");
  if (diagnostics.length > 0) {
    throw new SolidityCompileError(diagnostics.map(({ formattedMessage }) => formattedMessage));
  }
  const artifacts: Record<string, ContractArtifact> = {};
  for (const contracts of Object.values(output.contracts ?? {})) {
    for (const [name, { abi, evm }] of Object.entries(contracts)) {
      artifacts[name] = {
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
      };
    }
  }
  return artifacts;
}

function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** The text of `abi.ts`, before formatting. */
export function abiModule(artifacts: Readonly<Record<string, ContractArtifact>>): string {
  const exports = contractNames.map((name) => {
    const constant = `${name.charAt(0).toLowerCase()}${name.slice(1)}Abi`;
    return `export const ${constant} = ${JSON.stringify(artifactOf(artifacts, name).abi, null, 2)} as const;\n`;
  });
  return `// Generated from the Solidity sources by \`node --import tsx contracts/compile.ts --write-abi\`.\n\n${exports.join("\n")}`;
}

/** The text of `lane/predeploy.ts`, before formatting. */
export function predeployModule({ abi, deployedBytecode }: ContractArtifact): string {
  return `// Generated from the Solidity sources by \`node --import tsx contracts/compile.ts --write-abi\`.

/** The gateway's code in the contract lane: part of its genesis, so it is kept as it was compiled once. */
export const neuraGatewayCode =
  "${deployedBytecode}";

export const neuraGatewayAbi = ${JSON.stringify(abi, null, 2)} as const;
`;
}

async function main(args: readonly string[]): Promise<void> {
  const writeAbi = args.includes("--write-abi");
  const directory = args.find((argument) => !argument.startsWith("--")) ?? defaultCacheDirectory;
  const gateway = artifactOf(await compileSolidity(gatewaySources(), directory), "NeuraGateway");
  process.stdout.write(`NeuraGateway: ${(gateway.deployedBytecode.length - 2) / 2} bytes\n`);
  if (writeAbi) writeFileSync(path.join(ownDirectory, "lane/predeploy.ts"), predeployModule(gateway));
  const artifacts = await compileSolidity(settlementSources(), directory);
  for (const name of contractNames) {
    const bytes = (artifactOf(artifacts, name).deployedBytecode.length - 2) / 2;
    process.stdout.write(`${name}: ${bytes} bytes\n`);
  }
  if (writeAbi) writeFileSync(path.join(ownDirectory, "abi.ts"), abiModule(artifacts));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
