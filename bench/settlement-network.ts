import { availableParallelism } from "node:os";
import { join } from "node:path";
import { getAddress, toHex } from "viem";
import { deploy } from "../bridge/deploy.ts";
import { type Deployment, ledgerParameters } from "../bridge/deployment.ts";
import { HomeQueueContract } from "../bridge/home-queue.ts";
import { startLocalChains, stopLocalChains } from "../bridge/local-chains.ts";
import { localTerms } from "../bridge/settlement-terms.ts";
import { loadContracts } from "../contracts/compile.ts";
import type { ProofResult } from "../prover/pool.ts";
import { HomeChain } from "../sdk/index.ts";
import { DEVELOPMENT_KEYS, type NetworkKeys, networkKeys } from "../sequencer/keys.ts";
import { LOCAL_ACCOUNT, localAccount } from "../sequencer/network.ts";
import { Progress } from "../sequencer/progress.ts";
import { Ledger } from "../state/ledger/ledger.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { EMPTY_STORE } from "../state/ledger/tree.ts";
import { BATCHES } from "../state/store/records.ts";
import { type BenchSequencer, benchGenesis, openBenchSequencer } from "./bench-sequencer.ts";
import type { Cleanup } from "./cleanup.ts";
import { freePort } from "./free-port.ts";
import { appendHotBatch, appendTransfer, type Cast, registerModel } from "./hot-mix.ts";
import { type LedgerActor, ledgerActors } from "./ledger-actor.ts";

/** Batches by their content. The first one opens the accounts. */
export const BATCH = { setup: 1, single: 2, full: 3, fullAgain: 4 } as const;

export interface SettlementNetwork {
  readonly size: BatchSize;
  readonly keys: NetworkKeys;
  readonly deployment: Deployment;
  readonly homeUrl: string;
  readonly mirrorUrl: string;
  readonly node: BenchSequencer;
  /** Proofs made so far, so that none is made twice. */
  readonly proofs: Map<number, ProofResult>;
}

const HOME = { name: "ethereum", chainId: 11_155_111 };
const MIRROR = { name: "arbitrum", chainId: 421_614 };
const FUNDS_UNITS = 1_000_000_000_000n;

/** A home chain and a mirror with the real contracts, and four closed batches on them, real deposits first. */
export async function openSettlementNetwork(
  size: BatchSize,
  cacheDirectory: string,
  cleanup: Cleanup,
): Promise<SettlementNetwork> {
  const progress = new Progress(process.stderr, Date.now);
  const threads = availableParallelism();
  const keys = await networkKeys({ size, setup: DEVELOPMENT_KEYS, cacheDirectory, threads, progress });
  const directory = await cleanup.directory();
  const [home, mirror] = await startChains(directory, cleanup);
  const contracts = await loadContracts(cacheDirectory);
  const genesis = benchGenesis();
  const genesisRoot = Ledger.genesis(size, genesis, EMPTY_STORE).root();
  const deployment = await deploy({
    home: { ...HOME, rpcUrl: home },
    mirrors: [{ ...MIRROR, rpcUrl: mirror, mirrorNumber: 1 }],
    deployerKey: deployerKey(),
    operator: localAccount(LOCAL_ACCOUNT.operator).address,
    ledger: ledgerParameters(size, genesis, genesisRoot),
    terms: localTerms,
    keys,
    contracts,
    file: join(directory, "deployment.json"),
  });
  const { domain } = deployment;
  let isClosing = false;
  const age = () => (isClosing ? 0 : Number.POSITIVE_INFINITY);
  // A batch closes when it is full, or when it is told to, and never by the clock: the figures are of known batches.
  const policy = {
    maxLaneBytes: 0,
    maxUnsettledBatches: Number.POSITIVE_INFINITY,
    get maxAgeMs() {
      return age();
    },
    get minAgeMs() {
      return age();
    },
  };
  const node = await openBenchSequencer({ directory: join(directory, "db"), size, domain, policy });
  cleanup.defer(() => node.close());
  const closeBatch = async (): Promise<void> => {
    isClosing = true;
    await node.blocks.build();
    isClosing = false;
    await node.drain();
  };
  await fillBatches(node, { size, deployment, homeUrl: home, closeBatch });
  return { size, keys, deployment, homeUrl: home, mirrorUrl: mirror, node, proofs: new Map() };
}

