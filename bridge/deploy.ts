/**
 * Deploys the settlement contracts to home and mirrors.
 *
 * Every contract goes through the CREATE2 factory that all these chains have at one address, so its address follows from its code,
 * its arguments and the salt. That makes the plan known before anything is sent (the mirrors contain home's address), lets an
 * interrupted deployment simply go on (what has code is done), and leaves nothing to win for who is faster: nobody can put other
 * code there, and no constructor looks at its sender.
 */
import {
  type Abi,
  type Address,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeDeployData,
  formatEther,
  getContractAddress,
  getCreate2Address,
  type Hash,
  type Hex,
  http,
  numberToHex,
  zeroHash,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { ContractArtifact, ContractArtifacts } from "../contracts/compile.ts";
import { RESERVED_CELL } from "../state/ledger/cells.ts";
import { domainOf } from "../state/ledger/stream.ts";
import { type ChainIdentity, probeChain } from "./chain-probe.ts";
import {
  type ChainTarget,
  type Deployment,
  type LedgerParameters,
  type MirrorTarget,
  readDeployment,
  writeDeployment,
} from "./deployment.ts";
import type { SettlementTerms } from "./settlement-terms.ts";
import {
  type KeyOrigin,
  requireKeyAllowed,
  type VerificationKeyPoints,
  verifierKeyWords,
} from "./verifier-key.ts";

/** The keyless CREATE2 factory; takes a salt and creation code. Chains without it must get it first. */
const create2Factory: Address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
const defaultReceiptTimeoutMs = 300_000;

export interface VerifierKey {
  readonly origin: KeyOrigin;
  readonly verificationKey: VerificationKeyPoints;
}

export interface DeployOptions {
  readonly home: ChainTarget;
  readonly mirrors: readonly MirrorTarget[];
  /** Pays on every chain and gets the token's supply. */
  readonly deployerKey: Hex;
  /** Whose signature batches need. */
  readonly operator: Address;
  readonly ledger: LedgerParameters;
  readonly terms: SettlementTerms;
  readonly keys: { readonly batch: VerifierKey; readonly membership: VerifierKey };
  readonly contracts: ContractArtifacts;
  /** Where the deployment is kept; read first, to go on with it. */
  readonly file: string;
  /** Another salt makes another deployment of the same ledger. */
  readonly salt?: Hex;
  readonly receiptTimeoutMs?: number;
  readonly onProgress?: (message: string) => void;
}

/** The parts of {@link DeployOptions} that decide every address. */
export type PlanOptions = Omit<DeployOptions, "file" | "deployerKey"> & { readonly tokenHolder: Address };

type ContractRole = "token" | "batchVerifier" | "membershipVerifier" | "recovery" | "rollup" | "mirror";

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

/** What a deployment would send to one chain. */
export interface DryRunChain {
  readonly chain: string;
  readonly chainId: number;
  readonly balanceWei: bigint;
  readonly gasPriceWei: bigint;
  readonly contracts: readonly {
    readonly role: ContractRole;
    readonly address: Address;
    readonly creationBytes: number;
    /** 0 if it is deployed already. */
    readonly gas: bigint;
  }[];
}

/** Nobody answers at the URL. */
export class ChainUnreachableError extends Error {
  readonly code = "CHAIN_UNREACHABLE";
  constructor(readonly chain: string) {
    super(`${chain} does not answer at its RPC URL; check the URL and the connection`);
  }
}

/** The URL leads to another chain, or to another one of the same id than the deployment was begun on. */
export class WrongChainError extends Error {
  readonly code = "CHAIN_WRONG";
  constructor(
    readonly chain: string,
    readonly what: "chain id" | "genesis",
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `${chain} has ${what} ${actual}, expected ${expected}; correct the URL, or deploy into another file`,
    );
  }
}

/** The chain lacks the CREATE2 factory. */
export class FactoryMissingError extends Error {
  readonly code = "CREATE2_FACTORY_MISSING";
  constructor(readonly chain: string) {
    super(`${chain} has no CREATE2 factory at ${create2Factory}; have it deployed there first`);
  }
}

/** A transaction was mined, but the contract is not there. */
export class DeploymentFailedError extends Error {
  readonly code = "DEPLOYMENT_FAILED";
  constructor(
    readonly chain: string,
    readonly role: ContractRole,
    readonly transactionHash: Hash,
  ) {
    super(
      `${role} was not created on ${chain} by transaction ${transactionHash}; look at its trace, then deploy again`,
    );
  }
}

