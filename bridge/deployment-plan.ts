/**
 * What a deployment consists of, computed before anything is sent.
 *
 * Every contract goes through the CREATE2 factory that all these chains have at one address, so its address follows from its code,
 * its arguments and the salt. That makes the plan known beforehand (the mirrors contain home's address), lets an interrupted deployment
 * simply go on (what has code is done), and leaves nothing to win for who is faster: nobody can put other code there, and no
 * constructor but the bridged token's, which the mirror creates, looks at its sender.
 */
import {
  type Abi,
  type Address,
  encodeDeployData,
  getContractAddress,
  getCreate2Address,
  type Hex,
  numberToHex,
  zeroHash,
} from "viem";
import type { ContractArtifact, ContractArtifacts } from "../contracts/compile.ts";
import { RESERVED_CELL } from "../state/ledger/cells.ts";
import { domainOf } from "../state/ledger/stream.ts";
import type { ChainTarget, LedgerParameters, MirrorTarget } from "./deployment.ts";
import type { SettlementTerms } from "./settlement-terms.ts";
import { type KeyOrigin, type VerificationKeyPoints, verifierKeyWords } from "./verifier-key.ts";

/** The keyless CREATE2 factory; takes a salt and creation code. Chains without it must get it first. */
export const create2Factory: Address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

export interface VerifierKey {
  readonly origin: KeyOrigin;
  readonly verificationKey: VerificationKeyPoints;
}

/** Everything that decides an address. */
export interface PlanOptions {
  readonly home: ChainTarget;
  readonly mirrors: readonly MirrorTarget[];
  /** Gets the token's supply. */
  readonly tokenHolder: Address;
  /** Whose signature batches need. */
  readonly operator: Address;
  readonly ledger: LedgerParameters;
  readonly terms: SettlementTerms;
  readonly keys: { readonly batch: VerifierKey; readonly membership: VerifierKey };
  readonly contracts: ContractArtifacts;
  /** Another salt makes another deployment of the same ledger. */
  readonly salt?: Hex;
}

export type ContractRole =
  | "token"
  | "batchVerifier"
  | "membershipVerifier"
  | "recovery"
  | "rollup"
  | "mirror";

export interface PlannedContract {
  readonly role: ContractRole;
  readonly address: Address;
  readonly creationCode: Hex;
}

export interface PlannedChain<Target extends ChainTarget = ChainTarget> {
  readonly target: Target;
  /** The settlement contract, rollup or mirror, comes last. */
  readonly contracts: readonly PlannedContract[];
}

export interface DeploymentPlan {
  readonly salt: Hex;
  readonly domain: bigint;
  readonly home: PlannedChain;
  readonly mirrors: readonly PlannedChain<MirrorTarget>[];
}

/** Mirrors must have numbers of their own, from 1 to the number of mirrors that the home contract knows. */
export class MirrorNumbersError extends Error {
  readonly code = "MIRROR_NUMBERS_WRONG";
  constructor(
    readonly mirrorCount: number,
    readonly actual: readonly number[],
  ) {
    super(
      `the mirrors must have different numbers from 1 to ${mirrorCount}, got ${actual.join(", ")}; correct the numbers or the mirror count`,
    );
  }
}

/** Words of a reserved account in the ledger's parameters. */
const RESERVED_ACCOUNT_WORDS = 3;

/** l1Address of the governor, who proposes what the recovery contract pays. */
function guardianOf({ reservedAccounts }: LedgerParameters): Address {
  const l1Address = reservedAccounts[(RESERVED_CELL.governor - 1) * RESERVED_ACCOUNT_WORDS];
  if (l1Address === undefined) throw new RangeError("a ledger has four reserved accounts");
  return numberToHex(l1Address, { size: 20 });
}

function demandNumbers(mirrors: readonly MirrorTarget[], mirrorCount: number): void {
  const numbers = mirrors.map(({ mirrorNumber }) => mirrorNumber);
  const areInRange = numbers.every((n) => Number.isInteger(n) && n >= 1 && n <= mirrorCount);
  if (!areInRange || new Set(numbers).size !== numbers.length) {
    throw new MirrorNumbersError(mirrorCount, numbers);
  }
}

const ledgerArgument = ({ genesisRoot, levels, maxOps, maxCells, reservedAccounts }: LedgerParameters) => ({
  genesisRoot,
  levels: BigInt(levels),
  maxOps: BigInt(maxOps),
  maxCells: BigInt(maxCells),
  reservedAccounts,
});

const termsArgument = (terms: SettlementTerms, recovery: Address) => ({
  inclusionDelay: terms.inclusionDelaySeconds,
  entryInterval: terms.entryIntervalSeconds,
  freezeDelay: terms.freezeDelaySeconds,
  bondDelay: terms.bondDelaySeconds,
  maxTimeLag: terms.maxTimeLagSeconds,
  feeStepWei: terms.feeStepWei,
  mirrorCount: terms.mirrorCount,
  recovery,
});

/** Every address and creation code, from the parameters alone. Throws {@link MirrorNumbersError}. */
export function planDeployment(options: PlanOptions): DeploymentPlan {
  const { home, mirrors, contracts, tokenHolder, operator, terms } = options;
  demandNumbers(mirrors, terms.mirrorCount);
  const salt = options.salt ?? zeroHash;
  const planned = (
    role: ContractRole,
    artifact: ContractArtifact<readonly unknown[]>,
    args: readonly unknown[],
  ): PlannedContract => {
    const creationCode = encodeDeployData({ abi: artifact.abi as Abi, bytecode: artifact.bytecode, args });
    const address = getCreate2Address({ from: create2Factory, salt, bytecode: creationCode });
    return { role, address, creationCode };
  };
  const verifier = (role: "batchVerifier" | "membershipVerifier", key: VerifierKey) =>
    planned(role, contracts.Groth16Verifier, [verifierKeyWords(key.verificationKey)]);
  const token = planned("token", contracts.NrxToken, [tokenHolder]);
  const batchVerifier = verifier("batchVerifier", options.keys.batch);
  const membershipVerifier = verifier("membershipVerifier", options.keys.membership);
  const recovery = planned("recovery", contracts.GatewayRecovery, [
    token.address,
    guardianOf(options.ledger),
    terms.recoveryTimelockSeconds,
  ]);
  const ledger = ledgerArgument(options.ledger);
  const roots = [batchVerifier.address, membershipVerifier.address, operator, ledger];
  const rollup = planned("rollup", contracts.NeuraRollup, [
    token.address,
    ...roots,
    termsArgument(terms, recovery.address),
  ]);
  const mirrorOf = ({ mirrorNumber }: MirrorTarget) =>
    planned("mirror", contracts.NeuraMirror, [BigInt(home.chainId), rollup.address, mirrorNumber, ...roots]);
  return {
    salt,
    domain: domainOf(BigInt(home.chainId), BigInt(rollup.address)),
    home: { target: home, contracts: [token, batchVerifier, membershipVerifier, recovery, rollup] },
    mirrors: mirrors.map((target) => ({
      target,
      contracts: [batchVerifier, membershipVerifier, mirrorOf(target)],
    })),
  };
}

export function addressOf(chain: PlannedChain, role: ContractRole): Address {
  const contract = chain.contracts.find((candidate) => candidate.role === role);
  if (contract === undefined) throw new RangeError(`the plan of ${chain.target.name} has no ${role}`);
  return contract.address;
}

/** BridgedNrx of a planned mirror: the first contract that the mirror creates, in its constructor. */
export const bridgedTokenOf = (mirror: Address): Address => getContractAddress({ from: mirror, nonce: 1n });
