import { describe, expect, it } from "vitest";
import { Ledger } from "../../../state/ledger/ledger.ts";
import { MemoryStore } from "../../../state/ledger/memory-store.ts";
import { isSigned, type LedgerOp, opWords, withFee } from "../../../state/ledger/operation.ts";
import { type PostedBatch, type PostedOp, ReplayError, replayBatch } from "../../../state/ledger/replay.ts";
import { actor, genesisAccounts, LedgerScenario } from "../../support/ledger-scenario.ts";
import { ALICE, BOB, ledgerWorld, MODEL, validParts, validQueueParts } from "../../support/ledger-world.ts";

type World = LedgerScenario;

/** What a chain publishes of an op. */
const postedOp = (op: LedgerOp, valid: boolean): PostedOp => ({
  words: op.words,
  valid,
  ...(isSigned(op) ? {} : { origin: { caller: op.caller, queuedAt: op.queuedAt } }),
});

/** Executes ops as the sequencer does and returns the published batch; the world moves on to the state after it. */
function publish(world: World, makers: readonly (() => LedgerOp)[]): PostedBatch {
  for (const make of makers) world.apply(make());
  const { number, timeSeconds, rootBefore, ops } = world.nextBatch(5n);
  return {
    number,
    timeSeconds,
    rootBefore,
    rootAfter: world.ledger.root(),
    cellCountAfter: world.ledger.cellCount,
    ops: ops.map(({ op, valid }) => postedOp(op, valid)),
  };
}

/** A ledger of its own with the world's state. */
function copyOf(world: World): Ledger {
  const { size, store, ledger } = world.fork();
  return new Ledger(size, store, ledger.cellCount);
}

function replayError(ledger: Ledger, posted: PostedBatch, world: World): ReplayError {
  try {
    replayBatch(ledger, posted, world.domain);
  } catch (error) {
    if (error instanceof ReplayError) return error;
    throw error;
  }
  throw new Error("the batch was replayed");
}

describe("replaying a published batch", () => {
  it.each(Object.keys(validParts(ledgerWorld())))("executes %s without its signature", (kind) => {
    const world = ledgerWorld();
    const replica = copyOf(world);
    const parts = validParts(world)[kind];
    if (parts === undefined) throw new Error(kind);
    const { sender, ...rest } = parts;
    const posted = publish(world, [() => world.signed(sender, { feeUnits: 3n, ...rest })]);
    replayBatch(replica, posted, world.domain);
    expect(replica.root()).toBe(world.ledger.root());
    expect(replica.cellCount).toBe(world.ledger.cellCount);
  });

  it.each(Object.keys(validQueueParts()))("executes a queued %s", (kind) => {
    const world = ledgerWorld();
    const replica = copyOf(world);
    const parts = validQueueParts()[kind];
    if (parts === undefined) throw new Error(kind);
    replayBatch(replica, publish(world, [() => world.priority(parts, 7n)]), world.domain);
    expect(replica.root()).toBe(world.ledger.root());
  });

  it("follows a ledger from its genesis over many batches, with fees and no-ops", () => {
    const world = new LedgerScenario();
    const store = new MemoryStore();
    const replica = Ledger.genesis(world.size, genesisAccounts(), store);
    const batches = [
      publish(world, [() => world.deposit(actor("alice"), 1_000n), () => world.deposit(actor("bob"), 10n)]),
      publish(world, [
        () => world.signed(5, { kind: "transfer", object: 6, amountUnits: 5n, feeUnits: 2n }),
        // Bob's caller is wrong: a no-op.
        () => world.priority({ kind: "withdraw", sender: 6, amountUnits: 1n, w1: 9n }, 12345n),
      ]),
      publish(world, []),
    ];
    for (const posted of batches) {
      replayBatch(replica, posted, world.domain);
      store.save(replica.tree);
    }
    const reopened = new Ledger(world.size, store, replica.cellCount);
    expect(reopened.root()).toBe(world.ledger.root());
    expect(reopened.cell(1)).toEqual(world.ledger.cell(1));
  });

  it("says which operation has another validity than published", () => {
    const world = ledgerWorld();
    const replica = copyOf(world);
    const posted = publish(world, [
      () => world.priority({ kind: "transfer", sender: ALICE, object: BOB, amountUnits: 1n }),
      () => world.priority({ kind: "transfer", sender: ALICE, object: MODEL, amountUnits: 1n }),
    ]);
    const lied = { ...posted, ops: posted.ops.map((op) => ({ ...op, valid: true })) };
    expect(replayError(replica, lied, world)).toMatchObject({
      code: "REPLAY_DIFFERS",
      batch: posted.number,
      opIndex: 1,
      what: "validity",
      expected: "valid",
    });
  });

  it("refuses an unsigned operation that is invalid, whatever its validity bit says", () => {
    const world = ledgerWorld();
    const replica = copyOf(world);
    const posted = publish(world, []);
    const words = opWords({ kind: "transfer", sender: ALICE, object: BOB, amountUnits: 1n << 60n });
    const lied = { ...posted, ops: [{ words, valid: false }] };
    expect(replayError(replica, lied, world)).toMatchObject({ what: "operation", opIndex: 0 });
  });

  it("refuses a new cell that is not the next one", () => {
    const world = ledgerWorld();
    const replica = copyOf(world);
    const { l1Address, publicKey } = actor("erin");
    const posted = publish(world, [() => world.deposit(actor("erin"), 5n)]);
    const words = opWords({
      kind: "deposit",
      object: 100,
      amountUnits: 5n,
      w1: l1Address,
      w2: publicKey.x,
      w3: publicKey.y,
    });
    const lied = { ...posted, ops: posted.ops.map((op) => ({ ...op, words })) };
    expect(replayError(replica, lied, world).message).toMatch(/operation 0.*next unused/s);
  });

  it("finds a changed word by the root, and a changed fee, time, count or root before", () => {
    const transferred = (change: (posted: PostedBatch) => PostedBatch): ReplayError => {
      const world = ledgerWorld();
      const replica = copyOf(world);
      const make = () => world.signed(ALICE, { kind: "postTask", ...world.taskWords({ verifier: BOB }) });
      return replayError(replica, change(publish(world, [make])), world);
    };
    const withWords = (change: (op: PostedOp) => PostedOp) => (posted: PostedBatch) => ({
      ...posted,
      ops: posted.ops.map(change),
    });
    const [w3, fee] = [
      transferred(withWords((op) => ({ ...op, words: [op.words[0], op.words[1], op.words[2], 1n] }))),
      transferred(withWords((op) => ({ ...op, words: withFee(op.words, 1n) }))),
    ];
    expect([w3.what, fee.what]).toEqual(["root", "root"]);
    expect(transferred((posted) => ({ ...posted, cellCountAfter: 99 })).what).toBe("cell count");
    expect(transferred((posted) => ({ ...posted, rootAfter: 1n })).what).toBe("root");
    expect(transferred((posted) => ({ ...posted, rootBefore: 1n })).what).toBe("root before");
    expect(
      transferred((posted) => ({ ...posted, timeSeconds: posted.timeSeconds + 10n ** 6n })),
    ).toMatchObject({ what: "operation", opIndex: 0 });
  });
});
