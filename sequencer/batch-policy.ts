import type { Database } from "../state/database.ts";
import { HOME } from "../state/store/confirmation.ts";
import { acceptedCursor, CURSOR, readCursor } from "../state/store/records.ts";

/** When a batch is opened, and when it closes although there is room left in it. */
export interface BatchPolicy {
  /** A batch closes at this age in any case. */
  readonly maxAgeMs: number;
  /** With an idle prover it closes at this age already: waiting would only add latency. */
  readonly minAgeMs: number;
  /** Contract-lane bytes of one batch; its home transaction must stay below 128 KiB. */
  readonly maxLaneBytes: number;
  /** No batch is opened while so many wait for home: what they hold would have to be taken back if they never settled. */
  readonly maxUnsettledBatches: number;
}

export const DEFAULT_BATCH_POLICY: BatchPolicy = {
  maxAgeMs: 60_000,
  minAgeMs: 4_000,
  maxLaneBytes: 80_000,
  maxUnsettledBatches: 24,
};

/**
 * Batches of the operator's that home takes before an overdue entry of its queue (docs/SETTLEMENT.md, section 2). The next batch
 * of this node has the entry, so all that may wait for home when it becomes overdue must be fewer.
 */
const BATCHES_BEFORE_OVERDUE_ENTRY = 32;
if (DEFAULT_BATCH_POLICY.maxUnsettledBatches >= BATCHES_BEFORE_OVERDUE_ENTRY)
  throw new RangeError("more batches may wait than home takes before an overdue entry");

/**
 * Gas of a block that its system transactions may need: the calldata of the largest batch's operations takes less than 5 million,
 * and what the gateway contract does less than 10 million.
 */
export const LEDGER_GAS_RESERVE = 15_000_000n;

/** True when every closed batch is proven. */
const isProverIdle = (database: Database): boolean =>
  readCursor(database, CURSOR.batches) === readCursor(database, CURSOR.proofs);

export function isDue(
  database: Database,
  policy: Pick<BatchPolicy, "maxAgeMs" | "minAgeMs">,
  ageMs: number,
): boolean {
  return ageMs >= policy.maxAgeMs || (ageMs >= policy.minAgeMs && isProverIdle(database));
}

/** Why no batch is opened now; undefined if one may be. `closed` is the number of the newest batch whose blocks are complete. */
export function reasonToWait(database: Database, policy: BatchPolicy, closed: number): string | undefined {
  const settled = readCursor(database, acceptedCursor(HOME));
  if (closed - settled < policy.maxUnsettledBatches) return undefined;
  return `home to accept batch ${settled + 1}: ${closed - settled} closed batches wait for that, and no more are made`;
}
