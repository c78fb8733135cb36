import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import pino from "pino";
import { keccak256 } from "viem";
import type { StageRuntime } from "../../../bridge/stage-loop.ts";
import { Database } from "../../../state/database.ts";
import { genesisTotals } from "../../../state/ledger/solvency.ts";
import { BATCHES, type BatchRecord, CURSOR, CURSORS, PROOFS } from "../../../state/store/records.ts";

/** Time that passes only when somebody sleeps, so that minutes of waiting take no time in a test. */
export class FakeRuntime implements StageRuntime {
  #nowMs = 1_700_000_000_000;
  readonly warnings: string[] = [];
  readonly sleeps: number[] = [];

  readonly now = (): number => this.#nowMs;

  readonly sleep = async (durationMs: number): Promise<void> => {
    this.sleeps.push(durationMs);
    this.#nowMs += durationMs;
    await setImmediate();
  };

  readonly log = pino(
    { level: "warn" },
    { write: (line: string) => this.warnings.push((JSON.parse(line) as { msg: string }).msg) },
  );
}

export async function temporaryDatabase(): Promise<{ database: Database; remove: () => Promise<void> }> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "neura-bridge-"));
  const database = await Database.open(directory);
  return {
    database,
    remove: async () => {
      await database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function batchRecord(number: number, changes: Partial<BatchRecord> = {}): BatchRecord {
  return {
    number,
    rootBefore: 0x1000n + BigInt(number - 1),
    rootAfter: 0x1000n + BigInt(number),
    cellCountBefore: 5,
    cellCountAfter: 5,
    timeSeconds: 1_700_000_000n,
    firstBlock: number,
    lastBlock: number,
    blockHash: BigInt(keccak256("0xb10c")),
    laneData: "0x1234",
    laneDataHash: BigInt(keccak256("0x1234")),
    ops: [],
    totals: genesisTotals(2),
    history: 0n,
    ...changes,
  };
}

export async function storeProvenBatches(database: Database, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    await database.write([
      BATCHES.put(number, batchRecord(number)),
      PROOFS.put(number, {
        batchNumber: number,
        proof: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n],
        commitment: 9n,
        constraints: 1,
        witnessMs: 1,
        proveMs: 1,
        peakRssBytes: 1,
      }),
      CURSORS.put(CURSOR.batches, number),
      CURSORS.put(CURSOR.proofs, number),
    ]);
  }
}

const untilTimeoutMs = 10_000;

/** Waits until the condition holds; fails the test if it does not within its bound. */
export async function until(condition: () => boolean, what = String(condition)): Promise<void> {
  const endMs = Date.now() + untilTimeoutMs;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`it did not happen: ${what}`);
    await setImmediate();
  }
}
