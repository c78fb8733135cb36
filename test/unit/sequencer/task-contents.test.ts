import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TaskContents } from "../../../sequencer/task-contents.ts";
import { Database } from "../../../state/database.ts";
import { type OpParts, opFields, opWords } from "../../../state/ledger/operation.ts";
import { signedOperationId } from "../../../state/ledger/operation-id.ts";
import { TASK_CONTENTS, taskDraws } from "../../../state/store/indexes.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";

const TASK = 9;

let directory: { path: string; remove: () => Promise<void> };
let database: Database;
let operations: bigint;

beforeEach(async () => {
  directory = await temporaryDirectory();
  database = await Database.open(directory.path);
  operations = 0n;
});
afterEach(async () => {
  await database.close();
  await directory.remove();
});

/** One block with these operations on the task, over the database as after a restart. */
async function block(...ops: OpParts[]): Promise<void> {
  const contents = new TaskContents(database);
  for (const op of ops) contents.add(signedOperationId(++operations), opFields(opWords(op)), TASK);
  await database.write(contents.writes());
}

const post: OpParts = { kind: "postTask", w3: 1n };
const draw = (root: bigint): OpParts => ({ kind: "drawTask", amountUnits: 10n * root, w3: root });
const roots = (from = 0, limit = 100) => taskDraws(database, TASK, from, limit).map(({ root }) => root);

describe("what is kept of a task's content", () => {
  it("has every draw in order, of one block or several, and the result", async () => {
    await block(post);
    await block({ kind: "claimTask" }, draw(5n), draw(6n));
    await block(draw(7n), { kind: "submitResult", w3: 8n });
    expect(TASK_CONTENTS.get(database, TASK)).toEqual({ input: 1n, draws: 3, result: 8n });
    expect(roots()).toEqual([5n, 6n, 7n]);
    expect(taskDraws(database, TASK, 2, 1)).toEqual([
      { root: 7n, drawnUnits: 70n, operationId: signedOperationId(5n) },
    ]);
    expect([roots(1, 1), roots(3), roots(50)]).toEqual([[6n], [], []]);
  });

  it("begins anew when another task takes the cell, in one block too", async () => {
    await block(post, draw(5n), draw(6n));
    await block({ kind: "postTask", w3: 2n }, draw(7n));
    expect(TASK_CONTENTS.get(database, TASK)).toEqual({ input: 2n, draws: 1, result: null });
    expect(roots()).toEqual([7n]);
    await block(draw(8n), { kind: "postTask", w3: 3n });
    expect(TASK_CONTENTS.get(database, TASK)).toEqual({ input: 3n, draws: 0, result: null });
    expect(roots()).toEqual([]);
  });

  it("is nothing for a task whose posting is not known", async () => {
    await block(draw(5n));
    expect(roots()).toEqual([]);
  });
});
