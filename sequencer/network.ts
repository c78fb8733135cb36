import { join } from "node:path";
import { type HDAccount, type LocalAccount, toHex } from "viem";
import { mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { deploy } from "../bridge/deploy.ts";
import { type ChainTarget, type Deployment, ledgerParameters, readDeployment } from "../bridge/deployment.ts";
import { defaultLocalChains, localMnemonic, startLocalChains } from "../bridge/local-chains.ts";
import { localTerms, type SettlementTerms } from "../bridge/settlement-terms.ts";
import { loadContracts } from "../contracts/compile.ts";
import type { PrivateKey } from "../state/ledger/eddsa.ts";
import { type GenesisAccounts, Ledger } from "../state/ledger/ledger.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { EMPTY_STORE } from "../state/ledger/tree.ts";
import { HOME } from "../state/store/confirmation.ts";
import { ConfigError, type RemoteNetwork } from "./config.ts";
import type { NetworkKeys } from "./keys.ts";
import type { Progress } from "./progress.ts";
import { gatewayKey, reservedAccounts } from "./reserved-accounts.ts";

/** A chain with its settlement contract. */
export interface NetworkChain extends ChainTarget {
  readonly contract: `0x${string}`;
  /** No event of the contract lies before this block. */
  readonly firstBlock: number;
}

export interface NetworkMirror extends NetworkChain {
  /** Names the chain in withdraw operations. */
  readonly mirrorNumber: number;
  readonly bridgedToken: `0x${string}`;
}

/** What the node settles on. */
export interface Network {
  readonly home: NetworkChain & { readonly token: `0x${string}`; readonly recovery: `0x${string}` };
  readonly mirrors: readonly NetworkMirror[];
  readonly terms: SettlementTerms;
  readonly operator: LocalAccount;
  readonly domain: bigint;
  readonly genesis: GenesisAccounts;
  readonly genesisRoot: bigint;
  /** Of the ledger's gateway account. */
  readonly gatewayKey: PrivateKey;
  /** The chains run on this machine and their accounts' keys are public. */
  readonly isLocal: boolean;
  /** Ends what runs for the network in this process. */
  readonly close: () => Promise<void>;
}

/** Names of the chains that withdrawals are paid on, by their number in withdraw operations; home is 0. */
export function withdrawalChains({ mirrors, terms }: Pick<Network, "mirrors" | "terms">): string[] {
  const nameOf = (number: number): string =>
    mirrors.find(({ mirrorNumber }) => mirrorNumber === number)?.name ?? `mirror ${number}, not deployed`;
  return [HOME, ...Array.from({ length: terms.mirrorCount }, (_, i) => nameOf(i + 1))];
}

/** Accounts of the local chains' mnemonic, by index. */
export const LOCAL_ACCOUNT = {
  deployer: 0,
  operator: 1,
  treasury: 2,
  gateway: 3,
  governor: 4,
  firstUser: 5,
} as const;

/** Everyone knows it: for local networks only. */
const LOCAL_LEDGER_SEED = new TextEncoder().encode("NeuraChain local network ledger seed");

export const localAccount = (index: number): HDAccount =>
  mnemonicToAccount(localMnemonic, { addressIndex: index });

function privateKeyOf(account: HDAccount): `0x${string}` {
  const { privateKey } = account.getHdKey();
  if (privateKey === null) throw new Error("a derived account has a private key");
  return toHex(privateKey);
}

const genesisRootOf = (size: BatchSize, genesis: GenesisAccounts): bigint =>
  Ledger.genesis(size, genesis, EMPTY_STORE).root();

const deploymentFile = (dataDirectory: string): string => join(dataDirectory, "deployment.json");

/** Starts or adopts the three local chains and deploys what is not deployed on them yet. */
export async function localNetwork(options: {
  readonly dataDirectory: string;
  readonly artifactsDirectory: string;
  /** Port of the home chain; the mirrors have the next ones. */
  readonly firstChainPort: number;
  readonly size: BatchSize;
  readonly keys: NetworkKeys;
  readonly progress: Progress;
}): Promise<Network> {
  const { dataDirectory, artifactsDirectory, firstChainPort, size, keys, progress } = options;
  const local = await progress.step("local chains", (update) =>
    startLocalChains({
      directory: join(dataDirectory, "chains"),
      chains: defaultLocalChains.map((chain, i) => ({ ...chain, port: firstChainPort + i })),
      resetCommand: "npm start -- --reset",
      onEvent: (message) => update(message, 0, 0),
    }),
  );
  try {
    const operator = localAccount(LOCAL_ACCOUNT.operator);
    const genesis = reservedAccounts(LOCAL_LEDGER_SEED, {
      operator: operator.address,
      treasury: localAccount(LOCAL_ACCOUNT.treasury).address,
      governor: localAccount(LOCAL_ACCOUNT.governor).address,
    });
    const [home, ...mirrors] = local.chains as unknown as [ChainTarget, ...ChainTarget[]];
    const genesisRoot = genesisRootOf(size, genesis);
    const contracts = await progress.step("contracts", () => loadContracts(artifactsDirectory));
    const deployment = await progress.step("deployment", (update) =>
      deploy({
        home,
        mirrors: mirrors.map((mirror, i) => ({ ...mirror, mirrorNumber: i + 1 })),
        deployerKey: privateKeyOf(localAccount(LOCAL_ACCOUNT.deployer)),
        operator: operator.address,
        ledger: ledgerParameters(size, genesis, genesisRoot),
        terms: localTerms,
        keys,
        contracts,
        file: deploymentFile(dataDirectory),
        onProgress: (message) => update(message, 0, 0),
      }),
    );
    return {
      ...chainsOf(deployment, [home, ...mirrors]),
      operator,
      genesis,
      genesisRoot,
      gatewayKey: gatewayKey(LOCAL_LEDGER_SEED),
      isLocal: true,
      close: () => local.close(),
    };
  } catch (error) {
    await local.close();
    throw error;
  }
}

/** Reserved accounts of a remote network: their exits belong to the operator. */
export function remoteGenesis({ operatorKey, ledgerSeed }: RemoteNetwork): GenesisAccounts {
  const { address } = privateKeyToAccount(operatorKey);
  return reservedAccounts(ledgerSeed, {
    operator: address,
    treasury: address,
    governor: address,
  });
}

/** Deploys to chains that are reached by URL (`npm run deploy`). */
export async function deploymentOptions(options: {
  readonly dataDirectory: string;
  readonly artifactsDirectory: string;
  readonly size: BatchSize;
  readonly remote: RemoteNetwork;
  readonly keys: NetworkKeys;
}) {
  const { dataDirectory, artifactsDirectory, size, remote, keys } = options;
  const genesis = remoteGenesis(remote);
  return {
    home: remote.home,
    mirrors: remote.mirrors,
    deployerKey: remote.operatorKey,
    operator: privateKeyToAccount(remote.operatorKey).address,
    ledger: ledgerParameters(size, genesis, genesisRootOf(size, genesis)),
    terms: remote.terms,
    keys,
    contracts: await loadContracts(artifactsDirectory),
    file: deploymentFile(dataDirectory),
  };
}

/** The network that `npm run deploy` made. Throws a ConfigError if there is none. */
export function remoteNetwork(dataDirectory: string, size: BatchSize, remote: RemoteNetwork): Network {
  const file = deploymentFile(dataDirectory);
  const deployment = readDeployment(file);
  if (deployment === null)
    throw new ConfigError(`${file} does not exist: deploy the contracts with npm run deploy`);
  const genesis = remoteGenesis(remote);
  const genesisRoot = genesisRootOf(size, genesis);
  if (deployment.ledger.genesisRoot !== genesisRoot) {
    throw new ConfigError(
      `${file} was deployed with another size, operator key or ledger seed than those set now`,
    );
  }
  return {
    ...chainsOf(deployment, [remote.home, ...remote.mirrors]),
    operator: privateKeyToAccount(remote.operatorKey),
    genesis,
    genesisRoot,
    gatewayKey: gatewayKey(remote.ledgerSeed),
    isLocal: false,
    close: async () => {},
  };
}

function chainsOf(deployment: Deployment, targets: readonly ChainTarget[]) {
  const targetOf = (name: string): ChainTarget => {
    const target = targets.find((candidate) => candidate.name === name);
    if (target === undefined) throw new ConfigError(`the RPC URL of ${name} is not set; see .env.example`);
    return target;
  };
  const { home, mirrors, domain, terms } = deployment;
  const { token, recovery } = home;
  return {
    domain,
    terms,
    home: { ...targetOf(home.name), contract: home.rollup, token, recovery, firstBlock: home.fromBlock },
    mirrors: mirrors.map((mirror) => ({
      ...targetOf(mirror.name),
      contract: mirror.mirror,
      mirrorNumber: mirror.mirrorNumber,
      bridgedToken: mirror.bridgedToken,
      firstBlock: mirror.fromBlock,
    })),
  };
}
