import { documentedMethods } from "../../rpc/openrpc/document.ts";
import type { SeededRandom } from "../support/seeded-random.ts";

/** Requests that no client should send: bodies for HTTP and messages for WebSocket. */

export interface KnownValues {
  readonly addresses: readonly string[];
  readonly hashes: readonly string[];
  /** Signed transactions, valid or not any more. */
  readonly transactions: readonly string[];
}

const tags = ["latest", "pending", "safe", "finalized", "earliest", "newest", "", "Latest"];
const feeds = ["newHeads", "logs", "newPendingTransactions", "syncing", "ops", "tasks", "batches", "weather"];
const fields = [
  ...[
    "from",
    "to",
    "gas",
    "gasPrice",
    "maxFeePerGas",
    "maxPriorityFeePerGas",
    "value",
    "data",
    "input",
    "nonce",
  ],
  ...["accessList", "authorizationList", "chainId", "fromBlock", "toBlock", "blockHash", "address", "topics"],
  ...[
    "blockNumber",
    "tracer",
    "tracerConfig",
    "limit",
    "stateOverrides",
    "blockOverrides",
    "blockStateCalls",
  ],
  ...[
    "calls",
    "validation",
    "balance",
    "code",
    "state",
    "stateDiff",
    "storageKeys",
    "__proto__",
    "constructor",
  ],
];
const tracers = ["callTracer", "prestateTracer", "structLogger", "noopTracer", "{step(){}}"];
/** Methods whose honest cost is high are asked less often, so that a run looks at many requests. */
const slowMethods = /^debug_|simulate|estimateGas|createAccessList|rpc\.discover/;
const maxDepth = 3;

export class MalformedRequests {
  readonly #random: SeededRandom;
  readonly #known: KnownValues;
  #nextId = 1;

  constructor(random: SeededRandom, known: KnownValues) {
    this.#random = random;
    this.#known = known;
  }

