import { bytesToHex, concat, encodeFunctionData, hexToBytes, parseAbi, toHex } from "viem";
import { describe, expect, it } from "vitest";
import { readBuiltBlock } from "../../../sequencer/batch-builder.ts";
import { LEDGER_GAS_RESERVE } from "../../../sequencer/batch-policy.ts";
import { decodeLaneData } from "../../../sequencer/lane-data.ts";
import { ledgerAddress } from "../../../state/evm/chain-rules.ts";
import { applyToBatch, closeBatch, openBatch } from "../../../state/ledger/batch.ts";
import { unitsHeldBy } from "../../../state/ledger/cells.ts";
import { LedgerError } from "../../../state/ledger/errors.ts";
import { Ledger } from "../../../state/ledger/ledger.ts";
import {
  isCreating,
  isSigned,
  type LedgerOp,
  opFields,
  opWords,
  type PriorityOp,
  withFee,
  withObject,
} from "../../../state/ledger/operation.ts";
import { heldUnits, imbalanceUnits } from "../../../state/ledger/solvency.ts";
import { EMPTY_STORE } from "../../../state/ledger/tree.ts";
import {
  BATCHES,
  type BatchRecord,
  CURSOR,
  CURSORS,
  OPERATIONS,
  readCursor,
} from "../../../state/store/records.ts";
import { actor, genesisAccounts, TEST_DOMAIN, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { randomOp } from "../../support/random-ops.ts";
import { rebuiltHead } from "../../support/rebuilt-lane.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { account, lower, signTransfer, temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "./test-sequencer.ts";

const ROUNDS = 45;
const timeoutMs = 120_000;
const people = ["alice", "bob", "carol", "dave", "erin", "frank"];
const payer = account(1);

interface Run {
  readonly batches: readonly BatchRecord[];
  readonly headRoot: bigint;
  readonly counts: { accepted: number; refused: number; rejected: number; noOps: number };
  readonly transfers: bigint;
}

/** The home contract makes the words of deposits itself: none to the contract lane can be invalid. Nobody has the gateway's l1Address. */
function isAdmittedByHome({ words, caller }: PriorityOp): boolean {
  const { kind, object, amountUnits, w1 } = opFields(words);
  if (caller === genesisAccounts().gateway.l1Address) return false;
  if (kind !== "depositToEvm") return true;
  const made = opWords({ kind, object: 3, amountUnits, w1 });
  return object === 3 && amountUnits > 0n && w1 > 0n && w1 >> 160n === 0n && String(made) === String(words);
}

/** Gives the sequencer a random op by the way it would come: the mempool, or the home queue. */
async function offer(sequencer: TestSequencer, random: SeededRandom, counts: Run["counts"]): Promise<void> {
  const op = randomOp(sequencer.scenario(), random);
  if (op === undefined) return;
  if (!isSigned(op)) {
    if (!isAdmittedByHome(op)) return;
    await sequencer.queue(op);
    return;
  }
  const words = withFee(op.words, 0n);
  const asSent = isCreating(opFields(words).kind) ? withObject(words, 0) : words;
  try {
    await sequencer.operations.submit({ ...op, words: asSent });
    counts.accepted += 1;
  } catch (error) {
    if (!(error instanceof LedgerError) && (error as Error).name !== "MempoolError") throw error;
    counts.refused += 1;
  }
}

async function offerTransfer(sequencer: TestSequencer): Promise<void> {
  const nonce = Number(await sequencer.transactions.pendingNonce(lower(payer.address)));
  const to = lower(account(2).address);
  const { raw } = await signTransfer(sequencer.lane, payer, { nonce, to, value: 1n });
  await sequencer.transactions.add(raw);
}

/** The ledger at a closed batch's end is the head's, if no block came after it. */
function expectLedgersToAgree({ ledger, batchedLedger }: TestSequencer): void {
  expect(batchedLedger.root()).toBe(ledger.root());
  expect(batchedLedger.cellCount).toBe(ledger.cellCount);
}

/** Random ops and transactions through real blocks and batches; `reopen` restarts the node at every block boundary. */
async function run(seed: number, { reopen }: { reopen: boolean }): Promise<Run> {
  const directory = await temporaryDirectory();
  const random = new SeededRandom(seed);
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  const policy = { maxAgeMs: 20_000, minAgeMs: 5_000, maxLaneBytes: 500 };
  const options = { path: directory.path, clock, policy, feeUnits: BigInt(seed % 2) };
  const counts = { accepted: 0, refused: 0, rejected: 0, noOps: 0 };
  let sequencer = await TestSequencer.open(options);
  try {
    for (const name of people) await sequencer.fund(name, 10n ** 12n);
    const toPayer = { kind: "depositToEvm", object: 3, amountUnits: 10n ** 12n } as const;
    await sequencer.queue(sequencer.scenario().priority({ ...toPayer, w1: BigInt(payer.address) }));
    await sequencer.buildAll();
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = random.below(4); i > 0; i--) await offer(sequencer, random, counts);
      for (let i = random.chance(1, 4) ? random.below(7) : 0; i > 0; i--) await offerTransfer(sequencer);
      const block = await sequencer.blocks.build();
      if (reopen && block !== undefined) {
        const root = sequencer.ledger.root();
        sequencer = await sequencer.reopen();
        expect(sequencer.ledger.root()).toBe(root);
      }
      const behind = random.chance(1, 3);
      if (!behind) while (await sequencer.batches.step());
      if (reopen) sequencer = await sequencer.reopen();
      const closes =
        block !== undefined && readBuiltBlock(sequencer.lane, block)?.ledger.closesBatch === true;
      if (closes && !behind) expectLedgersToAgree(sequencer);
      clock.nowMs += random.below(4_000);
      if (random.chance(1, 3)) {
        const newest = readCursor(sequencer.database, CURSOR.batches);
        await sequencer.database.write([CURSORS.put(CURSOR.proofs, newest)]);
      }
    }
    await sequencer.buildAll({ closing: true });
    expectLedgersToAgree(sequencer);
    const batches: BatchRecord[] = [];
    for await (const batch of BATCHES.values(sequencer.database)) batches.push(batch);
    for await (const { sequenced, rejection } of OPERATIONS.values(sequencer.database)) {
      if (sequenced === undefined) expect(rejection).toBeDefined();
      if (sequenced === undefined) counts.rejected += 1;
      else if (!sequenced.valid) counts.noOps += 1;
    }
    replay(sequencer, batches);
    expect(await rebuiltHead(sequencer.database, sequencer.size)).toBe(sequencer.lane.head.hash);
    return {
      batches,
      headRoot: sequencer.ledger.root(),
      counts,
      transfers: await sequencer.lane.getBalance(lower(account(2).address)),
    };
  } finally {
    await sequencer.close();
    await directory.remove();
  }
}

