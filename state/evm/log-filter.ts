import { setImmediate } from "node:timers/promises";
import { hexToBytes } from "@ethereumjs/util";
import type { BlockStore } from "./block-store.ts";
import { bloomMayContain } from "./bloom.ts";
import type { Address, Hex, Log } from "./types.ts";

/** Which logs are asked for. A topic position holds null (anything) or the accepted values. */
export interface LogCriteria {
  readonly addresses: readonly Address[];
  readonly topics: readonly (readonly Hex[] | null)[];
}

export interface LogFilter extends LogCriteria {
  readonly fromBlock: number;
  readonly toBlock: number;
}

export const maxLogRangeBlocks = 10_000;
export const maxLogsPerQuery = 10_000;
/** Headers looked at before other work of the node gets its turn. */
const headersPerTurn = 256;

/** The query asks for more than one answer may hold; -32005 is the code that libraries split ranges on. */
export class LogQueryTooLargeError extends Error {
  readonly code = "LOG_QUERY_TOO_LARGE";
  readonly rpcCode = -32005;
}

/** Logs in block order. `toBlock` is clamped by the caller to the head. */
export async function findLogs(store: BlockStore, filter: LogFilter): Promise<Log[]> {
  const count = filter.toBlock - filter.fromBlock + 1;
  if (count > maxLogRangeBlocks) {
    throw new LogQueryTooLargeError(
      `exceed maximum block range: ${maxLogRangeBlocks}, asked for ${count} blocks`,
    );
  }
  const groups = bloomGroups(filter);
  const found: Log[] = [];
  for (let number = filter.fromBlock; number <= filter.toBlock; number++) {
    if ((number - filter.fromBlock) % headersPerTurn === headersPerTurn - 1) await setImmediate();
    const bloom = store.bloom(number);
    if (bloom === undefined || !groups.every((group) => group.some((item) => bloomMayContain(bloom, item))))
      continue;
    for (const receipt of store.receipts(number) ?? []) {
      for (const log of receipt.logs) if (matches(log, filter)) found.push(log);
    }
    if (found.length > maxLogsPerQuery) {
      throw new LogQueryTooLargeError(
        `query returned more than ${maxLogsPerQuery} results: narrow the block range`,
      );
    }
  }
  return found;
}

/** Of every group at least one item must be in a block's bloom. */
function bloomGroups(filter: LogCriteria): Uint8Array[][] {
  const groups = [filter.addresses, ...filter.topics.filter((accepted) => accepted !== null)];
  return groups.filter((group) => group.length > 0).map((group) => group.map((item) => hexToBytes(item)));
}

export function matches(log: Log, { addresses, topics }: LogCriteria): boolean {
  if (addresses.length > 0 && !addresses.includes(log.address)) return false;
  if (topics.length > log.topics.length) return false;
  return topics.every(
    (accepted, position) =>
      accepted === null || accepted.length === 0 || accepted.includes(log.topics[position] as Hex),
  );
}
