import { randomBytes } from "node:crypto";
import type { LogFilter } from "../../state/evm/log-filter.ts";
import type { Hex } from "../../state/evm/types.ts";
import { limitExceededCode, RpcError, serverErrorCode } from "../errors.ts";
import type { Method } from "../method.ts";
import type { EthBackend } from "./backend.ts";
import { logsOf, readCriteria, readRange } from "./logs.ts";
import { type Fields, readObject } from "./parameters.ts";
import { logView } from "./views.ts";

/** Filters that are polled. Each is a place in what has happened, and costs the node no more than that. */

/** A filter that nobody polls for so long is forgotten (geth's time). */
export const filterLifetimeMs = 5 * 60_000;
const maxFilters = 10_000;
/** Hashes of accepted transactions kept for filters; one that is polled too late misses the older ones. */
const maxRememberedTransactions = 50_000;
const maxBlocksPerPoll = 10_000;
const filterIdBytes = 16;

interface Filter {
  readonly kind: "block" | "log" | "pendingTransaction";
  /** The first block, or the first transaction, that the next poll has to look at. */
  next: number;
  lastUsedMs: number;
  /** What `eth_newFilter` was called with. */
  readonly criteria?: Fields;
}

class FilterNotFoundError extends RpcError {
  constructor() {
    super(serverErrorCode, "filter not found");
  }
}

/** The newest accepted transactions, numbered from 0 since the node started. */
class RecentTransactions {
  #hashes: Hex[] = [];
  #dropped = 0;

  get next(): number {
    return this.#dropped + this.#hashes.length;
  }

  add(hash: Hex): void {
    this.#hashes.push(hash);
    if (this.#hashes.length < 2 * maxRememberedTransactions) return;
    this.#hashes = this.#hashes.slice(maxRememberedTransactions);
    this.#dropped += maxRememberedTransactions;
  }

  since(number: number): Hex[] {
    return this.#hashes.slice(Math.max(0, number - this.#dropped));
  }
}

export function filterMethods(backend: EthBackend): Record<string, Method> {
  const filters = new Filters(backend);
  const id = ([value]: readonly unknown[]) => String(value);
  return {
    eth_newFilter: async (params) => {
      const criteria = readObject(params, 0, "filters.FilterCriteria");
      readRange(backend, criteria);
      readCriteria(criteria);
      return filters.add("log", criteria);
    },
    eth_newBlockFilter: async () => filters.add("block"),
    eth_newPendingTransactionFilter: async () => filters.add("pendingTransaction"),
    eth_uninstallFilter: async (params) => filters.remove(id(params)),
    eth_getFilterChanges: async (params) => filters.changes(id(params)),
    eth_getFilterLogs: async (params) => filters.logs(id(params)),
  };
}

class Filters {
  readonly #backend: EthBackend;
  /** In the order of their last use. */
  readonly #filters = new Map<string, Filter>();
  readonly #recent = new RecentTransactions();

  constructor(backend: EthBackend) {
    this.#backend = backend;
    backend.transactions.added.add(({ hash }) => this.#recent.add(hash));
  }

  add(kind: Filter["kind"], criteria?: Fields): string {
    this.#forgetUnused();
    if (this.#filters.size >= maxFilters) {
      throw new RpcError(limitExceededCode, `too many filters: ${maxFilters} are open, uninstall some first`);
    }
    const id = `0x${randomBytes(filterIdBytes).toString("hex")}`;
    const next = kind === "pendingTransaction" ? this.#recent.next : this.#backend.lane.head.number + 1;
    const lastUsedMs = this.#backend.nowMs();
    this.#filters.set(id, { kind, next, lastUsedMs, ...(criteria === undefined ? {} : { criteria }) });
    return id;
  }

  remove(id: string): boolean {
    return this.#filters.delete(id);
  }

  async changes(id: string): Promise<unknown[]> {
    const filter = this.#use(id);
    if (filter.kind === "pendingTransaction") {
      const hashes = this.#recent.since(filter.next);
      filter.next = this.#recent.next;
      return hashes;
    }
    const { lane } = this.#backend;
    const from = filter.next;
    const to = Math.min(lane.head.number, from + maxBlocksPerPoll - 1);
    filter.next = to + 1;
    if (filter.kind === "log") return this.#newLogs(filter, from, to);
    const hashes: Hex[] = [];
    for (let number = from; number <= to; number++) hashes.push(lane.getBlock(number)?.hash as Hex);
    return hashes;
  }

  async logs(id: string): Promise<unknown[]> {
    const { criteria } = this.#use(id);
    if (criteria === undefined) throw new FilterNotFoundError();
    return logsOf(this.#backend, criteria);
  }

  async #newLogs(filter: Filter, from: number, to: number): Promise<unknown[]> {
    const { lane } = this.#backend;
    const criteria = filter.criteria ?? {};
    const bound = (value: unknown, otherwise: number) =>
      typeof value === "string" && value.startsWith("0x") ? Number(BigInt(value)) : otherwise;
    const range: LogFilter = {
      fromBlock: Math.max(from, bound(criteria.fromBlock, from)),
      toBlock: Math.min(to, bound(criteria.toBlock, to)),
      ...readCriteria(criteria),
    };
    try {
      return (await lane.getLogs(range)).map(logView);
    } catch (error) {
      filter.next = from; // nothing was handed out
      throw error;
    }
  }

  #use(id: string): Filter {
    this.#forgetUnused();
    const filter = this.#filters.get(id);
    if (filter === undefined) throw new FilterNotFoundError();
    filter.lastUsedMs = this.#backend.nowMs();
    this.#filters.delete(id);
    this.#filters.set(id, filter);
    return filter;
  }

  #forgetUnused(): void {
    const deadline = this.#backend.nowMs() - filterLifetimeMs;
    for (const [id, { lastUsedMs }] of this.#filters) {
      if (lastUsedMs > deadline) return; // the others were used later
      this.#filters.delete(id);
    }
  }
}