/** Executes the batches once more from their records alone, with a ledger in memory, and checks what must hold for each. */
function replay({ database, lane, size }: TestSequencer, batches: readonly BatchRecord[]): void {
  const ledger = Ledger.genesis(size, genesisAccounts(), EMPTY_STORE);
  let paidIn = 0n;
  let nextBlock = 1;
  for (const [i, record] of batches.entries()) {
    expect(record.number).toBe(i + 1);
    expect(record.firstBlock).toBe(nextBlock);
    nextBlock = record.lastBlock + 1;
    expect(record.rootBefore).toBe(ledger.root());
    const batch = openBatch(ledger, BigInt(record.number), record.timeSeconds);
    for (const { id, words, caller, queuedAt, valid } of record.ops) {
      const stored = OPERATIONS.get(database, id);
      const op = (
        caller === undefined ? { words, authorization: stored?.authorization } : { words, caller, queuedAt }
      ) as LedgerOp;
      const applied = applyToBatch(ledger, batch, op, TEST_DOMAIN);
      expect(applied.valid).toBe(valid);
      expect(stored?.sequenced).toMatchObject({ batchNumber: record.number, valid });
      const { kind, amountUnits } = opFields(words);
      if (valid && (kind === "deposit" || kind === "depositToEvm")) paidIn += amountUnits;
      if (applied.valid) paidIn -= applied.transition.change.withdrawal?.units ?? 0n;
    }
    expect(batch.ops.length).toBeLessThanOrEqual(size.maxOps);
    expect(batch.cells.size).toBeLessThanOrEqual(size.maxCells);
    closeBatch(ledger, batch);
    expect(record.rootAfter).toBe(ledger.root());
    const held = Array.from({ length: ledger.cellCount }, (_, id) => unitsHeldBy(ledger.cell(id)));
    expect(held.reduce((sum, units) => sum + units, 0n)).toBe(paidIn);
    expect(heldUnits(record.totals.held)).toBe(paidIn);
    expect(imbalanceUnits(record.totals)).toBe(0n);
    expectLaneData(record, lane);
  }
}

