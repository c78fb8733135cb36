import { afterEach, describe, expect, it } from "vitest";
import { openBenchSequencer } from "../../../bench/bench-sequencer.ts";
import { Cleanup } from "../../../bench/cleanup.ts";
import { ledgerDeposits } from "../../../bench/deposits.ts";
import { appendHotBatch, hotMixOf, registerModel } from "../../../bench/hot-mix.ts";
import { type LedgerActor, ledgerActors } from "../../../bench/ledger-actor.ts";
import { decodeTask, TASK_PHASE } from "../../../state/ledger/cells.ts";
import { opFields } from "../../../state/ledger/operation.ts";
import { BATCH_SIZES } from "../../../state/ledger/sizes.ts";
import { BATCHES, WITNESS_INPUTS } from "../../../state/store/records.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const neverByAge = {
  maxUnsettledBatches: Number.POSITIVE_INFINITY,
  maxAgeMs: Number.POSITIVE_INFINITY,
  minAgeMs: Number.POSITIVE_INFINITY,
  maxLaneBytes: 0,
};

describe("hot mix", () => {
  it.each(Object.entries(BATCH_SIZES))("fills a batch of the %s size within its cells", (_, size) => {
    const { lives, transfers } = hotMixOf(size);
    expect(lives).toBeGreaterThanOrEqual(1);
    expect(4 * lives + transfers).toBe(size.maxOps);
    // Operator, treasury, three parties, model, and a cell for each task.
    expect(6 + lives).toBeLessThanOrEqual(size.maxCells);
  });

  it("makes one full batch of whole task lives, ready to be proven", async () => {
    const size = BATCH_SIZES.test;
    const domain = 77n;
    const directory = await cleanup.directory();
    const node = await openBenchSequencer({ directory, size, domain, policy: neverByAge });
    cleanup.defer(() => node.close());
    const actors = ledgerActors(3);
    const [requester, worker, verifier] = actors as [LedgerActor, LedgerActor, LedgerActor];
    await node.queue(ledgerDeposits(actors, 1_000_000_000n));
    await node.drain();
    const model = await registerModel(node, domain, worker);
    const task = node.ledger.cellCount;
    await appendHotBatch(node, domain, size, { requester, worker, verifier, model });

    const batch = BATCHES.get(node.database, 2);
    const kinds = batch?.ops.map(({ words, valid }) => [opFields(words).kind, valid]);
    expect(kinds).toEqual([
      ["postTask", true],
      ["claimTask", true],
      ["submitResult", true],
      ["settleTask", true],
    ]);
    expect(decodeTask(node.batchedLedger.cell(task)).phase).toBe(TASK_PHASE.accepted);
    expect(WITNESS_INPUTS.get(node.database, 2)).toBeDefined();
  });
});
