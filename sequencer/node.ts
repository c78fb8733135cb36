import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { HomeRecord } from "../bridge/home-record.ts";
import type { CircuitArtifacts } from "../prover/artifacts.ts";
import { RapidsnarkBackend } from "../prover/rapidsnark.ts";
import { ethMethods } from "../rpc/eth/methods.ts";
import { neuraMethods } from "../rpc/neura/methods.ts";
import { hexQuantity, hexWord } from "../rpc/neura/views.ts";
import { createRpcServer } from "../rpc/server.ts";
import { neuraSubscriptions } from "../rpc/subscriptions/ledger-feeds.ts";
import type { Database } from "../state/database.ts";
import { RESERVED_CELL, TREASURY_RATE } from "../state/ledger/cells.ts";
import { BATCH_SIZES, type BatchSize } from "../state/ledger/sizes.ts";
import { circuitIdOf } from "../state/ledger/stream.ts";
import { HOME } from "../state/store/confirmation.ts";
import { ContentStore } from "../state/store/content-store.ts";
import { acceptedCursor, BATCHES, finalizedCursor, readCursor } from "../state/store/records.ts";
import { solvencyOf } from "../state/store/solvency.ts";
import { DEFAULT_BATCH_POLICY } from "./batch-policy.ts";
import { openAtHome } from "./catch-up.ts";
import type { NodeConfig } from "./config.ts";
import { NEURACHAIN_ID } from "./lanes.ts";
import { nodeMetrics } from "./metrics.ts";
import { type Network, withdrawalChains } from "./network.ts";
import { nodeStatus } from "./node-status.ts";
import { readinessOf } from "./readiness.ts";
import type { Sequencing } from "./sequencing.ts";
import { addSolvencyMetrics } from "./solvency-metrics.ts";
import { Pipeline } from "./stages.ts";

/** Flat fee of a signed op: 0.0001 NRX. */
export const FEE_UNITS = 100_000n;
/** One thread recovers the senders of several times as many transactions as the main thread can execute. */
export const RECOVERY_THREADS = 1;

const CONTENT_LIMITS = { maxItemBytes: 4 * 1024 * 1024, maxTotalBytes: 2 * 1024 * 1024 * 1024 };

const CLIENT_VERSION = `NeuraChain/0.1.0/${process.platform}-${process.arch}/node${process.versions.node}`;

export interface Node {
  readonly rpcUrl: string;
  readonly close: () => Promise<void>;
}

export interface NodeOptions {
  readonly config: NodeConfig;
  readonly network: Network;
  readonly artifacts: CircuitArtifacts;
  readonly log: Logger;
  /** Ends a start that waits for home. */
  readonly signal: AbortSignal;
  /** A stage cannot go on: the node should stop. */
  readonly onFatal: (error: Error) => void;
}

const clock = {
  now: () => Date.now(),
  sleep: async (milliseconds: number, signal: AbortSignal) => {
    await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  },
};

/** The one composition root: opens the database, resumes both lanes, and starts every stage and the RPC. */
export async function startNode(options: NodeOptions): Promise<Node> {
  const { config, network, artifacts, log, onFatal } = options;
  const size: BatchSize = BATCH_SIZES[config.size];
  const sequencing = await openNodeSequencing(options, size);
  const { database, lane, ledger, batchedLedger, operations, transactions, recorded } = sequencing;
  try {
    const startedAtMs = clock.now();
    const status = () => nodeStatus({ ...sequencing, pipeline, startedAtMs, nowMs: clock.now() });
    const { registry, onProven } = nodeMetrics(status);
    const mirrors = network.mirrors.map(({ name }) => name);
    const chains = withdrawalChains(network);
    addSolvencyMetrics(registry, chains, () => solvencyOf(database, network.terms.mirrorCount));
    const { prover } = config;
    const pipeline: Pipeline = new Pipeline({
      sequencing,
      size,
      network,
      weiPerHomeGwei: config.weiPerHomeGwei,
      artifacts,
      pool: {
        threads: config.proverThreads,
        ...(prover.backend === "rapidsnark"
          ? { backend: new RapidsnarkBackend({ binaryPath: prover.path, temporaryDirectory: tmpdir() }) }
          : {}),
      },
      stateHistoryBlocks: config.stateHistoryBlocks,
      clock,
      log,
      onProven,
      onFatal,
    });
    transactions.added.add(() => pipeline.wake());
    const server = await createRpcServer({
      methods: {
        ...ethMethods({
          lane,
          transactions,
          confirmations: () => confirmedBlocks(database),
          clientVersion: CLIENT_VERSION,
          nowMs: clock.now,
        }),
        ...neuraSubscriptions({
          database,
          lane,
          ledger,
          mirrors,
          withdrawalChains: chains,
          recorded,
        }),
        ...neuraMethods({
          database,
          ledger,
          batchedLedger,
          content: new ContentStore(database, CONTENT_LIMITS),
          mirrors,
          withdrawalChains: chains,
          feeUnits: FEE_UNITS,
          chainInfo: chainInfo(network, size),
          submit: async (op) => {
            const id = await operations.submit(op);
            pipeline.wake();
            return id;
          },
          nextNonce: (sender) => operations.nextNonce(sender),
          systemTransactionHash: async (number) => lane.getBlock(number)?.transactions[0]?.hash ?? null,
        }),
        neura_status: async () => status(),
      },
      registry,
      readiness: () => {
        const { isReady, details } = readinessOf(pipeline.status().stages, clock.now());
        return { isReady, details: { block: lane.head.number, ...details } };
      },
      onInternalError: (error, method) => log.error({ err: error, method }, "an RPC method failed"),
    });
    const { url } = await server.listen(config.host, config.port);
    pipeline.start();
    return {
      rpcUrl: url,
      close: async () => {
        await server.close();
        await pipeline.close();
        await sequencing.close();
      },
    };
  } catch (error) {
    await sequencing.close();
    throw error;
  }
}