async function startChains(directory: string, cleanup: Cleanup): Promise<readonly [string, string]> {
  const chainsDirectory = join(directory, "chains");
  cleanup.defer(() => stopLocalChains(chainsDirectory));
  const { chains, close } = await startLocalChains({
    directory: chainsDirectory,
    chains: [
      { ...HOME, port: await freePort() },
      { ...MIRROR, port: await freePort() },
    ],
    resetCommand: "npm run bench",
    blockTimeSeconds: 0,
  });
  cleanup.defer(close);
  const [home, mirror] = chains.map(({ rpcUrl }) => rpcUrl);
  if (home === undefined || mirror === undefined) throw new Error("two chains were to be started");
  return [home, mirror];
}

function deployerKey(): `0x${string}` {
  const { privateKey } = localAccount(LOCAL_ACCOUNT.deployer).getHdKey();
  if (privateKey === null) throw new Error("a derived account has a private key");
  return toHex(privateKey);
}

interface Filling {
  readonly size: BatchSize;
  readonly deployment: Deployment;
  readonly homeUrl: string;
  readonly closeBatch: () => Promise<void>;
}

async function fillBatches(node: BenchSequencer, filling: Filling): Promise<void> {
  const { size, deployment, closeBatch } = filling;
  const { domain } = deployment;
  const [requester, worker, verifier] = ledgerActors(3) as [LedgerActor, LedgerActor, LedgerActor];
  await depositOnHome(node, filling, [requester, worker, verifier]);
  const model = await registerModel(node, domain, worker);
  const cast: Cast = { requester, worker, verifier, model };
  if (closedBatches(node) < BATCH.setup) await closeBatch();
  await appendTransfer(node, domain, cast);
  if (closedBatches(node) < BATCH.single) await closeBatch();
  await appendHotBatch(node, domain, size, cast);
  await appendHotBatch(node, domain, size, cast);
  for (const [number, ops] of [
    [BATCH.setup, 4],
    [BATCH.single, 1],
    [BATCH.full, size.maxOps],
    [BATCH.fullAgain, size.maxOps],
  ] as const) {
    const batch = BATCHES.get(node.database, number);
    const valid = batch?.ops.filter((op) => op.valid).length ?? 0;
    if (valid !== ops) throw new Error(`batch ${number} holds ${valid} valid operations, expected ${ops}`);
  }
}

const closedBatches = ({ database }: BenchSequencer): number => {
  let closed = 0;
  while (BATCHES.get(database, closed + 1) !== undefined) closed += 1;
  return closed;
};

/** Deposits in the real queue, read back as the watcher reads them. */
async function depositOnHome(
  node: BenchSequencer,
  { deployment, homeUrl }: Filling,
  actors: readonly LedgerActor[],
): Promise<void> {
  const { rollup, token, fromBlock } = deployment.home;
  const account = localAccount(LOCAL_ACCOUNT.deployer);
  const home = new HomeChain({ ...HOME, rpcUrl: homeUrl, contract: rollup, token, account });
  for (const { publicKey, l1Address } of actors) {
    const owner = getAddress(toHex(l1Address, { size: 20 }));
    await home.deposit({ publicKey, l1Address: owner }, FUNDS_UNITS);
  }
  const queue = new HomeQueueContract({
    chain: HOME.name,
    ...HOME,
    rpcUrl: homeUrl,
    address: rollup,
    // The chain mines only what it is sent, so its newest block is as good as final.
    finalityDepthBlocks: 0,
  });
  const newest = await queue.finalizedBlock();
  await node.queue(await queue.operations(fromBlock, newest.number));
  await node.drain();
}
