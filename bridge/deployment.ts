/** What was deployed where: the file that the node, the SDK and a follower start from. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Address, Hash, Hex } from "viem";

/** A chain that contracts are deployed to. */
export interface ChainTarget {
  readonly name: string;
  readonly chainId: number;
  readonly rpcUrl: string;
}

/** What a ledger starts from; the same at home and on every mirror. */
export interface LedgerParameters {
  readonly genesisRoot: bigint;
  readonly levels: number;
  readonly maxOps: number;
  readonly maxCells: number;
}

interface ChainDeployment {
  readonly name: string;
  readonly chainId: number;
  /** Hash of the chain's block 0: tells a chain from another one with the same id. */
  readonly genesisHash: Hash;
  /** No event of the contracts lies before this block. */
  readonly fromBlock: number;
  readonly batchVerifier: Address;
  readonly membershipVerifier: Address;
}

export interface HomeDeployment extends ChainDeployment {
  readonly token: Address;
  readonly rollup: Address;
}

export interface MirrorDeployment extends ChainDeployment {
  readonly mirror: Address;
}

export interface Deployment {
  /** First word of every stream; part of every signed message. */
  readonly domain: bigint;
  readonly ledger: LedgerParameters;
  readonly operator: Address;
  /** Distinguishes deployments that are otherwise equal. */
  readonly salt: Hex;
  readonly home: HomeDeployment;
  readonly mirrors: readonly MirrorDeployment[];
}

const formatVersion = 1;

/** The file is none of ours, or of another version. */
export class DeploymentFileError extends Error {
  readonly code = "DEPLOYMENT_FILE_INVALID";
  constructor(
    readonly file: string,
    readonly expectedVersion: number,
    readonly actualVersion: unknown,
  ) {
    super(
      `${file} must be a deployment of version ${expectedVersion}, got ${String(actualVersion)}; deploy again`,
    );
  }
}

/** The deployment, or null if there is no such file. Throws {@link DeploymentFileError}. */
export function readDeployment(file: string): Deployment | null {
  if (!existsSync(file)) return null;
  const stored = JSON.parse(readFileSync(file, "utf8"));
  if (stored?.version !== formatVersion) throw new DeploymentFileError(file, formatVersion, stored?.version);
  const { version: _, ...deployment } = stored;
  const ledger = { ...deployment.ledger, genesisRoot: BigInt(deployment.ledger.genesisRoot) };
  return { ...deployment, ledger, domain: BigInt(deployment.domain) } as Deployment;
}

/** Replaces the file as a whole. */
export function writeDeployment(file: string, deployment: Deployment): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const hex = (_: string, value: unknown) => (typeof value === "bigint" ? `0x${value.toString(16)}` : value);
  writeFileSync(`${file}.new`, `${JSON.stringify({ version: formatVersion, ...deployment }, hex, 2)}\n`);
  renameSync(`${file}.new`, file);
}
