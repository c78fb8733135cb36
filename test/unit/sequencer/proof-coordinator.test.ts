import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CircuitArtifacts } from "../../../prover/artifacts.ts";
import { ProofAbortedError, ProverWorkerDiedError, WitnessError } from "../../../prover/backend.ts";
import type { ProofJob, ProofResult, ProverPool } from "../../../prover/pool.ts";
import { ForeignProofError, ProofCoordinator } from "../../../sequencer/proof-coordinator.ts";
import { publicInputsOf, streamWords } from "../../../state/ledger/stream.ts";
import { streamOf } from "../../../state/store/batch-stream.ts";
import {
  BATCHES,
  CURSOR,
  CURSORS,
  PROOFS,
  readCursor,
  WITNESS_INPUTS,
} from "../../../state/store/records.ts";
import { actor, TEST_DOMAIN, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { log, TestSequencer } from "./test-sequencer.ts";

/** Answers each job as the test says; the batch is known by its number in the proof's input. */
class FakePool {
  readonly started: number[] = [];
  constructor(readonly answer: (batch: number, attempt: number) => Promise<Partial<ProofResult>>) {}

  async prove({ input }: Pick<ProofJob, "input">): Promise<ProofResult> {
    const batch = numberOf(input);
    this.started.push(batch);
    const attempt = this.started.filter((each) => each === batch).length;
    const made = { proof: [], backend: "fake", witnessMs: 1, proveMs: 2, verifyMs: 3, peakRssBytes: 4 };
    return { ...made, publicSignals: [], ...(await this.answer(batch, attempt)) } as unknown as ProofResult;
  }
}

let directory: { path: string; remove: () => Promise<void> };
let sequencer: TestSequencer;
const inputs = new Map<string, number>();
const numberOf = (input: unknown): number => inputs.get(JSON.stringify(input, withBigints)) ?? 0;
const withBigints = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value);
const signal = new AbortController().signal;

const publicSignals = (number: number): readonly bigint[] => {
  const batch = BATCHES.get(sequencer.database, number);
  if (batch === undefined) throw new Error(`no batch ${number}`);
  return publicInputsOf(streamWords(streamOf(batch, TEST_DOMAIN), sequencer.size));
};

function coordinator(pool: FakePool, parallel = 1): ProofCoordinator {
  return new ProofCoordinator({
    database: sequencer.database,
    pool: pool as unknown as ProverPool,
    artifacts: { constraints: 7 } as CircuitArtifacts,
    size: sequencer.size,
    domain: TEST_DOMAIN,
    parallel,
    clock: { now: () => 0, sleep: (milliseconds) => delay(milliseconds / 50) },
    log,
    onProven: () => undefined,
  });
}

const proven = () => readCursor(sequencer.database, CURSOR.proofs);

beforeEach(async () => {
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  sequencer = await TestSequencer.open({ path: directory.path, clock });
  inputs.clear();
  for (const number of [1, 2, 3]) {
    await sequencer.queue(sequencer.scenario().deposit(actor(`actor ${number}`), 5n));
    await sequencer.buildAll({ closing: true });
    inputs.set(JSON.stringify(WITNESS_INPUTS.get(sequencer.database, number), withBigints), number);
  }
  expect(readCursor(sequencer.database, CURSOR.batches)).toBe(3);
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

describe("the proof coordinator", () => {
  it("stores the proofs in order, also when a later one is ready first, and drops their inputs", async () => {
    const pool = new FakePool(async (batch) => {
      await delay(batch === 1 ? 60 : 0);
      return { publicSignals: publicSignals(batch) };
    });
    const stage = coordinator(pool, 3);
    const seen: number[] = [];
    while (await stage.step(signal)) seen.push(proven());
    expect(pool.started).toEqual([1, 2, 3]);
    expect([...new Set(seen)].filter((number) => number > 0)).toEqual([1, 2, 3]);
    for (const number of [1, 2, 3]) {
      expect(PROOFS.get(sequencer.database, number)).toMatchObject({ batchNumber: number, constraints: 7 });
      expect(WITNESS_INPUTS.get(sequencer.database, number)).toBeUndefined();
    }
  });

  it("has no more batches proven at a time than it may", async () => {
    const pool = new FakePool(() => new Promise(() => undefined));
    const stage = coordinator(pool, 2);
    for (let i = 0; i < 3; i++) expect(await stage.step(signal)).toBe(true);
    expect(pool.started).toEqual([1, 2]);
  });

  it("continues after a restart with the first batch that has no proof", async () => {
    await sequencer.database.write([CURSORS.put(CURSOR.proofs, 2)]);
    const pool = new FakePool(async (batch) => ({ publicSignals: publicSignals(batch) }));
    while (await coordinator(pool).step(signal));
    expect(pool.started).toEqual([3]);
  });

  it.each([
    ["dies", () => new ProverWorkerDiedError("prove", "killed")],
    ["hangs until its lease is over", () => new ProofAbortedError()],
  ])("gives a batch to another worker when one %s, and gives up the third time", async (_title, error) => {
    const recovering = new FakePool(async (batch, attempt) => {
      if (attempt < 3) throw error();
      return { publicSignals: publicSignals(batch) };
    });
    const recovered = coordinator(recovering);
    while (proven() === 0) await recovered.step(signal);
    expect(recovering.started.slice(0, 3)).toEqual([1, 1, 1]);

    const hopeless = new FakePool(async () => {
      throw error();
    });
    const stage = coordinator(hopeless);
    const untilFailure = async () => {
      while (await stage.step(signal));
    };
    await expect(untilFailure()).rejects.toThrow();
    expect(hopeless.started).toEqual([2, 2, 2]);
  });

  it("does not try again what can only fail again", async () => {
    const pool = new FakePool(async () => {
      throw new WitnessError("constraint not satisfied");
    });
    await expect(coordinator(pool).step(signal)).rejects.toThrow(WitnessError);
    expect(pool.started).toEqual([1]);
  });

  it("refuses a proof of another batch's public data", async () => {
    const pool = new FakePool(async () => ({ publicSignals: publicSignals(2) }));
    await expect(coordinator(pool).step(signal)).rejects.toThrow(ForeignProofError);
    expect(proven()).toBe(0);
    expect(PROOFS.get(sequencer.database, 1)).toBeUndefined();
  });
});
