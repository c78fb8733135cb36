import { type Logger, pino } from "pino";
import { type BatchPolicy, DEFAULT_BATCH_POLICY } from "../sequencer/batch-policy.ts";
import { NEURACHAIN_ID } from "../sequencer/lanes.ts";
import { LOCAL_ACCOUNT, localAccount } from "../sequencer/network.ts";
import { FEE_UNITS, RECOVERY_THREADS } from "../sequencer/node.ts";
import { gatewayKey, reservedAccounts } from "../sequencer/reserved-accounts.ts";
import { openSequencing, type Sequencing } from "../sequencer/sequencing.ts";
import type { GenesisAccounts } from "../state/ledger/ledger.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { PRIORITY_QUEUE, type PriorityRecord } from "../state/store/records.ts";

export const silent: Logger = pino({ level: "silent" });

const SEED = new TextEncoder().encode("NeuraChain bench, reserved accounts");

export function benchGenesis(): GenesisAccounts {
  const address = (role: keyof typeof LOCAL_ACCOUNT) => localAccount(LOCAL_ACCOUNT[role]).address;
  return reservedAccounts(SEED, {
    operator: address("operator"),
    treasury: address("treasury"),
    governor: address("governor"),
  });
}

/** Nothing settles in a measurement without chains. */
export const UNSETTLED_POLICY: BatchPolicy = {
  ...DEFAULT_BATCH_POLICY,
  maxUnsettledBatches: Number.POSITIVE_INFINITY,
};

export interface BenchSequencerOptions {
  readonly directory: string;
  readonly size: BatchSize;
  readonly domain: bigint;
  readonly policy: BatchPolicy;
}

/** The node from its mempools to its closed batches, with what a measurement does to it from outside. */
export interface BenchSequencer extends Sequencing {
  /** Puts entries into the home queue, as the watcher stores them. */
  readonly queue: (entries: readonly PriorityRecord[]) => Promise<void>;
  /** Builds blocks until nothing waits, and takes those of closed batches into batches. */
  readonly drain: () => Promise<void>;
}

export async function openBenchSequencer(options: BenchSequencerOptions): Promise<BenchSequencer> {
  const parts = await openSequencing({
    ...options,
    genesis: benchGenesis(),
    gatewayKey: gatewayKey(SEED),
    chainId: NEURACHAIN_ID,
    feeUnits: FEE_UNITS,
    mirrorCount: 1,
    mirrorNumbers: [1],
    recoveryThreads: RECOVERY_THREADS,
    now: Date.now,
    log: silent,
  });
  const { database, blocks, batches } = parts;
  return {
    ...parts,
    queue: (entries) => database.write(entries.map((entry) => PRIORITY_QUEUE.put(entry.index, entry))),
    drain: async () => {
      while ((await blocks.build()) !== undefined);
      while (await batches.step());
    },
  };
}
