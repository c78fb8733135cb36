import type { Logger } from "pino";
import { HomeQueueContract } from "../bridge/home-queue.ts";
import { L1Sender, type L1SenderStatus } from "../bridge/l1-sender.ts";
import { L1Watcher, type L1WatcherStatus } from "../bridge/l1-watcher.ts";
import { SettlementContract } from "../bridge/settlement-contract.ts";
import { type StageClock, StageLoop } from "../bridge/stage-loop.ts";
import type { CircuitArtifacts } from "../prover/artifacts.ts";
import { ProverPool, type ProverPoolOptions } from "../prover/pool.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { HOME } from "../state/store/confirmation.ts";
import type { ProofRecord } from "../state/store/records.ts";
import type { Network } from "./network.ts";
import { ProofCoordinator } from "./proof-coordinator.ts";
import type { StageHealth } from "./readiness.ts";
import type { Sequencing } from "./sequencing.ts";
import { SolvencyAudit } from "./solvency-audit.ts";

/** Pauses of stages that found nothing to do. */
const BLOCK_INTERVAL_MS = 250;
const BATCH_POLL_MS = 250;
const PROOF_POLL_MS = 500;
/** All cells are added up at the start, and again this much later. */
const AUDIT_INTERVAL_MS = 6 * 3_600_000;
const L1_POLL_MS = 1_000;
/** A transaction that is not in a block by then gets higher fees. */
const FEE_BUMP_AFTER_MS = 60_000;
const MAX_FEE_PER_GAS_WEI = 500_000_000_000n;
const MIN_OPERATOR_BALANCE_WEI = 50_000_000_000_000_000n;

export interface StageOptions {
  readonly sequencing: Sequencing;
  readonly size: BatchSize;
  readonly network: Network;
  readonly artifacts: CircuitArtifacts;
  readonly pool: ProverPoolOptions;
  readonly clock: StageClock;
  readonly log: Logger;
  readonly onProven: (proof: ProofRecord) => void;
  readonly onFatal: (error: Error) => void;
}

export interface PipelineStatus {
  readonly watcher: L1WatcherStatus;
  readonly senders: readonly L1SenderStatus[];
  /** Every stage, in the order in which work passes through them. */
  readonly stages: readonly StageHealth[];
}

/** All stages of a node, each with its own loop; they meet in the database only. */
export class Pipeline {
  readonly #loops: Readonly<
    Record<"block-builder" | "batch-builder" | "proof-coordinator" | "solvency-audit", StageLoop>
  >;
  readonly #watcher: L1Watcher;
  readonly #senders: readonly L1Sender[];
  readonly #pool: ProverPool;

  constructor(options: StageOptions) {
    const { sequencing, network, clock, log, onFatal } = options;
    const { blocks, batches, database } = sequencing;
    const mirrorCount = network.mirrors.length;
    this.#pool = new ProverPool(options.pool);
    const proofs = new ProofCoordinator({
      ...options,
      database,
      pool: this.#pool,
      domain: network.domain,
      parallel: options.pool.threads,
      log: log.child({ stage: "proof-coordinator" }),
    });
    const audit = new SolvencyAudit({
      ...sequencing,
      mirrorCount,
      clock,
      log: log.child({ stage: "solvency-audit" }),
    });
    const loop = (name: string, idleMs: number, step: (signal: AbortSignal) => Promise<boolean>) =>
      new StageLoop({
        runtime: { ...clock, log: log.child({ stage: name }) },
        round: async (signal) => ((await step(signal)) ? 0 : idleMs),
        onFatal,
      });
    this.#loops = {
      "block-builder": loop(
        "block-builder",
        BLOCK_INTERVAL_MS,
        async () => (await blocks.build()) !== undefined,
      ),
      "batch-builder": loop("batch-builder", BATCH_POLL_MS, () => batches.step()),
      "solvency-audit": loop("solvency-audit", AUDIT_INTERVAL_MS, async (signal) => {
        await audit.run(signal);
        return false;
      }),
      "proof-coordinator": loop("proof-coordinator", PROOF_POLL_MS, (signal) => proofs.step(signal)),
    };
    this.#watcher = watcherOf(options);
    this.#senders = sendersOf(options);
  }

  start(): void {
    for (const each of [...Object.values(this.#loops), this.#watcher, ...this.#senders]) each.start();
  }

  /** There is a new op or transaction: the next block need not wait. */
  wake(): void {
    this.#loops["block-builder"].wake();
  }

  status(): PipelineStatus {
    const watcher = this.#watcher.status();
    const senders = this.#senders.map((sender) => sender.status());
    const local = Object.entries(this.#loops).map(
      ([name, { state, lastSuccessAtMs, lastError }]): StageHealth => ({
        name,
        state,
        lastSuccessAtMs,
        lastError,
        isRemote: false,
        isVital: true,
      }),
    );
    const remote = { isRemote: true, isVital: true };
    return {
      watcher,
      senders,
      stages: [
        { ...watcher, ...remote, name: "l1-watcher" },
        ...local,
        ...senders.map((sender) => ({
          ...sender,
          ...remote,
          name: `l1-sender ${sender.chain}`,
          isVital: sender.chain === HOME,
        })),
      ],
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.#watcher.close(), ...this.#senders.map((sender) => sender.close())]);
    const stopping = Object.values(this.#loops).map((each) => each.close());
    await this.#pool.close();
    await Promise.all(stopping);
  }
}

function watcherOf({ sequencing: { database }, network, clock, log, onFatal }: StageOptions): L1Watcher {
  const { home } = network;
  return new L1Watcher({
    database,
    queue: new HomeQueueContract({ chain: HOME, ...home, address: home.contract }),
    firstBlock: home.firstBlock,
    pollMs: L1_POLL_MS,
    runtime: { ...clock, log: log.child({ stage: "l1-watcher" }) },
    onFatal,
  });
}

function sendersOf({
  sequencing: { database },
  network,
  size,
  clock,
  log,
  onFatal,
}: StageOptions): L1Sender[] {
  const shared = {
    database,
    account: network.operator,
    maxOps: size.maxOps,
    pollMs: L1_POLL_MS,
    bumpAfterMs: FEE_BUMP_AFTER_MS,
    maxFeePerGasWei: MAX_FEE_PER_GAS_WEI,
    minBalanceWei: MIN_OPERATOR_BALANCE_WEI,
  };
  return [network.home, ...network.mirrors].map((chain) => {
    const isHome = chain === network.home;
    const name = isHome ? HOME : chain.name;
    const senderLog = log.child({ stage: "l1-sender", chain: name });
    return new L1Sender({
      ...shared,
      chain: name,
      target: isHome ? { role: "home" } : { role: "mirror", home: HOME },
      contract: new SettlementContract({ chain: name, ...chain, address: chain.contract }),
      runtime: { ...clock, log: senderLog },
      // A mirror that refuses a batch concerns nobody else: its status says so.
      onFatal: isHome
        ? onFatal
        : (error) => senderLog.error({ err: error }, "this mirror gets no more batches"),
    });
  });
}