  next(): string {
    const kind = this.#random.below(20);
    if (kind === 0) return this.#damaged(JSON.stringify(this.#request()));
    if (kind === 1)
      return this.#pick([
        "",
        "null",
        "[]",
        "{}",
        "[[]]",
        "1e999",
        '"',
        "\u0000",
        "[".repeat(50_000),
        '{"a":'.repeat(20_000),
      ]);
    if (kind === 2)
      return JSON.stringify(Array.from({ length: this.#random.below(12) }, () => this.#request()));
    return JSON.stringify(this.#request());
  }

  #request(): unknown {
    const shape = this.#random.below(30);
    if (shape === 0) return this.#value(0);
    const method = this.#method();
    const request: Record<string, unknown> = {
      jsonrpc: shape === 1 ? this.#value(1) : "2.0",
      method: shape === 2 ? this.#value(1) : method,
      params: shape === 3 ? this.#value(1) : this.#params(method),
    };
    if (shape !== 4) request.id = shape === 5 ? this.#value(1) : this.#nextId++;
    return request;
  }

  #method(): string {
    const { names } = documentedMethods;
    const name = this.#pick(names);
    if (slowMethods.test(name) && this.#random.below(4) > 0) return this.#pick(names);
    return this.#random.below(40) === 0 ? this.#damaged(name) : name;
  }

  /** Most are what the method wants, so that it gets beyond the first check. */
  #params(method: string): unknown[] {
    const wanted = documentedMethods.docs.get(method)?.params ?? [];
    if (this.#random.below(6) === 0)
      return Array.from({ length: this.#random.below(5) }, () => this.#value(0));
    return wanted.map(({ schema }) =>
      this.#random.below(5) === 0 ? this.#value(0) : this.#plausible(schema),
    );
  }

  #plausible(schema: unknown): unknown {
    const number = () => `0x${this.#random.below(6).toString(16)}`;
    const { addresses, hashes, transactions } = this.#known;
    switch (schema) {
      case "Address":
        return this.#pick(addresses);
      case "Hash":
        return this.#pick(hashes);
      case "Bytes":
        return this.#pick(transactions);
      case "Boolean":
        return this.#pick([true, false]);
      case "BlockTag":
      case "BlockReference":
        return this.#pick([...tags.slice(0, 5), number()]);
      case "Call":
      case "LogFilter":
      case "StateOverrides":
      case "BlockOverrides":
      case "LedgerObject":
      case "SignedOperation":
        return this.#shaped();
      case "TraceConfig":
        return {
          tracer: this.#pick(tracers),
          tracerConfig: { diffMode: true, withLog: true },
          enableMemory: true,
        };
      case "Simulation":
        return {
          blockStateCalls: [{ calls: [this.#shaped(), this.#shaped()], stateOverrides: this.#object(1) }],
          validation: this.#pick([true, false]),
          traceTransfers: true,
        };
      case "Text":
        return this.#pick(feeds);
      default:
        return typeof schema === "string" ? number() : [number(), this.#pick(hashes)];
    }
  }

  /** A call or a filter of which each field is most often of the right kind. */
  #shaped(): Record<string, unknown> {
    const { addresses, hashes, transactions } = this.#known;
    const kinds: Record<string, () => unknown> = {
      from: () => this.#pick(addresses),
      to: () => this.#pick(addresses),
      value: () => `0x${this.#random.below(3).toString(16)}`,
      gas: () => `0x${this.#random.below(200_000).toString(16)}`,
      data: () => this.#pick([...transactions, "0x3fa4f245", "0x7e551b75", "0xebf0c717", "0x6057361d", "0x"]),
      nonce: () => `0x${this.#random.below(5).toString(16)}`,
      fromBlock: () => this.#pick([...tags, "0x0", "0x2"]),
      topics: () => [null, this.#pick(hashes)],
      address: () => this.#pick(addresses),
      accessList: () => [{ address: this.#pick(addresses), storageKeys: [this.#pick(hashes)] }],
      authorizationList: () => [
        { chainId: "0x0", address: this.#pick(addresses), nonce: "0x0", yParity: "0x0", r: "0x1", s: "0x1" },
      ],
      [this.#pick(addresses)]: () => ({
        balance: "0xffff",
        stateDiff: { [this.#pick(hashes)]: this.#pick(hashes) },
      }),
    };
    const chosen = Object.entries(kinds).filter(() => this.#random.below(2) === 0);
    return Object.fromEntries(
      chosen.map(([key, value]) => [key, this.#random.below(10) === 0 ? this.#value(1) : value()]),
    );
  }

  #value(depth: number): unknown {
    const kind = this.#random.below(depth < maxDepth ? 17 : 13);
    switch (kind) {
      case 0:
        return this.#pick(this.#known.addresses);
      case 1:
        return this.#pick(this.#known.hashes);
      case 2:
        return this.#pick(this.#known.transactions);
      case 3:
        return this.#pick(tags);
      case 4:
        return `0x${this.#random.below(1_000).toString(16)}`;
      case 5:
        return this.#pick([
          "0x",
          "0x0",
          "0x01",
          "0X1",
          "x",
          "-0x1",
          "0xzz",
          "1",
          `0x${"f".repeat(64)}`,
          `0x${"f".repeat(65)}`,
        ]);
      case 6:
        return this.#pick([0, 1, -1, 1.5, 2 ** 53, 1e300, true, false, null]);
      case 7:
        return this.#damaged(this.#pick([...this.#known.addresses, ...this.#known.hashes]));
      case 8:
        return this.#damaged(this.#pick(this.#known.transactions));
      case 9:
        return this.#pick(feeds);
      case 10:
        return `0x${this.#random.bits(8 * this.#random.below(200)).toString(16)}`;
      case 11:
        return this.#pick([true, false]);
      case 12:
        return this.#pick(tracers);
      case 13:
        return Array.from({ length: this.#random.below(6) }, () => this.#value(depth + 1));
      default:
        return this.#object(depth + 1);
    }
  }

  /** As text first, since "__proto__" is no key of a literal. */
  #object(depth: number): unknown {
    const entries = Array.from({ length: this.#random.below(6) }, () => {
      const key = this.#random.below(8) === 0 ? this.#pick(this.#known.addresses) : this.#pick(fields);
      return `${JSON.stringify(key)}:${JSON.stringify(this.#value(depth)) ?? "null"}`;
    });
    return JSON.parse(`{${entries.join(",")}}`);
  }

  /** One character fewer, more or other. */
  #damaged(text: string): string {
    const at = this.#random.below(text.length + 1);
    const inserted = this.#pick(["", "0", "x", '"', "{", "\\", "\u2028", "é"]);
    return text.slice(0, at) + inserted + text.slice(at + this.#random.below(3));
  }

  #pick<Value>(values: readonly Value[]): Value {
    return values[this.#random.below(values.length)] as Value;
  }
}
