/** Reads a chain's history for a command: with patience, in ranges of blocks that the RPC is willing to search. */
import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  formatLog,
  type Hex,
  HttpRequestError,
  type Log,
  numberToHex,
  type PublicClient,
  type RpcLog,
} from "viem";
import { type BlockReference, L1Connection, type L1Endpoint, WrongL1ChainError } from "./l1-connection.ts";

export type MinedLog = Log<bigint, number, false>;

export interface LogFilter {
  readonly address?: Address;
  /** First topic: the event's signature. */
  readonly topic?: Hex;
}

/** All logs of these blocks, both ends included, in their order on the chain. */
export interface LogPage {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly logs: readonly MinedLog[];
}

export interface ReaderOptions {
  readonly endpoint: L1Endpoint;
  readonly sleep: (durationMs: number) => Promise<void>;
  /** Told before the reader waits and asks again. */
  readonly onRetry?: (reason: string) => void;
}

/** Blocks of the first search; the range grows with every answer and shrinks with every refusal. */
const firstRangeBlocks = 2_000;
const maxRangeBlocks = 1_000_000;
const maxAttempts = 8;
const firstBackoffMs = 250;
const maxBackoffMs = 10_000;

export class L1Reader {
  readonly endpoint: L1Endpoint;
  readonly #connection: L1Connection;
  readonly #options: ReaderOptions;
  #rangeBlocks = firstRangeBlocks;

  constructor(options: ReaderOptions) {
    this.endpoint = options.endpoint;
    this.#options = options;
    this.#connection = new L1Connection(options.endpoint);
  }

  /** Asks until there is an answer, with growing pauses. Throws at once what no waiting cures, such as a revert. */
  async ask<T>(request: string, send: (client: PublicClient) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#connection.ask(request, send);
      } catch (error) {
        if (attempt === maxAttempts || !isCuredByWaiting(error)) throw error;
        await this.#waitAfter(error, attempt);
      }
    }
  }

  /** True if the chain has answered, and the call fails there. */
  isRevert(error: unknown): boolean {
    return isFinalAnswer(causeOf(error));
  }

  block(which: number | "latest"): Promise<BlockReference & { timestampSeconds: bigint }> {
    return this.ask(`reading block ${which}`, async (client) => {
      const selector = which === "latest" ? { blockTag: which } : { blockNumber: BigInt(which) };
      const { number, hash, timestamp } = await client.getBlock(selector);
      return { number: Number(number), hash, timestampSeconds: timestamp };
    });
  }

  async finalizedBlockNumber(): Promise<number> {
    return this.ask("reading the finalized block", async () => {
      const { number } = await this.#connection.finalizedBlock();
      return number;
    });
  }

  /** Pages of logs from the first block to the last one. */
  async *logs(filter: LogFilter, fromBlock: number, toBlock: number): AsyncGenerator<LogPage> {
    for (let from = fromBlock; from <= toBlock; ) {
      const page = await this.#nextPage(filter, from, toBlock);
      yield page;
      from = page.toBlock + 1;
    }
  }

  /** As many blocks from `from` on as the RPC searches at once. */
  async #nextPage(filter: LogFilter, from: number, last: number): Promise<LogPage> {
    for (let attempt = 1; ; ) {
      const to = Math.min(from + this.#rangeBlocks - 1, last);
      try {
        const logs = await this.#connection.ask(`searching blocks ${from} to ${to}`, (client) =>
          logsOf(client, filter, from, to),
        );
        this.#rangeBlocks = Math.min(this.#rangeBlocks * 2, maxRangeBlocks);
        return { fromBlock: from, toBlock: to, logs };
      } catch (error) {
        const isRefusal = to > from && isCuredByWaiting(error) && !isUnreachable(error);
        if (isRefusal) {
          // Providers limit blocks, results or time of a search, and each says so in its own words.
          this.#rangeBlocks = Math.max(1, Math.floor((to - from + 1) / 2));
          continue;
        }
        if (attempt === maxAttempts || !isCuredByWaiting(error)) throw error;
        await this.#waitAfter(error, attempt);
        attempt += 1;
      }
    }
  }

  async #waitAfter(error: unknown, attempt: number): Promise<void> {
    this.#options.onRetry?.(error instanceof Error ? error.message : String(error));
    await this.#options.sleep(Math.min(firstBackoffMs * 2 ** (attempt - 1), maxBackoffMs));
  }
}

async function logsOf(
  client: PublicClient,
  filter: LogFilter,
  from: number,
  to: number,
): Promise<MinedLog[]> {
  const { address, topic } = filter;
  const range = { fromBlock: numberToHex(from), toBlock: numberToHex(to) };
  const rows: readonly RpcLog[] = await client.request({
    method: "eth_getLogs",
    params: [{ ...range, ...(address && { address }), ...(topic && { topics: [topic] }) }],
  });
  const logs = rows.map((row) => formatLog(row));
  for (const log of logs) {
    const isAsked =
      isMined(log) &&
      log.blockNumber >= from &&
      log.blockNumber <= to &&
      (address === undefined || log.address.toLowerCase() === address.toLowerCase());
    if (!isAsked) throw new Error("the answer holds logs that were not asked for");
  }
  return logs
    .filter(isMined)
    .sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}

const isMined = (log: Log): log is MinedLog => log.blockNumber !== null && log.transactionHash !== null;

const isCuredByWaiting = (error: unknown): boolean =>
  !(error instanceof WrongL1ChainError) && !isFinalAnswer(causeOf(error));

function isFinalAnswer(cause: unknown): boolean {
  if (!(cause instanceof BaseError)) return false;
  const isFinal = (each: unknown): boolean =>
    each instanceof ContractFunctionRevertedError || each instanceof ContractFunctionZeroDataError;
  return cause.walk(isFinal) !== null;
}

/** Nobody answered, or too many were asking: that says nothing about the range. */
function isUnreachable(error: unknown): boolean {
  const cause = causeOf(error);
  if (!(cause instanceof BaseError)) return false;
  const http = cause.walk((each) => each instanceof HttpRequestError);
  return http instanceof HttpRequestError && (http.status === undefined || http.status === 429);
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);