/** The file holds a deployment with other parameters. */
export class DeploymentDiffersError extends Error {
  readonly code = "DEPLOYMENT_DIFFERS";
  constructor(
    readonly file: string,
    readonly expected: Address,
    readonly actual: Address,
  ) {
    super(`${file} records home contract ${actual}, but these parameters give ${expected}; use another file`);
  }
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
  const ledger = {
    genesisRoot: options.ledger.genesisRoot,
    levels: BigInt(options.ledger.levels),
    maxOps: BigInt(options.ledger.maxOps),
    maxCells: BigInt(options.ledger.maxCells),
    reservedAccounts: options.ledger.reservedAccounts,
  };
  const roots = [batchVerifier.address, membershipVerifier.address, operator, ledger];
  const rollup = planned("rollup", contracts.NeuraRollup, [
    token.address,
    ...roots,
    {
      inclusionDelay: terms.inclusionDelaySeconds,
      entryInterval: terms.entryIntervalSeconds,
      freezeDelay: terms.freezeDelaySeconds,
      bondDelay: terms.bondDelaySeconds,
      feeStepWei: terms.feeStepWei,
      mirrorCount: terms.mirrorCount,
      recovery: recovery.address,
    },
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

/**
 * Deploys what is not deployed yet on all chains, and keeps the deployment in the file.
 * Throws {@link WrongChainError}, {@link ChainUnreachableError}, {@link FactoryMissingError}, {@link DeploymentFailedError},
 * {@link DeploymentDiffersError}, {@link MirrorNumbersError}, KeyNotAllowedError.
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const plan = planFor(options);
  const recorded = readDeployment(options.file);
  const expected = addressOf(plan.home, "rollup");
  if (recorded !== null && recorded.home.rollup !== expected) {
    throw new DeploymentDiffersError(options.file, expected, recorded.home.rollup);
  }
  const chains = [plan.home, ...plan.mirrors];
  // All chains are checked before anything is sent to one of them.
  const begun = await Promise.all(chains.map((chain) => begin(chain, options, recorded)));
  const deployment = record(plan, options, begun);
  writeDeployment(options.file, deployment);
  await Promise.all(chains.map((chain) => deployChain(chain, plan.salt, options)));
  return deployment;
}

/** What {@link deploy} would send, without sending it. Throws what deploy throws before sending. */
export async function dryRun(options: DeployOptions): Promise<DryRunChain[]> {
  const plan = planFor(options);
  return Promise.all(
    [plan.home, ...plan.mirrors].map(async (chain) => {
      await begin(chain, options, null);
      const { client, account } = connect(chain.target, options.deployerKey);
      const contracts = await Promise.all(
        chain.contracts.map(async ({ role, address, creationCode }) => {
          const isDeployed = (await client.getCode({ address })) !== undefined;
          const data: Hex = `${plan.salt}${creationCode.slice(2)}`;
          const gas = isDeployed ? 0n : await client.estimateGas({ account, to: create2Factory, data });
          return { role, address, creationBytes: (creationCode.length - 2) / 2, gas };
        }),
      );
      const balanceWei = await client.getBalance({ address: account.address });
      const gasPriceWei = await client.getGasPrice();
      return { chain: chain.target.name, chainId: chain.target.chainId, balanceWei, gasPriceWei, contracts };
    }),
  );
}

/** The dry run as lines for people. */
export function describeDryRun(chains: readonly DryRunChain[]): string {
  return chains
    .map(({ chain, chainId, balanceWei, gasPriceWei, contracts }) => {
      const gas = contracts.reduce((total, contract) => total + contract.gas, 0n);
      const lines = contracts.map(({ role, address, creationBytes, gas }) => {
        const cost = gas === 0n ? "deployed already" : `${gas} gas, ${creationBytes} bytes`;
        return `  ${role.padEnd(19)}${address}  ${cost}`;
      });
      const total = `  ${gas} gas, about ${formatEther(gas * gasPriceWei)} of ${formatEther(balanceWei)} native tokens`;
      return [`${chain} (chain ${chainId})`, ...lines, total].join("\n");
    })
    .join("\n");
}

function planFor(options: DeployOptions): DeploymentPlan {
  return planDeployment({ ...options, tokenHolder: privateKeyToAccount(options.deployerKey).address });
}

interface BegunChain extends ChainIdentity {
  /** No contract of the plan existed before this block. */
  readonly fromBlock: number;
}

/** Checks the chain, without sending anything. */
async function begin(
  chain: PlannedChain,
  options: DeployOptions,
  recorded: Deployment | null,
): Promise<BegunChain> {
  const { name, chainId, rpcUrl } = chain.target;
  const identity = await probeChain(rpcUrl);
  if (identity === null) throw new ChainUnreachableError(name);
  if (identity.chainId !== chainId) {
    throw new WrongChainError(name, "chain id", String(chainId), String(identity.chainId));
  }
  for (const { origin } of Object.values(options.keys)) {
    requireKeyAllowed({ origin, chainId, rpcUrl, clientVersion: identity.clientVersion });
  }
  const earlier = [recorded?.home, ...(recorded?.mirrors ?? [])].find((known) => known?.name === name);
  if (earlier !== undefined && earlier.genesisHash !== identity.genesisHash) {
    throw new WrongChainError(name, "genesis", earlier.genesisHash, identity.genesisHash);
  }
  const { client } = connect(chain.target, options.deployerKey);
  if ((await client.getCode({ address: create2Factory })) === undefined) throw new FactoryMissingError(name);
  const head = Number(await client.getBlockNumber());
  const settlement = chain.contracts.at(-1)?.address ?? create2Factory;
  // Deployed, but not in the file: nobody remembers since when.
  if (earlier === undefined && (await client.getCode({ address: settlement })) !== undefined) {
    return { ...identity, fromBlock: 0 };
  }
  // A chain that lost its newest blocks may be shorter than it was when the deployment began.
  return { ...identity, fromBlock: Math.min(earlier?.fromBlock ?? head, head) };
}

function record(plan: DeploymentPlan, options: DeployOptions, begun: readonly BegunChain[]): Deployment {
  const entries = [plan.home, ...plan.mirrors].map((chain, i) => ({
    name: chain.target.name,
    chainId: chain.target.chainId,
    genesisHash: begun[i]?.genesisHash ?? zeroHash,
    fromBlock: begun[i]?.fromBlock ?? 0,
    batchVerifier: addressOf(chain, "batchVerifier"),
    membershipVerifier: addressOf(chain, "membershipVerifier"),
  }));
  const [home, ...mirrors] = entries;
  if (home === undefined) throw new RangeError("a plan has a home chain");
  return {
    domain: plan.domain,
    ledger: options.ledger,
    terms: options.terms,
    operator: options.operator,
    salt: plan.salt,
    home: {
      ...home,
      token: addressOf(plan.home, "token"),
      rollup: addressOf(plan.home, "rollup"),
      recovery: addressOf(plan.home, "recovery"),
    },
    mirrors: mirrors.map((entry, i) => {
      const chain = plan.mirrors[i];
      if (chain === undefined) throw new RangeError("entries follow the plan");
      const mirror = addressOf(chain, "mirror");
      // The first contract that the mirror creates, in its constructor.
      const bridgedToken = getContractAddress({ from: mirror, nonce: 1n });
      return { ...entry, mirrorNumber: chain.target.mirrorNumber, mirror, bridgedToken };
    }),
  };
}

async function deployChain(chain: PlannedChain, salt: Hex, options: DeployOptions): Promise<void> {
  const { name } = chain.target;
  const { client, wallet, account } = connect(chain.target, options.deployerKey);
  const missing: PlannedContract[] = [];
  for (const contract of chain.contracts) {
    if ((await client.getCode({ address: contract.address })) === undefined) missing.push(contract);
  }
  let nonce = await client.getTransactionCount({ address: account.address, blockTag: "pending" });
  const sent: { contract: PlannedContract; hash: Hash }[] = [];
  for (const contract of missing) {
    const data: Hex = `${salt}${contract.creationCode.slice(2)}`;
    const hash = await wallet.sendTransaction({ to: create2Factory, data, nonce });
    options.onProgress?.(`${name}: ${contract.role} ${contract.address} in transaction ${hash}`);
    sent.push({ contract, hash });
    nonce += 1;
  }
  const timeout = options.receiptTimeoutMs ?? defaultReceiptTimeoutMs;
  for (const { contract, hash } of sent) {
    await client.waitForTransactionReceipt({ hash, timeout });
    // The code decides, not the status: a transaction of an interrupted run may have been first.
    const code = await client.getCode({ address: contract.address });
    if (code === undefined) throw new DeploymentFailedError(name, contract.role, hash);
  }
}

function addressOf(chain: PlannedChain, role: ContractRole): Address {
  const contract = chain.contracts.find((candidate) => candidate.role === role);
  if (contract === undefined) throw new RangeError(`the plan of ${chain.target.name} has no ${role}`);
  return contract.address;
}

function connect(target: ChainTarget, deployerKey: Hex) {
  const chain = defineChain({
    id: target.chainId,
    name: target.name,
    nativeCurrency: { name: "native", symbol: "native", decimals: 18 },
    rpcUrls: { default: { http: [target.rpcUrl] } },
  });
  const account = privateKeyToAccount(deployerKey);
  const transport = http(target.rpcUrl);
  return {
    account,
    client: createPublicClient({ chain, transport, pollingInterval: 250 }),
    wallet: createWalletClient({ chain, transport, account }),
  };
}
