import type { Database } from "../database.ts";
import {
  acceptedCursor,
  type ChainName,
  CURSOR,
  finalizedCursor,
  type OperationRecord,
  readCursor,
} from "./records.ts";

export const HOME: ChainName = "home";

/** Levels of confirmation (DESIGN, section 2). */
export type Level = "pending" | "sequenced" | "proven" | "settled" | "finalized" | "rejected";

/** How far a closed batch has come. */
export function levelOfBatch(
  database: Database,
  batchNumber: number,
): Exclude<Level, "pending" | "rejected"> {
  if (batchNumber <= readCursor(database, finalizedCursor(HOME))) return "finalized";
  if (batchNumber <= readCursor(database, acceptedCursor(HOME))) return "settled";
  if (batchNumber <= readCursor(database, CURSOR.proofs)) return "proven";
  return "sequenced";
}

/** How far an op has come. A priority op that was executed as a no-op counts as rejected. */
export function levelOfOperation(database: Database, record: OperationRecord): Level {
  if (record.rejection !== undefined) return "rejected";
  if (record.sequenced === undefined) return "pending";
  return levelOfBatch(database, record.sequenced.batchNumber);
}

/** Mirrors by whether they have accepted the batch. */
export const mirroredOn = (
  database: Database,
  mirrors: readonly ChainName[],
  batchNumber: number | undefined,
): Record<ChainName, boolean> =>
  Object.fromEntries(
    mirrors.map((mirror) => [
      mirror,
      batchNumber !== undefined && batchNumber <= readCursor(database, acceptedCursor(mirror)),
    ]),
  );
