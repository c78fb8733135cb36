/** The threads of one key setup. */
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { threadOptions } from "../thread-options.ts";
import { type CurveGroup, pointBytes, windowBitsFor } from "./fixed-base.ts";
import type { Mismatch } from "./key-check.ts";
import { scalarBytes, toLittleEndian } from "./scalar-field.ts";
import type { CheckTask, MultiplyTask, QueryResult, QueryTask } from "./setup-worker.ts";

export class SetupThreads {
  readonly #pool: Piscina;
  readonly #signal: AbortSignal | null;

  constructor(threads: number, signal?: AbortSignal) {
    const filename = fileURLToPath(new URL("./setup-worker.ts", import.meta.url));
    this.#pool = new Piscina({ filename, ...threadOptions(threads) });
    this.#signal = signal ?? null;
  }

  async computeQueries(task: QueryTask): Promise<QueryResult> {
    return (await this.#pool.run(task, { name: "computeQueries", signal: this.#signal })) as QueryResult;
  }

  async multiply(task: MultiplyTask): Promise<Uint8Array> {
    return (await this.#pool.run(task, { name: "multiplyGenerator", signal: this.#signal })) as Uint8Array;
  }

  async checkKey(task: CheckTask): Promise<Mismatch | null> {
    return (await this.#pool.run(task, { name: "checkKey", signal: this.#signal })) as Mismatch | null;
  }

  /** Points value·G, for a handful of values. */
  async multiplyFew(group: CurveGroup, values: readonly bigint[]): Promise<Uint8Array[]> {
    const scalars = new SharedArrayBuffer(values.length * scalarBytes);
    for (const [i, value] of values.entries()) {
      new Uint8Array(scalars).set(toLittleEndian(value), i * scalarBytes);
    }
    const count = values.length;
    const points = await this.multiply({ group, windowBits: windowBitsFor(count), scalars, first: 0, count });
    return values.map((_, i) => points.subarray(i * pointBytes[group], (i + 1) * pointBytes[group]));
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
