import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forgetAuthors } from "../../../sequencer/block-operations.ts";
import { rewindTo } from "../../../sequencer/rewind.ts";
import { keySpace } from "../../../state/database.ts";
import { LedgerError } from "../../../state/ledger/errors.ts";
import { isCreating, isSigned, opFields, withFee, withObject } from "../../../state/ledger/operation.ts";
import { HOME } from "../../../state/store/confirmation.ts";
import {
  BATCHES,
  type BatchRecord,
  CURSOR,
  CURSORS,
  finalizedCursor,
  OPERATIONS,
  PENDING_OPERATIONS,
  readCursor,
} from "../../../state/store/records.ts";
import { forgetUndo } from "../../../state/undo.ts";
import { actor, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { randomOp } from "../../support/random-ops.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { account, lower, signTransfer, temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "./test-sequencer.ts";

/** Everything that blocks and batches write, but trie nodes, which stay until they are pruned, and what waits, which only grows. */
const SPACES = [
  ...["head", "batched"].flatMap((name) => [`${name}-cell`, `${name}-node`]),
  ...["account-by-key", "task-by-phase", "task-content", "task-draw"],
  ...["block-header", "block-body", "block-receipts", "block-transition", "block-number"],
  ...["transaction-place", "chain", "open-batch", "batch", "witness-input", "followed-batch"],
  ...["block-undo", "batch-undo", "dropped-node", "cursor"],
];
/** Cursors that count what came in. */
const INCOMING = new Set([CURSOR.priorityRead as string, "next-arrival"]);
const people = ["alice", "bob", "carol", "dave"];
const payer = account(1);
const recipient = lower(account(2).address);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let sequencer: TestSequencer;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  const policy = { maxAgeMs: 20_000, minAgeMs: 5_000, maxLaneBytes: 500 };
  sequencer = await TestSequencer.open({ path: directory.path, clock, policy });
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

/** The database's content, readable where it is not equal. */
async function dump(): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  for (const name of SPACES) {
    for await (const [key, value] of sequencer.database.range(keySpace(name))) {
      const text = Buffer.from(key).toString("latin1");
      if (name === "cursor" && INCOMING.has(text)) continue;
      entries[`${name}:${name === "cursor" ? text : Buffer.from(key).toString("hex")}`] =
        Buffer.from(value).toString("hex");
    }
  }
  return entries;
}

/** Cursors that do not exist and those that are 0 say the same. */
const withoutZeros = (entries: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(entries).filter(([key, value]) => !key.startsWith("cursor:") || value !== "30"),
  );

async function offer(random: SeededRandom): Promise<void> {
  const op = randomOp(sequencer.scenario(), random);
  if (op === undefined || opFields(op.words).kind === "depositToEvm") return;
  if (!isSigned(op)) {
    await sequencer.queue(op);
    return;
  }
  const words = withFee(op.words, 0n);
  const asSent = isCreating(opFields(words).kind) ? withObject(words, 0) : words;
  await sequencer.operations.submit({ ...op, words: asSent }).catch((error: Error) => {
    if (!(error instanceof LedgerError) && error.name !== "MempoolError") throw error;
  });
}

async function offerTransfer(): Promise<void> {
  const nonce = Number(await sequencer.transactions.pendingNonce(lower(payer.address)));
  const { raw } = await signTransfer(sequencer.lane, payer, { nonce, to: recipient, value: 1n });
  await sequencer.transactions.add(raw);
}

async function setUp(): Promise<void> {
  for (const name of people) await sequencer.fund(name, 10n ** 12n);
  const toPayer = { kind: "depositToEvm", object: 3, amountUnits: 10n ** 12n } as const;
  await sequencer.queue(sequencer.scenario().priority({ ...toPayer, w1: BigInt(payer.address) }));
  await sequencer.buildAll();
}

const closedBatches = () => readCursor(sequencer.database, CURSOR.batches);

