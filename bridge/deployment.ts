/** What was deployed where: the file that the node, the SDK and a follower start from. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Address, Hash, Hex } from "viem";
import type { GenesisAccounts } from "../state/ledger/ledger.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import type { SettlementTerms } from "./settlement-terms.ts";

/** A chain that contracts are deployed to. */
export interface ChainTarget {
  readonly name: string;
  readonly chainId: number;
  readonly rpcUrl: string;
}

/** A mirror's chain. The number names it in withdraw operations and belongs to it for ever. */
export interface MirrorTarget extends ChainTarget {
  readonly mirrorNumber: number;
}

/** What a ledger starts from; the same at home and on every mirror. */
export interface LedgerParameters {
  readonly genesisRoot: bigint;
  readonly levels: number;
  readonly maxOps: number;
  readonly maxCells: number;
  /** l1Address, pubX and pubY of operator, treasury, gateway and governor. */
  readonly reservedAccounts: readonly bigint[];
}

/** The parameters of a ledger of this size that starts with these accounts. */
export function ledgerParameters(
  size: BatchSize,
  genesis: GenesisAccounts,
  genesisRoot: bigint,
): LedgerParameters {
  const { levels, maxOps, maxCells } = size;
  const { operator, treasury, gateway, governor } = genesis;
  const reservedAccounts = [operator, treasury, gateway, governor].flatMap(({ l1Address, pubX, pubY }) => [
    l1Address,
    pubX,
    pubY,
  ]);
  return { genesisRoot, levels, maxOps, maxCells, reservedAccounts };
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
  /** GatewayRecovery, which gets the contract lane's funds after a freeze. */
  readonly recovery: Address;
}

export interface MirrorDeployment extends ChainDeployment {
  readonly mirrorNumber: number;
  readonly mirror: Address;
  /** BridgedNrx, which the mirror creates. */
  readonly bridgedToken: Address;
}

export interface Deployment {
  /** First word of every stream; part of every signed message. */
  readonly domain: bigint;
  readonly ledger: LedgerParameters;
  readonly terms: SettlementTerms;
  /** Whose signature batches need. */
  readonly operator: Address;
  /** Distinguishes deployments that are otherwise equal. */
  readonly salt: Hex;
  readonly home: HomeDeployment;
  readonly mirrors: readonly MirrorDeployment[];
}

const formatVersion = 2;

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
  const { genesisRoot, reservedAccounts } = deployment.ledger;
  return {
    ...deployment,
    domain: BigInt(deployment.domain),
    ledger: {
      ...deployment.ledger,
      genesisRoot: BigInt(genesisRoot),
      reservedAccounts: reservedAccounts.map(BigInt),
    },
    terms: { ...deployment.terms, feeStepWei: BigInt(deployment.terms.feeStepWei) },
  } as Deployment;
}

/** Replaces the file as a whole. */
export function writeDeployment(file: string, deployment: Deployment): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const hex = (_: string, value: unknown) => (typeof value === "bigint" ? `0x${value.toString(16)}` : value);
  writeFileSync(`${file}.new`, `${JSON.stringify({ version: formatVersion, ...deployment }, hex, 2)}\n`);
  renameSync(`${file}.new`, file);
}