function expectLaneData(record: BatchRecord, lane: TestSequencer["lane"]): void {
  const blocks = decodeLaneData(record.laneData);
  expect(blocks).toHaveLength(record.lastBlock - record.firstBlock + 1);
  expect(blocks.reduce((sum, { operationCount }) => sum + operationCount, 0)).toBe(record.ops.length);
  for (const [offset, { transactions, timestampSeconds }] of blocks.entries()) {
    const block = readBuiltBlock(lane, record.firstBlock + offset);
    expect(timestampSeconds).toBe(block?.timestampSeconds);
    expect(transactions.map((raw) => Buffer.from(raw).toString("hex"))).toEqual(
      block?.transactions.map((raw) => Buffer.from(raw).toString("hex")),
    );
  }
}

describe("blocks and batches of random operations", () => {
  it.each([1, 2])(
    "give the same ledger when they are executed again, within the circuit's size, restarted or not (seed %i)",
    async (seed) => {
      const straight = await run(seed, { reopen: false });
      const restarted = await run(seed, { reopen: true });
      expect(restarted).toEqual(straight);
      // The sequence is worth something only if all of this happens in it.
      const { batches, counts, transfers } = straight;
      expect(batches.length).toBeGreaterThan(10);
      expect(batches.some((batch) => batch.lastBlock > batch.firstBlock)).toBe(true);
      expect(batches.some((batch) => batch.ops.length === 4)).toBe(true);
      expect(counts.accepted).toBeGreaterThan(12);
      expect(counts.noOps).toBeGreaterThan(0);
      expect(transfers).toBeGreaterThan(5n);
    },
    timeoutMs,
  );
});