describe("taking blocks back", () => {
  it.each([3, 4])(
    "leaves the database as it was after any batch, also the genesis (seed %i)",
    async (seed) => {
      const random = new SeededRandom(seed);
      const states = new Map<number, Record<string, string>>([[0, await dump()]]);
      const roots = new Map<number, bigint>([[0, sequencer.ledger.root()]]);
      await setUp();
      for (let round = 0; round < 25; round++) {
        for (let i = random.below(4); i > 0; i--) await offer(random);
        if (random.chance(1, 3)) await offerTransfer();
        await sequencer.blocks.build();
        while (await sequencer.batches.step());
        sequencer.options.clock.nowMs += random.below(9_000);
        const newest = BATCHES.get(sequencer.database, closedBatches());
        if (newest?.lastBlock !== sequencer.lane.head.number) continue;
        states.set(newest.number, await dump());
        roots.set(newest.number, sequencer.ledger.root());
      }
      const numbers = [...states.keys()].sort((a, b) => b - a);
      expect(numbers.length).toBeGreaterThan(5);
      for (const batch of numbers) {
        const { database, lane } = sequencer;
        await rewindTo({ database, lane, batch }, []);
        expect(withoutZeros(await dump())).toEqual(withoutZeros(states.get(batch) ?? {}));
        sequencer = await sequencer.reopen();
        expect(sequencer.ledger.root()).toBe(roots.get(batch));
        expect(sequencer.batchedLedger.root()).toBe(roots.get(batch));
      }
    },
    120_000,
  );

  it("brings what was in them back to the mempools, before what came later", async () => {
    await setUp();
    await sequencer.buildAll({ closing: true });
    const common = closedBatches();
    const alice = sequencer.ledger.cellCount - people.length;
    const transfer = async () => {
      const nonce = await sequencer.operations.nextNonce(alice);
      const parts = { kind: "transfer", object: alice + 1, amountUnits: 5n } as const;
      return sequencer.operations.submit(sequencer.scenario().signed(alice, parts, { nonce }));
    };
    const first = [await transfer(), await transfer()];
    await offerTransfer();
    await sequencer.buildAll({ closing: true });
    // Restarted, so that nothing waits and the numbers of arrivals could begin anew.
    sequencer = await sequencer.reopen();
    const later = await transfer();
    await offerTransfer();
    const rewound = await rewindTo({ database: sequencer.database, lane: sequencer.lane, batch: common }, []);
    expect(rewound.operations).toEqual(first);
    expect(rewound.transactions).toHaveLength(1);
    sequencer = await sequencer.reopen();
    expect([...sequencer.operations.waiting()].map(({ id }) => id)).toEqual([...first, later]);
    expect(sequencer.transactions.take().map(({ nonce }) => nonce)).toEqual([0n, 1n]);
    expect(OPERATIONS.get(sequencer.database, first[0] as `0x${string}`)?.sequenced).toBeUndefined();
    await sequencer.buildAll({ closing: true });
    for (const id of [...first, later])
      expect(OPERATIONS.get(sequencer.database, id)?.sequenced?.batchNumber).toBeGreaterThan(common);
    expect(await sequencer.lane.getBalance(recipient)).toBe(2n);
  });

  it("does not bring back to life what its sender was told to be rejected", async () => {
    await setUp();
    await sequencer.buildAll({ closing: true });
    const common = closedBatches();
    const alice = sequencer.ledger.cellCount - people.length;
    const validUntil = BigInt(Math.floor(sequencer.options.clock.nowMs / 1000)) + 5n;
    const parts = { kind: "transfer", object: alice + 1, amountUnits: 5n } as const;
    const id = await sequencer.operations.submit(sequencer.scenario().signed(alice, parts, { validUntil }));
    sequencer.options.clock.nowMs += 10_000;
    await sequencer.queue(sequencer.scenario().deposit(actor("erin"), 1n));
    await sequencer.buildAll({ closing: true });
    expect(OPERATIONS.get(sequencer.database, id)?.rejection?.code).toBe("expired");
    await rewindTo({ database: sequencer.database, lane: sequencer.lane, batch: common }, []);
    expect(OPERATIONS.get(sequencer.database, id)?.rejection?.code).toBe("expired");
    for await (const pending of PENDING_OPERATIONS.values(sequencer.database))
      expect(pending.id).not.toBe(id);
  });

  it("is refused, with nothing changed, when what was before them is not known", async () => {
    await setUp();
    await sequencer.buildAll({ closing: true });
    await sequencer.database.write([forgetUndo("block", 2)]);
    const before = await dump();
    const target = { database: sequencer.database, lane: sequencer.lane, batch: 0 };
    await expect(rewindTo(target, [])).rejects.toMatchObject({ code: "UNDO_MISSING", number: 2 });
    expect(await dump()).toEqual(before);
  });

  it("is refused when the authors of a block's operations are not known", async () => {
    await setUp();
    await sequencer.buildAll({ closing: true });
    await sequencer.database.write([forgetAuthors(1)]);
    const target = { database: sequencer.database, lane: sequencer.lane, batch: 0 };
    await expect(rewindTo(target, [])).rejects.toMatchObject({
      code: "BLOCK_OPERATIONS_UNREADABLE",
      what: "authors of block 1",
      actual: "none",
    });
  });

  it("is possible down to the batch that is final on home, and no further back is kept", async () => {
    await setUp();
    await sequencer.buildAll({ closing: true });
    const final = closedBatches() - 1;
    await sequencer.database.write([CURSORS.put(finalizedCursor(HOME), final)]);
    await sequencer.fund("erin", 1n);
    await sequencer.buildAll({ closing: true });
    const { database, lane } = sequencer;
    const kept = async (name: string) => {
      let count = 0;
      for await (const _ of database.range(keySpace(name))) count += 1;
      return count;
    };
    const { lastBlock } = BATCHES.get(database, final) as BatchRecord;
    expect(await kept("batch-undo")).toBe(closedBatches() - final);
    expect(await kept("block-undo")).toBe(lane.head.number - lastBlock);
    expect(await kept("block-authors")).toBe(lane.head.number - lastBlock);
    await expect(rewindTo({ database, lane, batch: final - 1 }, [])).rejects.toThrow(/must be taken back/);
    await rewindTo({ database, lane, batch: final }, []);
    expect(await kept("block-authors")).toBe(0);
    sequencer = await sequencer.reopen();
    expect(sequencer.lane.head.number).toBe(lastBlock);
  });
});