function openNodeSequencing(
  { config, network, log, signal }: NodeOptions,
  size: BatchSize,
): Promise<Sequencing> {
  const { home, terms } = network;
  const ownLog = log.child({ stage: "catch-up" });
  return openAtHome({
    sequencing: {
      directory: join(config.dataDirectory, "db"),
      size,
      genesis: network.genesis,
      gatewayKey: network.gatewayKey,
      domain: network.domain,
      chainId: NEURACHAIN_ID,
      feeUnits: FEE_UNITS,
      mirrorCount: terms.mirrorCount,
      mirrorNumbers: network.mirrors.map(({ mirrorNumber }) => mirrorNumber),
      weiPerHomeGwei: config.weiPerHomeGwei,
      policy: DEFAULT_BATCH_POLICY,
      feeRecipient: network.operator.address,
      recoveryThreads: RECOVERY_THREADS,
      now: clock.now,
      log,
    },
    home: new HomeRecord({
      endpoint: { ...home, chain: HOME },
      address: home.contract,
      firstBlock: home.firstBlock,
      sleep: (durationMs) => clock.sleep(durationMs, signal),
    }),
    maxTimeLagSeconds: terms.maxTimeLagSeconds,
    clock,
    log: ownLog,
    signal,
  });
}

/** The last blocks of the newest settled and of the newest finalized batch. */
function confirmedBlocks(database: Database): { safe: number; finalized: number } {
  const lastBlock = (cursor: string) => BATCHES.get(database, readCursor(database, cursor))?.lastBlock ?? 0;
  return { safe: lastBlock(acceptedCursor(HOME)), finalized: lastBlock(finalizedCursor(HOME)) };
}

function chainInfo(network: Network, size: BatchSize): Record<string, unknown> {
  const { home, mirrors, domain, genesisRoot, isLocal } = network;
  const reserved = Object.entries(RESERVED_CELL).map(([role, id]) => [role, hexQuantity(id)]);
  return {
    chainId: hexQuantity(NEURACHAIN_ID),
    domain: hexWord(domain),
    homeChainId: hexQuantity(home.chainId),
    homeContract: home.contract,
    token: home.token,
    mirrors: mirrors.map(({ name, chainId, contract }) => ({
      name,
      chainId: hexQuantity(chainId),
      contract,
    })),
    levels: hexQuantity(size.levels),
    maxOps: hexQuantity(size.maxOps),
    maxCells: hexQuantity(size.maxCells),
    circuitId: hexWord(circuitIdOf(size)),
    genesisRoot: hexWord(genesisRoot),
    treasuryRate: hexQuantity(TREASURY_RATE),
    reservedCells: Object.fromEntries(reserved),
    ...(isLocal
      ? {
          l1Rpc: Object.fromEntries([
            ["home", home.rpcUrl],
            ...mirrors.map(({ name, rpcUrl }) => [name, rpcUrl]),
          ]),
        }
      : {}),
  };
}
