import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NewAccounts, objectFor } from "../../../sequencer/placement.ts";
import { Database } from "../../../state/database.ts";
import { type OpParts, opFields, opWords } from "../../../state/ledger/operation.ts";
import { indexCell } from "../../../state/store/indexes.ts";
import { actor, LedgerScenario } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";

let directory: { path: string; remove: () => Promise<void> };
let database: Database;
const world = new LedgerScenario();
const alice = world.fund("alice", 100n);
const EMPTY = [0n, 0n, 0n, 0n] as const;

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
const place = (op: ReturnType<typeof opFields>, created = new NewAccounts()) =>
  objectFor(op, database, world.ledger, created);

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
    const created = new NewAccounts();
    created.add(depositTo("bob"), 40);
    created.add(depositTo("bob"), 41);
    expect(place(depositTo("bob"), created)).toBe(40);
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
    const created = new NewAccounts();
    expect(objectFor(depositTo("bob"), database, full.ledger, created)).toBe(0);
    expect(objectFor(depositTo("alice"), database, full.ledger, created)).toBe(alice);
  });
});
