import type { BatchStream } from "../ledger/stream.ts";
import type { BatchRecord } from "./records.ts";

/** What a batch publishes: all of its record that its stream and its submission need. */
export type PublicBatch = Omit<BatchRecord, "firstBlock" | "lastBlock" | "totals" | "history">;

/** The stream of a stored batch. */
export function streamOf(batch: PublicBatch, domain: bigint): BatchStream {
  return {
    domain,
    number: BigInt(batch.number),
    rootBefore: batch.rootBefore,
    rootAfter: batch.rootAfter,
    cellCountBefore: batch.cellCountBefore,
    cellCountAfter: batch.cellCountAfter,
    timeSeconds: batch.timeSeconds,
    blockHash: batch.blockHash,
    laneDataHash: batch.laneDataHash,
    ops: batch.ops.map(({ words, valid, caller }) => ({
      words,
      valid,
      ...(caller === undefined ? {} : { caller }),
    })),
  };
}
