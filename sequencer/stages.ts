import type { Logger } from "pino";
import { type StageClock, StageLoop } from "../bridge/stage-loop.ts";
import type { CircuitArtifacts } from "../prover/artifacts.ts";
import { ProverPool, type ProverPoolOptions } from "../prover/pool.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import type { ProofRecord } from "../state/store/records.ts";
import { buildAtPace } from "./block-pace.ts";
import type { Network } from "./network.ts";
import { ProofCoordinator } from "./proof-coordinator.ts";
import type { StageHealth } from "./readiness.ts";
import type { Sequencing } from "./sequencing.ts";
import { SettlementStages, type SettlementStatus } from "./settlement-stages.ts";
import { SolvencyAudit } from "./solvency-audit.ts";
import { StatePruner } from "./state-pruner.ts";
import { SupplyAudit } from "./supply-audit.ts";

/** Pauses of stages that found nothing to do. */
const BLOCK_POLL_MS = 250;
const BATCH_POLL_MS = 250;
const PROOF_POLL_MS = 500;
/** All cells are added up at the start, and again this much later. */
const AUDIT_INTERVAL_MS = 6 * 3_600_000;
const PRUNE_POLL_MS = 5_000;

export interface StageOptions {
  readonly sequencing: Sequencing;
  readonly size: BatchSize;
  readonly network: Network;
  readonly weiPerHomeGwei: bigint;
  readonly artifacts: CircuitArtifacts;
  readonly pool: ProverPoolOptions;
  /** Newest blocks of the contract lane whose states are kept. */
  readonly stateHistoryBlocks: number;
  readonly clock: StageClock;
  readonly log: Logger;
  readonly onProven: (proof: ProofRecord) => void;
  readonly onFatal: (error: Error) => void;
}

export interface PipelineStatus extends SettlementStatus {
  /** Every stage, those that talk to chains last. */
  readonly stages: readonly StageHealth[];
}

/** All stages of a node, each with its own loop; they meet in the database only. */
export class Pipeline {
  readonly #loops: Readonly<
    Record<
      "block-builder" | "batch-builder" | "proof-coordinator" | "solvency-audit" | "state-pruner",
      StageLoop
    >
  >;
  readonly #settlement: SettlementStages;
  readonly #pool: ProverPool;

  constructor(options: StageOptions) {
    const { sequencing, network, clock, log, onFatal } = options;
    const { blocks, batches, database } = sequencing;
    const { mirrorCount } = network.terms;
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
    const supplyAudit = new SupplyAudit({
      ...sequencing,
      clock,
      log: log.child({ stage: "solvency-audit" }),
    });
    const pruner = new StatePruner({ ...sequencing, clock, historyBlocks: options.stateHistoryBlocks });
    const loop = (name: string, idleMs: number, step: (signal: AbortSignal) => Promise<boolean>) =>
      new StageLoop({
        runtime: { ...clock, log: log.child({ stage: name }) },
        round: async (signal) => ((await step(signal)) ? 0 : idleMs),
        onFatal,
      });
    this.#loops = {
      "block-builder": loop("block-builder", BLOCK_POLL_MS, (signal) => buildAtPace(blocks, clock, signal)),
      "batch-builder": loop("batch-builder", BATCH_POLL_MS, () => batches.step()),
      "solvency-audit": loop("solvency-audit", AUDIT_INTERVAL_MS, async (signal) => {
        await audit.run(signal);
        await supplyAudit.run(signal);
        return false;
      }),
      "state-pruner": loop("state-pruner", PRUNE_POLL_MS, (signal) => pruner.step(signal)),
      "proof-coordinator": loop("proof-coordinator", PROOF_POLL_MS, (signal) => proofs.step(signal)),
    };
    this.#settlement = new SettlementStages({ ...options, database });
  }

  start(): void {
    for (const each of [...Object.values(this.#loops), this.#settlement]) each.start();
  }

  /** There is a new op or transaction: the next block need not wait. */
  wake(): void {
    this.#loops["block-builder"].wake();
  }

  status(): PipelineStatus {
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
    return { ...this.#settlement.status(), stages: [...local, ...this.#settlement.health()] };
  }

  async close(): Promise<void> {
    await this.#settlement.close();
    const stopping = Object.values(this.#loops).map((each) => each.close());
    await this.#pool.close();
    await Promise.all(stopping);
  }
}
