import { cp } from "node:fs/promises";
import pino, { type Logger } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AcceptedBatch } from "../../../bridge/home-history.ts";
import { RetryableError } from "../../../bridge/stage-loop.ts";
import { decodeAccount } from "../../../state/ledger/cells.ts";
import { type OpParts, type SignedOp, withObject } from "../../../state/ledger/operation.ts";
import { queuedOperationId } from "../../../state/ledger/operation-id.ts";
import { imbalanceUnits } from "../../../state/ledger/solvency.ts";
import { HOME, levelOfOperation } from "../../../state/store/confirmation.ts";
import {
  acceptedCursor,
  BATCHES,
  type BatchRecord,
  CURSOR,
  CURSORS,
  finalizedCursor,
  OPERATIONS,
  type OperationRecord,
  PROOFS,
  readCursor,
  settlementsOf,
} from "../../../state/store/records.ts";
import { actor, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { account, lower, signTransfer, temporaryDirectory } from "../evm/lane-fixture.ts";
import { FakeHome, FOREIGN_PROOF } from "./fake-home.ts";
import { MAX_TIME_LAG_SECONDS, type SequencerOptions, TestSequencer } from "./test-sequencer.ts";

const WEI_PER_UNIT = 10n ** 9n;
const payer = account(1);
const other = account(2);
const evmRecipient = 0xe0a11n;
const evmAddress = "0x00000000000000000000000000000000000e0a11";

interface Line {
  readonly msg: string;
  readonly [key: string]: unknown;
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let clock: { nowMs: number };
let home: FakeHome;
let lines: Line[];
let sequencer: TestSequencer;
let alice: number;
let bob: number;

const logTo = (into: Line[]): Logger =>
  pino({ level: "info" }, { write: (line: string) => void into.push(JSON.parse(line) as Line) });

beforeEach(async () => {
  directory = await temporaryDirectory();
  clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  home = new FakeHome();
  lines = [];
  const options: SequencerOptions = { path: directory.path, clock, home, log: logTo(lines) };
  sequencer = await TestSequencer.open(options);
  alice = await sequencer.fund("alice", 1_000_000n);
  bob = await sequencer.fund("bob", 1_000_000n);
  await queueToEvm(1_000_000_000n, BigInt(payer.address));
  await close();
  for (let number = 1; number <= closed(); number++) await home.settle(sequencer.database, number);
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

const closed = () => readCursor(sequencer.database, CURSOR.batches);
const close = () => sequencer.buildAll({ closing: true });
const now = () => BigInt(Math.floor(clock.nowMs / 1000));
const balance = (id: number) => decodeAccount(sequencer.ledger.cell(id)).balance;
const recordOf = (id: `0x${string}`) => OPERATIONS.get(sequencer.database, id) as OperationRecord;
const logged = (text: string) => lines.filter(({ msg }) => msg.includes(text));

const queueToEvm = (amountUnits: bigint, to = evmRecipient) => {
  const op = sequencer.scenario().priority({ kind: "depositToEvm", object: 3, amountUnits, w1: to });
  return sequencer.queue({ ...op, queuedAt: now() });
};

const queue = (parts: OpParts) =>
  sequencer.queue({ ...sequencer.scenario().priority(parts), queuedAt: now() });

async function sign(sender: number, parts: Omit<OpParts, "sender">, seconds = 10n ** 9n): Promise<SignedOp> {
  const nonce = sequencer.operations.nextNonce(sender);
  return sequencer.scenario().signed(sender, parts, { nonce, validUntil: now() + seconds });
}

const transfer = async (sender: number, to: number, amountUnits: bigint, seconds?: bigint) =>
  sequencer.operations.submit(await sign(sender, { kind: "transfer", object: to, amountUnits }, seconds));

async function payWei(nonce: number, value: bigint, from = payer, to = lower(other.address)) {
  const { raw, hash } = await signTransfer(sequencer.lane, from, { nonce, to, value });
  await sequencer.transactions.add(raw);
  return hash;
}

/** Home takes the waiting entries from somebody else, an hour later. */
async function foreignBatch() {
  await home.readQueue(sequencer.database);
  clock.nowMs += 3_600_000;
  return home.makeForeign(now());
}

const reopen = async () => {
  sequencer = await sequencer.reopen();
};

/** Everything this node has settles on home, and what a rebuild from home's data makes of it is the node's ledger. */
async function expectToSettle(): Promise<void> {
  await close();
  for (let number = home.state.newest.number + 1; number <= closed(); number++)
    await home.settle(sequencer.database, number);
  expect(home.state.ledger.root()).toBe(sequencer.ledger.root());
  expect(sequencer.batchedLedger.root()).toBe(sequencer.ledger.root());
  for await (const { totals } of BATCHES.values(sequencer.database)) expect(imbalanceUnits(totals)).toBe(0n);
}

/** A batch that ends the process as soon as it is followed. */
const unreadable = (batch: AcceptedBatch): AcceptedBatch => ({
  ...batch,
  published: Object.defineProperty({ ...batch.published }, "proof", {
    enumerable: true,
    get: () => {
      throw new Error("the process ends");
    },
  }),
});

describe("a node whose batches home has", () => {
  it("changes nothing at its start", async () => {
    await transfer(alice, bob, 5n);
    await close();
    const head = sequencer.lane.head.hash;
    await reopen();
    expect(sequencer.lane.head.hash).toBe(head);
    expect(logged("taken back")).toEqual([]);
  });

  it("starts without home's answer, and says so", async () => {
    home.failure = new RetryableError("L1_REQUEST_FAILED", "home: nobody answers");
    await reopen();
    expect(logged("cannot compare with home")).toHaveLength(1);
  });
});

describe("after a batch that somebody else has made of home's queue", () => {
  it("follows it when it has nothing of its own", async () => {
    const common = closed();
    const entry = await queueToEvm(7n);
    await foreignBatch();
    await reopen();
    const operation = recordOf(queuedOperationId(BigInt(entry)));
    expect(levelOfOperation(sequencer.database, operation)).toBe("settled");
    const record = BATCHES.get(sequencer.database, common + 1) as BatchRecord;
    expect(record).toMatchObject({ laneData: "0x", firstBlock: record.lastBlock });
    expect(record.blockHash).toBe(0n);
    expect(PROOFS.get(sequencer.database, common + 1)?.proof).toEqual(FOREIGN_PROOF);
    expect(readCursor(sequencer.database, CURSOR.proofs)).toBe(common + 1);
    expect(await sequencer.lane.getBalance(evmAddress)).toBe(7n * WEI_PER_UNIT);
    await transfer(alice, bob, 5n);
    await expectToSettle();
  });

  it("takes its own blocks back, and sequences what was in them again", async () => {
    const common = closed();
    const entry = await queueToEvm(7n);
    const ids = [await transfer(alice, bob, 5n), await transfer(alice, bob, 6n)];
    const hashes = [await payWei(0, 3n), await payWei(1, 4n)];
    await close();
    ids.push(await transfer(bob, alice, 1n));
    await close();
    // One batch more is open.
    ids.push(await transfer(alice, bob, 8n));
    await sequencer.blocks.build();
    expect(closed()).toBeGreaterThan(common + 1);
    const pending = await transfer(alice, bob, 9n);
    await foreignBatch();
    await reopen();

    expect(logged("are not this node's")).toHaveLength(1);
    expect(logged("batch followed")).toHaveLength(1);
    expect(logged("not valid any more")).toEqual([]);
    expect(recordOf(queuedOperationId(BigInt(entry))).sequenced?.batchNumber).toBe(common + 1);
    for (const id of [...ids, pending])
      expect(recordOf(id).sequenced?.batchNumber).toBeGreaterThan(common + 1);
    for (const hash of hashes) expect(sequencer.lane.getReceipt(hash)?.status).toBe(1);
    expect(balance(alice)).toBe(1_000_000n - 5n - 6n + 1n - 8n - 9n);
    // Once: the entry was in a block of the node's and in the foreign batch.
    expect(await sequencer.lane.getBalance(evmAddress)).toBe(7n * WEI_PER_UNIT);
    expect(await sequencer.lane.getBalance(lower(other.address))).toBe(7n);
    await expectToSettle();
  });

  it("names what is not valid any more, and does not say that it is sequenced", async () => {
    // Alice's entry takes all of her money; in the node's own order her transfer came before it.
    const early = await transfer(alice, bob, 400_000n);
    await sequencer.blocks.build();
    // Soon too late; and a transaction that pays with what it brings.
    const toEvm = { kind: "transfer", object: 3, amountUnits: 500_000n, w1: BigInt(other.address) } as const;
    const short = await sequencer.operations.submit(await sign(bob, toEvm, 600n));
    await sequencer.blocks.build();
    const gone = await payWei(0, 1n, other, evmAddress);
    await queue({ kind: "withdraw", sender: alice, amountUnits: 1_000_000n, w1: 5n });
    await close();
    expect(sequencer.lane.getReceipt(gone)?.status).toBe(1);
    await foreignBatch();
    await reopen();
    expect(recordOf(early).rejection?.code).toBe("wrong-nonce");
    expect(recordOf(short).rejection?.code).toBe("expired");
    for (const id of [early, short]) {
      expect(recordOf(id).sequenced).toBeUndefined();
      expect(levelOfOperation(sequencer.database, recordOf(id))).toBe("rejected");
    }
    expect(sequencer.lane.getReceipt(gone)).toBeUndefined();
    expect(sequencer.lane.getTransaction(gone)).toBeUndefined();
    const [transactions] = logged("transactions that were taken back are not valid any more");
    expect(transactions).toMatchObject({ count: 1, transactions: [gone] });
    const [line] = logged("operations that were taken back are not valid any more");
    expect(line).toMatchObject({ count: 2, operations: [early, short] });
    await expectToSettle();
  });

  it("follows several of them, also when the process ends between any two", async () => {
    const common = closed();
    for (let i = 0; i < 3; i++) {
      await queueToEvm(10n + BigInt(i));
      await transfer(alice, bob, 1n);
      await close();
      await foreignBatch();
    }
    const { batchesAfter } = home;
    for (const end of [0, 1, 2]) {
      let questions = 0;
      home.batchesAfter = async (...range) => {
        const batches = await batchesAfter.apply(home, range);
        questions += 1;
        // The first two answers are compared, with the newest and with the final block; the third is followed.
        return questions < 3
          ? batches
          : batches.map((batch) =>
              Number(batch.published.number) === common + end + 1 ? unreadable(batch) : batch,
            );
      };
      await expect(reopen()).rejects.toThrow("the process ends");
    }
    home.batchesAfter = batchesAfter;
    sequencer = await TestSequencer.open(sequencer.options);
    expect(logged("batch followed").map(({ batch }) => batch)).toEqual([common + 1, common + 2, common + 3]);
    expect(await sequencer.lane.getBalance(evmAddress)).toBe(33n * WEI_PER_UNIT);
    await expectToSettle();
    expect(balance(bob)).toBe(1_000_003n);
  });

  it("makes the same block of it as every other node", async () => {
    const twin = await temporaryDirectory();
    const own = await payWei(0, 3n);
    await queueToEvm(7n);
    // The twin has seen nothing but home: it is a copy of the database as it was before.
    await sequencer.close();
    await cp(directory.path, twin.path, { recursive: true });
    sequencer = await TestSequencer.open(sequencer.options);
    await transfer(alice, bob, 5n);
    await close();
    expect(sequencer.lane.getReceipt(own)?.status).toBe(1);
    await foreignBatch();
    await reopen();
    const followed = BATCHES.get(sequencer.database, home.state.newest.number)?.lastBlock as number;
    const ours = sequencer.lane.getBlock(followed);
    const copy = await TestSequencer.open({ ...sequencer.options, path: twin.path });
    expect(copy.lane.getBlock(followed)?.hash).toBe(ours?.hash);
    expect(ours?.timestampSeconds).toBe(Number(home.state.newest.timeSeconds));
    expect(ours?.transactions).toHaveLength(1);
    await copy.close();
    await twin.remove();
  });

  it("waits until the batch is final, and takes nothing back before", async () => {
    const common = closed();
    await queueToEvm(7n);
    await transfer(alice, bob, 5n);
    await close();
    await foreignBatch();
    home.finalBatch = common;
    const { standing } = home;
    let looks = 0;
    home.standing = (which) => {
      if (which === "finalized") looks += 1;
      if (looks === 3) home.finalBatch = undefined;
      return standing.call(home, which);
    };
    await reopen();
    expect(logged("waiting until that is final")).toHaveLength(2);
    expect(logged("batch followed")).toHaveLength(1);
  });

  it("keeps its own blocks when the batch disappears before it was final", async () => {
    const common = closed();
    await queueToEvm(7n);
    await transfer(alice, bob, 5n);
    await close();
    const head = sequencer.lane.head.hash;
    await foreignBatch();
    home.finalBatch = common;
    const { standing } = home;
    let looks = 0;
    home.standing = (which) => {
      looks += 1;
      return standing.call(home, looks > 2 ? "finalized" : which);
    };
    await reopen();
    expect(sequencer.lane.head.hash).toBe(head);
    await sequencer.close();
    home.standing = standing;
    home.finalBatch = undefined;
    sequencer = await TestSequencer.open(sequencer.options);
    expect(logged("batch followed")).toHaveLength(1);
  });

  it("forgets what was proven, sent and accepted of its own batches", async () => {
    const common = closed();
    const { database } = sequencer;
    await queueToEvm(7n);
    await close();
    const measured = { constraints: 1, witnessMs: 1, proveMs: 1, peakRssBytes: 1 };
    const accepted = { transactionHash: "0x01", blockNumber: 7, gasUsed: 1n, finalized: false } as const;
    await database.write([
      PROOFS.put(common + 1, { ...measured, batchNumber: common + 1, proof: [9n], commitment: 9n }),
      settlementsOf(HOME).put(common + 1, { batchNumber: common + 1, attempts: [], accepted }),
      CURSORS.put(CURSOR.proofs, common + 1),
      CURSORS.put(acceptedCursor(HOME), common + 1),
    ]);
    await foreignBatch();
    await reopen();
    expect(settlementsOf(HOME).get(sequencer.database, common + 1)).toBeUndefined();
    // It is the foreign one that is accepted now.
    expect(readCursor(sequencer.database, acceptedCursor(HOME))).toBe(common + 1);
    expect(PROOFS.get(sequencer.database, common + 1)?.proof).toEqual(FOREIGN_PROOF);
  });
});

describe("a batch that cannot be followed", () => {
  it("is one that a node with the operator's key has made on another database", async () => {
    await transfer(alice, bob, 5n);
    await sequencer.blocks.build();
    const head = sequencer.lane.head.hash;
    const { path, remove } = await temporaryDirectory();
    await sequencer.close();
    await cp(directory.path, path, { recursive: true });
    sequencer = await TestSequencer.open(sequencer.options);
    await close();
    await home.settle(sequencer.database, closed());
    await expect(TestSequencer.open({ ...sequencer.options, path })).rejects.toMatchObject({
      code: "BATCH_OF_ANOTHER_NODE",
      actual: "1 signed operations",
    });
    // Nothing was taken back for it.
    const copy = await TestSequencer.open({ path, clock });
    expect(copy.lane.head.hash).toBe(head);
    await copy.close();
    await remove();
  });

  it("is one whose data is not what home keeps of it", async () => {
    await queueToEvm(7n);
    await foreignBatch();
    const [batch] = home.accepted.splice(-1);
    if (batch === undefined) throw new Error("no batch");
    const published = { ...batch.published, blockHash: 1n << 9n };
    home.accepted.push({ ...batch, published });
    await expect(reopen()).rejects.toThrow(/commitment|stream/);
    home.accepted.splice(-1, 1, batch);
    sequencer = await TestSequencer.open(sequencer.options);
    expect(logged("batch followed")).toHaveLength(1);
  });

  it("is one that the RPC leaves out", async () => {
    await queueToEvm(7n);
    await close();
    const head = sequencer.lane.head.hash;
    await foreignBatch();
    const batches = home.accepted.splice(-1);
    await expect(reopen()).rejects.toMatchObject({ code: "FALSE_BATCH", actual: "missing" });
    sequencer = await TestSequencer.open({ path: directory.path, clock });
    expect(sequencer.lane.head.hash).toBe(head);
    home.accepted.push(...batches);
  });

  it("is one in the place of a batch that was final here", async () => {
    const common = closed();
    await queueToEvm(7n);
    await close();
    await sequencer.database.write([CURSORS.put(finalizedCursor(HOME), common + 1)]);
    await foreignBatch();
    await expect(reopen()).rejects.toMatchObject({ code: "FINAL_BATCH_LOST", batchNumber: common + 1 });
    sequencer = await TestSequencer.open({ path: directory.path, clock });
  });
});

describe("a batch whose time has become too old for home", () => {
  it("is made again, with all after it, at a time that home takes", async () => {
    const common = closed();
    const id = await transfer(alice, bob, 5n);
    await close();
    await transfer(bob, alice, 6n);
    await close();
    home.timeSeconds = now() + BigInt(MAX_TIME_LAG_SECONDS) + 1n;
    // This machine's clock stands where it was.
    await reopen();
    expect(logged("longer ago than home allows")).toHaveLength(1);
    await close();
    expect(recordOf(id).sequenced?.batchNumber).toBe(common + 1);
    expect(BATCHES.get(sequencer.database, common + 1)?.timeSeconds).toBe(home.timeSeconds);
    await expectToSettle();
  });

  it("is not touched as long as home may still take it", async () => {
    await transfer(alice, bob, 5n);
    await close();
    const head = sequencer.lane.head.hash;
    const { timeSeconds } = BATCHES.get(sequencer.database, closed()) as BatchRecord;
    home.timeSeconds = timeSeconds + BigInt(MAX_TIME_LAG_SECONDS);
    await reopen();
    expect(sequencer.lane.head.hash).toBe(head);
  });

  it("may also be open: then its operations go into a new one", async () => {
    const id = await transfer(alice, bob, 5n);
    await sequencer.blocks.build();
    clock.nowMs += 1000 * (MAX_TIME_LAG_SECONDS + 10);
    home.timeSeconds = now();
    await reopen();
    await close();
    expect(BATCHES.get(sequencer.database, recordOf(id).sequenced?.batchNumber ?? 0)?.timeSeconds).toBe(
      home.timeSeconds,
    );
    await expectToSettle();
  });
});

describe("an account that only the discarded blocks had", () => {
  it("is not known any more, and its cell goes to whoever comes first", async () => {
    const { l1Address, publicKey } = actor("erin");
    const triple = { w1: l1Address, w2: publicKey.x, w3: publicKey.y };
    const op = await sign(alice, { kind: "openAccount", amountUnits: 5n, ...triple });
    await sequencer.operations.submit({ ...op, words: withObject(op.words, 0) });
    await sequencer.blocks.build();
    await sequencer.queue({ ...sequencer.scenario().deposit(actor("frank"), 9n), queuedAt: now() });
    await close();
    const erin = bob + 1;
    expect(sequencer.ledger.cell(erin)[1]).toBe(l1Address);
    await foreignBatch();
    await reopen();
    expect(sequencer.ledger.cell(erin)[1]).toBe(actor("frank").l1Address);
    expect(sequencer.ledger.cell(erin + 1)[1]).toBe(l1Address);
    await sequencer.queue({ ...sequencer.scenario().deposit(actor("erin"), 2n), queuedAt: now() });
    await sequencer.buildAll();
    expect(balance(erin + 1)).toBe(7n);
    await expectToSettle();
  });
});
