import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TASK_PHASE } from "../../../state/ledger/cells.ts";
import { isCreating, type OpParts, withObject } from "../../../state/ledger/operation.ts";
import type { OperationId } from "../../../state/ledger/operation-id.ts";
import { CURSOR, OPERATIONS, readCursor } from "../../../state/store/records.ts";
import { actor, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "./test-sequencer.ts";

/** Eight cells: four reserved accounts, one of alice, and two for tasks. */
const SMALLEST = { levels: 1, maxOps: 10, maxCells: 8 };
const [FIRST, SECOND] = [6, 7] as const;

let directory: { path: string; remove: () => Promise<void> };
let sequencer: TestSequencer;
let alice: number;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  sequencer = await TestSequencer.open({ path: directory.path, clock, size: SMALLEST });
  alice = await sequencer.fund("alice", 1_000_000n);
  for (const input of [1n, 2n]) await submit(post(input));
  await sequencer.buildAll({ closing: true });
  expect(sequencer.ledger.cellCount).toBe(sequencer.ledger.capacity);
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

const post = (w3: bigint) => {
  const money = { reward: 100n, bond: 0n, verifierFee: 1n };
  return { kind: "postTask", ...sequencer.scenario().taskWords({ verifier: alice, ...money }), w3 } as const;
};

async function submit(parts: Omit<OpParts, "sender">): Promise<OperationId> {
  const nonce = sequencer.operations.nextNonce(alice);
  const op = sequencer.scenario().signed(alice, parts, { nonce });
  return sequencer.operations.submit(isCreating(parts.kind) ? { ...op, words: withObject(op.words, 0) } : op);
}

/** Brings tasks to their end. */
async function settle(...tasks: number[]): Promise<void> {
  for (const object of tasks) {
    for (const kind of ["claimTask", "submitResult", "settleTask"] as const) {
      const { content } = sequencer.scenario().task(object);
      const w3 = kind === "submitResult" ? 9n : content;
      await submit({ kind, object, w3, ...(kind === "settleTask" ? { param: 1n } : {}) });
      await sequencer.buildAll();
    }
    expect(sequencer.scenario().task(object).phase).toBe(TASK_PHASE.accepted);
  }
}

const recordOf = (id: OperationId) => OPERATIONS.get(sequencer.database, id);
const inputAt = (task: number) => sequencer.scenario().task(task).content;
const { l1Address, publicKey } = actor("bob");
const account = { w1: l1Address, w2: publicKey.x, w3: publicKey.y };

describe("in a full tree", () => {
  it("nothing that needs a cell is taken as long as no task is closed", async () => {
    for (const parts of [
      post(3n),
      { kind: "openAccount", amountUnits: 1n, ...account },
      { kind: "registerModel", w3: 1n },
    ] as const) {
      await expect(submit(parts)).rejects.toMatchObject({ code: "tree-full" });
    }
  });

  it("new tasks take the cells of closed ones, the lowest first, and one that finds none is rejected", async () => {
    await settle(SECOND, FIRST);
    const ids = [await submit(post(3n)), await submit(post(4n)), await submit(post(5n))];
    await sequencer.buildAll();
    expect([inputAt(FIRST), inputAt(SECOND)]).toEqual([3n, 4n]);
    expect(ids.map((id) => recordOf(id)?.rejection?.code)).toEqual([undefined, undefined, "tree-full"]);
    await expect(submit(post(6n))).rejects.toMatchObject({ code: "tree-full" });
    await sequencer.buildAll({ closing: true });
    expect(sequencer.batchedLedger.root()).toBe(sequencer.ledger.root());
  });

  it("accounts and models take no cell of a closed task", async () => {
    await settle(FIRST);
    await expect(submit({ kind: "openAccount", amountUnits: 1n, ...account })).rejects.toMatchObject({
      code: "tree-full",
    });
    await expect(submit({ kind: "registerModel", w3: 1n })).rejects.toMatchObject({ code: "tree-full" });
  });

  it("a queued task takes the cell of a closed one, and a queued deposit is paid back", async () => {
    await settle(SECOND);
    const first = readCursor(sequencer.database, CURSOR.priorityRead);
    const scenario = sequencer.scenario();
    await sequencer.queue(scenario.deposit(actor("bob"), 7n));
    await sequencer.queue(scenario.priority({ ...post(8n), sender: alice }));
    await sequencer.buildAll({ closing: true });
    expect(readCursor(sequencer.database, CURSOR.priorityDone)).toBe(first + 2);
    expect(inputAt(SECOND)).toBe(8n);
    expect(sequencer.scenario().task(SECOND).phase).toBe(TASK_PHASE.open);
    expect(sequencer.ledger.cellCount).toBe(sequencer.ledger.capacity);
    expect(sequencer.batchedLedger.root()).toBe(sequencer.ledger.root());
  });

  it("the cells of closed tasks are known after a restart", async () => {
    await settle(FIRST);
    sequencer = await sequencer.reopen();
    const id = await submit(post(3n));
    await sequencer.buildAll();
    expect(recordOf(id)?.sequenced?.valid).toBe(true);
    expect(inputAt(FIRST)).toBe(3n);
  });
});
