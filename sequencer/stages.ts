import type { Logger } from "pino";
import { HomeQueueContract } from "../bridge/home-queue.ts";
import { L1Sender, type L1SenderStatus } from "../bridge/l1-sender.ts";
import { L1Watcher, type L1WatcherStatus } from "../bridge/l1-watcher.ts";
import { SettlementContract } from "../bridge/settlement-contract.ts";
import type { CircuitArtifacts } from "../prover/artifacts.ts";
import { ProverPool, type ProverPoolOptions } from "../prover/pool.ts";
import type { Database } from "../state/database.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import type { Ledger } from "../state/ledger/ledger.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import type { Listeners } from "../state/listeners.ts";
import { HOME } from "../state/store/confirmation.ts";
import type { LedgerStore } from "../state/store/ledger-store.ts";
import type { OperationRecord, ProofRecord } from "../state/store/records.ts";
import { BatchBuilder, readBuiltBlock } from "./batch-builder.ts";
import type { BatchPolicy } from "./batch-policy.ts";
import { BlockBuilder } from "./block-builder.ts";
import type { ContractMempool } from "./mempool/contract-transactions.ts";
import type { LedgerMempool } from "./mempool/ledger-operations.ts";
import type { Network } from "./network.ts";
import { ProofCoordinator } from "./proof-coordinator.ts";
import { type StageClock, StageLoop } from "./stage.ts";

/** Pauses of stages that found nothing to do. */
const BLOCK_INTERVAL_MS = 250;
const BATCH_POLL_MS = 250;
const PROOF_POLL_MS = 500;
const L1_POLL_MS = 1_000;
/** A transaction that is not in a block by then gets higher fees. */
const FEE_BUMP_AFTER_MS = 60_000;
const MAX_FEE_PER_GAS_WEI = 500_000_000_000n;
const MIN_OPERATOR_BALANCE_WEI = 50_000_000_000_000_000n;

export interface StageOptions {
  readonly database: Database;
  readonly lane: ContractLane;
  readonly ledger: Ledger;
  readonly ledgerStore: LedgerStore;
  readonly batchedLedger: Ledger;
  readonly batchedStore: LedgerStore;
  readonly size: BatchSize;
  readonly network: Network;
  readonly feeUnits: bigint;
  readonly policy: BatchPolicy;
  readonly operations: LedgerMempool;
  readonly transactions: ContractMempool;
  readonly artifacts: CircuitArtifacts;
  readonly pool: ProverPoolOptions;
  readonly clock: StageClock;
  readonly log: Logger;
  readonly onProven: (proof: ProofRecord) => void;
  readonly onFatal: (error: Error) => void;
  /** Told of the operations of every block. */
  readonly recorded?: Listeners<readonly OperationRecord[]>;
}

export interface PipelineStatus {
  readonly watcher: L1WatcherStatus;
  readonly senders: readonly L1SenderStatus[];
}

/** All stages of a node, each with its own loop; they meet in the database only. */
export class Pipeline {
  readonly #loops: readonly StageLoop[];
  readonly #blocks: StageLoop;
  readonly #watcher: L1Watcher;
  readonly #senders: readonly L1Sender[];
  readonly #pool: ProverPool;

  constructor(options: StageOptions) {
    const { lane, network, clock, log, onFatal } = options;
    this.#pool = new ProverPool(options.pool);
    const loop = (name: string, idleMs: number, step: (signal: AbortSignal) => Promise<boolean>) =>
      new StageLoop(name, step, { clock, idleMs, log: log.child({ stage: name }), onFatal });

    const { domain } = network;
    const blocks = new BlockBuilder({
      ...options,
      domain,
      now: clock.now,
      log: log.child({ stage: "block-builder" }),
    });
    const batches = new BatchBuilder({
      ...options,
      ledger: options.batchedLedger,
      ledgerStore: options.batchedStore,
      domain,
      readBlock: async (number) => readBuiltBlock(lane, number),
      log: log.child({ stage: "batch-builder" }),
    });
    const proofs = new ProofCoordinator({
      ...options,
      pool: this.#pool,
      domain,
      parallel: options.pool.threads,
      log: log.child({ stage: "proof-coordinator" }),
    });
    this.#blocks = loop("block-builder", BLOCK_INTERVAL_MS, async () => (await blocks.build()) !== undefined);
    this.#loops = [
      this.#blocks,
      loop("batch-builder", BATCH_POLL_MS, () => batches.step()),
      loop("proof-coordinator", PROOF_POLL_MS, (signal) => proofs.step(signal)),
    ];
    this.#watcher = watcherOf(options);
    this.#senders = sendersOf(options);
  }

  start(): void {
    for (const each of [...this.#loops, this.#watcher, ...this.#senders]) each.start();
  }

  /** There is a new op or transaction: the next block need not wait. */
  wake(): void {
    this.#blocks.wake();
  }

  status(): PipelineStatus {
    return { watcher: this.#watcher.status(), senders: this.#senders.map((sender) => sender.status()) };
  }

  async close(): Promise<void> {
    await Promise.all([this.#watcher.close(), ...this.#senders.map((sender) => sender.close())]);
    const stopping = this.#loops.map((each) => each.close());
    await this.#pool.close();
    await Promise.all(stopping);
  }
}

function watcherOf({ database, network, clock, log, onFatal }: StageOptions): L1Watcher {
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

function sendersOf({ database, network, size, clock, log, onFatal }: StageOptions): L1Sender[] {
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
