/** Deploys the settlement contracts to home and mirrors. What is there already is left as it is, so an interrupted deployment goes on. */
import {
  type Address,
  createPublicClient,
  createWalletClient,
  defineChain,
  formatEther,
  type Hash,
  type Hex,
  http,
  zeroHash,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type ChainIdentity, probeChain } from "./chain-probe.ts";
import { type ChainTarget, type Deployment, readDeployment, writeDeployment } from "./deployment.ts";
import {
  addressOf,
  bridgedTokenOf,
  type ContractRole,
  create2Factory,
  type DeploymentPlan,
  type PlannedChain,
  type PlannedContract,
  type PlanOptions,
  planDeployment,
} from "./deployment-plan.ts";
import { requireKeyAllowed } from "./verifier-key.ts";

const defaultReceiptTimeoutMs = 300_000;

export interface DeployOptions extends Omit<PlanOptions, "tokenHolder"> {
  /** Pays on every chain and gets the token's supply. */
  readonly deployerKey: Hex;
  /** Where the deployment is kept; read first, to go on with it. */
  readonly file: string;
  readonly receiptTimeoutMs?: number;
  readonly onProgress?: (message: string) => void;
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
      const { mirrorNumber } = chain.target;
      return { ...entry, mirrorNumber, mirror, bridgedToken: bridgedTokenOf(mirror) };
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
