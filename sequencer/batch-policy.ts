import type { Database } from "../state/database.ts";
import { CURSOR, readCursor } from "../state/store/records.ts";

/** When an open batch closes although there is room left in it. */
export interface BatchPolicy {
  /** A batch closes at this age in any case. */
  readonly maxAgeMs: number;
  /** With an idle prover it closes at this age already: waiting would only add latency. */
  readonly minAgeMs: number;
  /** Contract-lane bytes of one batch; its home transaction must stay below 128 KiB. */
  readonly maxLaneBytes: number;
}

export const DEFAULT_BATCH_POLICY: BatchPolicy = { maxAgeMs: 60_000, minAgeMs: 4_000, maxLaneBytes: 80_000 };

/**
 * Gas of a block that its system transactions may need: the calldata of the largest batch's operations takes less than 5 million,
 * and what the gateway contract does less than 10 million.
 */
export const LEDGER_GAS_RESERVE = 15_000_000n;

/** True when every closed batch is proven. */
const isProverIdle = (database: Database): boolean =>
  readCursor(database, CURSOR.batches) === readCursor(database, CURSOR.proofs);

export function isDue(database: Database, policy: BatchPolicy, ageMs: number): boolean {
  return ageMs >= policy.maxAgeMs || (ageMs >= policy.minAgeMs && isProverIdle(database));
}
