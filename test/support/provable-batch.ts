import { expect } from "vitest";
import type { LedgerOp } from "../../state/ledger/operation.ts";
import { batchOf, type TestBatch, type TestCircuit } from "./batch-witness-check.ts";
import type { LedgerScenario } from "./ledger-scenario.ts";

/** The circuit has a witness for this batch, all constraints hold, and its public signals are the stream's. */
export async function expectProvable(circuit: TestCircuit, { input }: TestBatch): Promise<void> {
  const witness = await circuit.witness(input);
  expect(circuit.system.violated(witness)).toEqual([]);
  expect(circuit.publicSignals(witness)).toEqual([input.commitment, input.challenge, input.evaluation]);
}

/**
 * Applies ops that are made one after the other, each over the cells as the ones before left them, and expects these
 * validity bits and that the batch is provable. The scenario's batch stays open.
 */
export async function expectProvableBatch(
  circuit: TestCircuit,
  world: LedgerScenario,
  makers: readonly (() => LedgerOp)[],
  validity: readonly boolean[] = makers.map(() => true),
): Promise<void> {
  const before = world.fork();
  const ops: LedgerOp[] = [];
  for (const make of makers) {
    const op = make();
    world.apply(op);
    ops.push(op);
  }
  const batch = batchOf(before, ops);
  expect(batch.trace.ops.map(({ valid }) => valid)).toEqual(validity);
  await expectProvable(circuit, batch);
}
