import { describe, expect, it } from "vitest";
import type { Cell } from "../../../state/ledger/cells.ts";
import { poseidon } from "../../../state/ledger/poseidon.ts";
import { traceBatch } from "../../../state/ledger/trace.ts";
import { LedgerScenario } from "../../support/ledger-scenario.ts";
import { fillBatch } from "../../support/random-ops.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

const leafOf = (cell: Cell): bigint => (cell[0] === 0n ? 0n : poseidon(cell));

/** The root over a path's siblings with this leaf, as the circuit computes it; the path's own nodes are replaced. */
function rootWith(leaf: bigint, id: number, path: readonly (readonly bigint[])[]): bigint {
  let [node, index] = [leaf, id];
  for (const children of path) {
    node = poseidon(children.map((child, digit) => (digit === index % 8 ? node : child)));
    index = Math.floor(index / 8);
  }
  return node;
}

describe.each([1, 2, 3, 5])("the trace of a random batch (seed %d)", (seed) => {
  const random = new SeededRandom(seed);
  const executed = new LedgerScenario(seed === 5 ? { cellCount: 509 } : {});
  for (const name of ["alice", "bob", "carol"])
    if (executed.ledger.cellCount < 511) executed.fund(name, 10n ** 10n);
  fillBatch(executed, random);
  executed.nextBatch();
  const traced = executed.fork();
  const { number, timeSeconds } = executed.batch;
  const ops = fillBatch(executed, random);
  const { cells } = executed.batch;
  const trace = traceBatch(traced.ledger, { number, timeSeconds }, ops, executed.domain);
  executed.nextBatch();

  it("ends in the state that executing the ops one by one ends in", () => {
    expect(trace.rootAfter).toBe(executed.ledger.root());
    expect(traced.ledger.root()).toBe(executed.ledger.root());
    expect(trace.cellCountAfter).toBe(executed.ledger.cellCount);
  });

  it("opens exactly the batch's cells, in ascending order, operator and treasury first", () => {
    const ids = trace.rows.map(({ id }) => id);
    expect(ids).toEqual([...cells].sort((a, b) => a - b));
    expect(ids.slice(0, 2)).toEqual([1, 2]);
  });

  it("leads from the root before to the root after, row by row", () => {
    let running = trace.rootBefore;
    for (const { id, cell, path } of trace.rows) {
      expect(rootWith(leafOf(cell), id, path)).toBe(running);
      running = rootWith(leafOf(executed.ledger.cell(id)), id, path);
    }
    expect(running).toBe(trace.rootAfter);
  });
});