describe("a batch", () => {
  const withSequencer = async (test: (sequencer: TestSequencer) => Promise<void>, policy = {}) => {
    const directory = await temporaryDirectory();
    const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
    const sequencer = await TestSequencer.open({ path: directory.path, clock, policy });
    try {
      await test(sequencer);
    } finally {
      await sequencer.close();
      await directory.remove();
    }
  };

  it("has a time not before the queueing of any priority operation in it", async () => {
    await withSequencer(async (sequencer) => {
      const deposit = sequencer.scenario().deposit(actor("alice"), 1_000n);
      await sequencer.queue(deposit);
      await sequencer.buildAll();
      const late = { ...deposit, queuedAt: TEST_START_SECONDS + 100n };
      await sequencer.queue(late);
      await sequencer.buildAll({ closing: true });
      const [first, second] = [1, 2].map((number) => BATCHES.get(sequencer.database, number));
      expect(first?.ops).toHaveLength(1);
      expect(first?.timeSeconds).toBe(TEST_START_SECONDS);
      expect(second?.timeSeconds).toBe(TEST_START_SECONDS + 100n);
    });
  });

  it("finds the older of two accounts with one triple, also when one block has opened both", async () => {
    await withSequencer(async (sequencer) => {
      const alice = await sequencer.fund("alice", 10n ** 9n);
      const bob = await sequencer.fund("bob", 10n ** 9n);
      await sequencer.buildAll({ closing: true });
      const { l1Address, publicKey } = actor("erin");
      const triple = { w1: l1Address, w2: publicKey.x, w3: publicKey.y };
      const scenario = sequencer.scenario();
      for (const sender of [alice, bob]) {
        const op = scenario.signed(sender, { kind: "openAccount", amountUnits: 5n, ...triple });
        await sequencer.operations.submit({ ...op, words: withObject(op.words, 0) });
      }
      await sequencer.blocks.build();
      await sequencer.queue(scenario.deposit(actor("erin"), 100n));
      await sequencer.buildAll({ closing: true });
      expect(sequencer.scenario().account(bob + 1).balance).toBe(105n);
      expect(sequencer.scenario().account(bob + 2).balance).toBe(5n);
    });
  });

  it("is not closed empty again and again because of transactions that wait for their nonce", async () => {
    await withSequencer(async (sequencer) => {
      const toPayer = { kind: "depositToEvm", object: 3, amountUnits: 10n ** 12n } as const;
      await sequencer.queue(sequencer.scenario().priority({ ...toPayer, w1: BigInt(payer.address) }));
      await sequencer.buildAll({ closing: true });
      const { raw } = await signTransfer(sequencer.lane, payer, { nonce: 3, to: lower(payer.address) });
      await sequencer.transactions.add(raw);
      expect(await sequencer.blocks.build()).toBeUndefined();
    });
  });

  it("has room for every transaction that was admitted, beside ledger operations", async () => {
    await withSequencer(
      async (sequencer) => {
        const toPayer = { kind: "depositToEvm", object: 3, amountUnits: 10n ** 12n } as const;
        await sequencer.queue(sequencer.scenario().priority({ ...toPayer, w1: BigInt(payer.address) }));
        await sequencer.buildAll({ closing: true });
        const to = lower(payer.address);
        const gas = sequencer.lane.blockGasLimit - LEDGER_GAS_RESERVE;
        const largest = await signTransfer(sequencer.lane, payer, {
          nonce: 0,
          to,
          gas,
          data: `0x${"11".repeat(888)}`,
        });
        expect(largest.size).toBe(1_000);
        const refused = [
          await signTransfer(sequencer.lane, payer, { nonce: 0, to, gas: gas + 1n }),
          await signTransfer(sequencer.lane, payer, { nonce: 0, to, gas, data: `0x${"11".repeat(889)}` }),
        ];
        await expect(sequencer.transactions.add(refused[0]?.raw as Uint8Array)).rejects.toThrow(
          /block gas limit/,
        );
        await expect(sequencer.transactions.add(refused[1]?.raw as Uint8Array)).rejects.toThrow(/oversized/);
        await sequencer.transactions.add(largest.raw);
        await sequencer.queue(sequencer.scenario().deposit(actor("alice"), 1n));
        const block = await sequencer.blocks.build();
        expect(readBuiltBlock(sequencer.lane, block as number)?.transactions).toHaveLength(1);
      },
      { maxLaneBytes: 1_000 },
    );
  });

  it("lets contracts read the cells of the newest block also while the next one is being written", async () => {
    await withSequencer(async (sequencer) => {
      const alice = await sequencer.fund("alice", 5n);
      const before = sequencer.ledger.cell(alice);
      const data = encodeFunctionData({
        abi: parseAbi(["function getCell(uint256 id) view returns (uint256[4])"]),
        args: [BigInt(alice)],
      });
      const read = async () =>
        bytesToHex(await sequencer.lane.call({ to: ledgerAddress, data: hexToBytes(data) }));
      const encoded = concat(before.map((field) => toHex(field, { size: 32 })));
      expect(await read()).toBe(encoded);
      await sequencer.queue(sequencer.scenario().deposit(actor("alice"), 7n, alice));
      const building = sequencer.blocks.build();
      expect(sequencer.ledger.cell(alice)).not.toEqual(before);
      expect(await read()).toBe(encoded);
      await building;
      expect(await read()).not.toBe(encoded);
    });
  });

  it("closes when the contract lane's bytes are used up, and the rest goes into the next one", async () => {
    await withSequencer(
      async (sequencer) => {
        const toPayer = { kind: "depositToEvm", object: 3, amountUnits: 10n ** 12n } as const;
        await sequencer.queue(sequencer.scenario().priority({ ...toPayer, w1: BigInt(payer.address) }));
        await sequencer.buildAll({ closing: true });
        for (let i = 0; i < 5; i++) await offerTransfer(sequencer);
        await sequencer.buildAll({ closing: true });
        const batches: BatchRecord[] = [];
        for await (const batch of BATCHES.values(sequencer.database)) batches.push(batch);
        const counts = batches.map(({ laneData }) =>
          decodeLaneData(laneData).reduce((sum, { transactions }) => sum + transactions.length, 0),
        );
        expect(counts).toEqual([0, 2, 2, 1]);
      },
      { maxLaneBytes: 250 },
    );
  });
});
