import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Placement } from "../../../sequencer/placement.ts";
import { Database } from "../../../state/database.ts";
import { decodeTask, encodeTask, TASK_PHASE } from "../../../state/ledger/cells.ts";
import { type OpParts, opFields, opWords } from "../../../state/ledger/operation.ts";
import { accountIdOf, indexCell } from "../../../state/store/indexes.ts";
import { actor, LedgerScenario } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";

let directory: { path: string; remove: () => Promise<void> };
let database: Database;
const world = new LedgerScenario();
const alice = world.fund("alice", 100n);
const EMPTY = [0n, 0n, 0n, 0n] as const;
const EMPTY_TASK = decodeTask(EMPTY);

beforeAll(async () => {
  directory = await temporaryDirectory();
  database = await Database.open(directory.path);
  await database.write([3, alice].flatMap((id) => indexCell(database, id, EMPTY, world.ledger.cell(id))));
});

afterAll(async () => {
  await database.close();
  await directory.remove();
});

const depositTo = (name: string, change: Partial<OpParts> = {}) => {
  const { l1Address, publicKey } = actor(name);
  return opFields(
    opWords({ kind: "deposit", amountUnits: 1n, w1: l1Address, w2: publicKey.x, w3: publicKey.y, ...change }),
  );
};
const placement = (ledger = world.ledger, closedTasks: Iterable<number> = []) =>
  new Placement({ ledger, accountIdOf: (identity) => accountIdOf(database, identity), closedTasks });
const place = (op: ReturnType<typeof opFields>) => placement().objectFor(op);

describe("the sequencer places", () => {
  it("a deposit in the account of exactly its triple", () => {
    expect(place(depositTo("alice"))).toBe(alice);
  });

  it.each(["w1", "w2", "w3"] as const)("a deposit that differs in %s in a new cell", (part) => {
    expect(place(depositTo("alice", { [part]: 1n }))).toBe(world.ledger.cellCount);
  });

  it("a deposit to the gateway's own triple in a new cell, because the circuit lets it match no other", () => {
    expect(place(depositTo("gateway"))).toBe(world.ledger.cellCount);
  });

  it("a deposit in an account that the same block has created, the first of them", () => {
    const block = placement();
    block.executed(depositTo("bob"), 40);
    block.executed(depositTo("bob"), 41);
    expect(block.objectFor(depositTo("bob"))).toBe(40);
  });

  it("new accounts, models and tasks in the next unused cell", () => {
    for (const kind of ["openAccount", "registerModel", "postTask"] as const)
      expect(place(opFields(opWords({ kind, sender: alice })))).toBe(world.ledger.cellCount);
  });

  it("nothing else: the object is the author's", () => {
    expect(place(opFields(opWords({ kind: "transfer", sender: alice, object: 77 })))).toBe(77);
  });

  it("nothing in a full tree, but deposits to accounts that are there", () => {
    const full = new LedgerScenario({ cellCount: world.ledger.capacity });
    const block = placement(full.ledger);
    expect(block.objectFor(depositTo("bob"))).toBe(0);
    expect(block.objectFor(depositTo("alice"))).toBe(alice);
  });

  it("new tasks in a full tree in the lowest cell of a closed one, each in another, and nothing else there", () => {
    const full = new LedgerScenario({ cellCount: world.ledger.capacity });
    const [closed, open, stillClosed] = [30, 31, 32];
    const task = (phase: bigint) => encodeTask({ ...EMPTY_TASK, phase });
    full.ledger.tree.setCell(closed, task(TASK_PHASE.refunded));
    full.ledger.tree.setCell(open, task(TASK_PHASE.open));
    full.ledger.tree.setCell(stillClosed, task(TASK_PHASE.accepted));
    const post = opFields(opWords({ kind: "postTask", sender: alice }));
    const block = placement(full.ledger, [closed, open, stillClosed]);
    expect(block.objectFor(depositTo("bob"))).toBe(0);
    expect(block.objectFor(opFields(opWords({ kind: "registerModel", sender: alice })))).toBe(0);
    // An op that was refused took no cell.
    expect([block.objectFor(post), block.objectFor(post)]).toEqual([closed, closed]);
    // The task that takes the cell may be over before the block ends.
    block.executed(post, closed);
    expect(block.objectFor(post)).toBe(stillClosed);
    block.executed(post, stillClosed);
    expect(block.objectFor(post)).toBe(0);
  });

  it("new tasks in unused cells as long as there are any", () => {
    const post = opFields(opWords({ kind: "postTask", sender: alice }));
    expect(placement(world.ledger, [30]).objectFor(post)).toBe(world.ledger.cellCount);
  });
});
