import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { neuraGatewayCode } from "../../../contracts/lane/predeploy.ts";
import { BlockBuilder } from "../../../sequencer/block-builder.ts";
import { ContractMempool } from "../../../sequencer/mempool/contract-transactions.ts";
import { LedgerMempool } from "../../../sequencer/mempool/ledger-operations.ts";
import { Database } from "../../../state/database.ts";
import { ContractLane } from "../../../state/evm/contract-lane.ts";
import type { SignedOp } from "../../../state/ledger/operation.ts";
import { signedOperationId } from "../../../state/ledger/operation-id.ts";
import { messageOf } from "../../../state/ledger/transition.ts";
import { LedgerStore } from "../../../state/store/ledger-store.ts";
import { OPERATIONS, PENDING_OPERATIONS } from "../../../state/store/records.ts";
import { actor, type LedgerScenario, type SignOptions } from "../../support/ledger-scenario.ts";
import {
  ALICE,
  BOB,
  CAROL,
  CLAIMED_TASK,
  DAVE,
  FUNDS_UNITS,
  ledgerWorld,
  MODEL,
  OPEN_TASK,
} from "../../support/ledger-world.ts";

const FEE_UNITS = 1n;
const REWARD = 1_000_003n;
const FEE = { maxFeeUnits: FEE_UNITS };

let directory: string;
let database: Database;
let world: LedgerScenario;
let mempool: LedgerMempool;
let builder: BlockBuilder;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "neura-mempool-"));
  database = await Database.open(directory);
  world = ledgerWorld();
  await openNode();
});

afterEach(async () => {
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

/** Opens the mempool, as after a restart, and a builder on it; every batch takes one block. */
async function openNode(): Promise<void> {
  const { ledger, domain } = world;
  const now = () => Number(world.timeSeconds) * 1_000;
  const feeUnits = FEE_UNITS;
  mempool = await LedgerMempool.open({ database, ledger, domain, feeUnits, mirrorNumbers: [], now });
  const lane = await ContractLane.open(database, {
    chainId: 424_242,
    readCell: ledger.cell,
    gatewayCode: neuraGatewayCode,
  });
  builder = new BlockBuilder({
    database,
    lane,
    ledger,
    ledgerStore: new LedgerStore(database, "head"),
    size: world.size,
    domain,
    feeUnits,
    gatewayKey: actor("gateway").key,
    mirrorCount: 0,
    policy: { maxAgeMs: 0, minAgeMs: 0, maxLaneBytes: 1_000, maxUnsettledBatches: 1_000 },
    operations: mempool,
    transactions: await ContractMempool.open(database, lane),
    now,
    log: pino({ level: "silent" }),
  });
}

/** Builds blocks until nothing waits, at most as many as there are ops. */
async function buildAll(): Promise<void> {
  for (let most = mempool.size; most > 0 && mempool.size > 0; most--) await builder.build();
}

const voucher = (amountUnits: bigint, options: SignOptions & { object?: number; sender?: number } = {}) => {
  const { object = CLAIMED_TASK, sender = ALICE, ...rest } = options;
  return world.signed(sender, { kind: "drawTask", object, amountUnits, w3: 1n }, { ...FEE, ...rest });
};
const transfer = (nonce: bigint): SignedOp =>
  world.signed(ALICE, { kind: "transfer", object: DAVE, amountUnits: 1n }, { ...FEE, nonce });
const submitResult = (): SignedOp =>
  world.signed(BOB, { kind: "submitResult", object: CLAIMED_TASK, w3: 4n }, FEE);

const waitingIds = () => [...mempool.waiting()].map(({ id }) => id);
const recordOf = (id: `0x${string}`) => OPERATIONS.get(database, id);

describe("a voucher in the mempool", () => {
  it("is named by its message, executed in a block, and paid for by the worker", async () => {
    const op = voucher(100_000n);
    const [alice, bob] = [world.account(ALICE), world.account(BOB)];
    const id = await mempool.submit(op);
    expect(id).toBe(signedOperationId(messageOf(op.words, op.authorization, world.context)));
    expect(await builder.build()).toBe(1);
    expect(recordOf(id)).toMatchObject({ sequenced: { valid: true, batchNumber: 1 } });
    expect(world.account(ALICE)).toEqual(alice);
    expect(world.account(BOB).balance).toBe(bob.balance + 83_000n - FEE_UNITS);
    expect(mempool.size).toBe(0);
    expect(await builder.build()).toBeUndefined();
  });

  it("leaves the requester's next nonce as it is, between ops that use it", async () => {
    const { nonce } = world.account(ALICE);
    const ids = [await mempool.submit(transfer(nonce)), await mempool.submit(voucher(500n))];
    expect(mempool.nextNonce(ALICE)).toBe(nonce + 1n);
    ids.push(await mempool.submit(transfer(nonce + 1n)));
    expect(mempool.nextNonce(ALICE)).toBe(nonce + 2n);
    expect(waitingIds()).toEqual(ids);
    await buildAll();
    expect(ids.map((id) => recordOf(id)?.sequenced?.indexInBatch)).toEqual([0, 1, 2]);
    expect(mempool.nextNonce(ALICE)).toBe(nonce + 2n);
  });

  it("has room when the requester's queue is full, and takes none of its money", async () => {
    const { nonce, balance } = world.account(ALICE);
    for (let i = 0n; i < 64n; i++) await mempool.submit(transfer(nonce + i));
    await mempool.submit(voucher(REWARD));
    await expect(mempool.submit(transfer(nonce + 64n))).rejects.toMatchObject({ code: "sender-queue-full" });
    expect(mempool.size).toBe(65);
    expect(world.account(ALICE).balance).toBe(balance);
  });

  it("is refused a second time, waiting or executed, and so is a lower one after it", async () => {
    const [low, op] = [voucher(400n), voucher(500n)];
    await mempool.submit(op);
    await expect(mempool.submit(op)).rejects.toMatchObject({ code: "already-known" });
    await buildAll();
    await expect(mempool.submit(op)).rejects.toMatchObject({ code: "already-known" });
    await expect(mempool.submit(low)).rejects.toMatchObject({
      code: "amount-out-of-range",
      expected: `above 500, at most ${REWARD}`,
      actual: "400",
    });
    expect(mempool.size).toBe(0);
  });

  it.each([
    ["of another than the requester", () => voucher(500n, { sender: CAROL }), "wrong-role"],
    ["with a nonce", () => voucher(500n, { nonce: world.account(ALICE).nonce }), "wrong-nonce"],
    ["above the reward", () => voucher(REWARD + 1n), "amount-out-of-range"],
    ["that pays less than the fee", () => voucher(10n), "insufficient-balance"],
    ["that allows less than the fee", () => voucher(500n, { maxFeeUnits: 0n }), "fee-too-low"],
    ["of a task that nobody has claimed", () => voucher(500n, { object: OPEN_TASK }), "wrong-phase"],
    ["after its last second", () => voucher(500n, { validUntil: world.timeSeconds - 1n }), "expired"],
  ])("is refused %s, and nothing is stored", async (_, make, code) => {
    await expect(mempool.submit(make())).rejects.toMatchObject({ code });
    expect(mempool.size).toBe(0);
    for await (const stored of PENDING_OPERATIONS.values(database)) expect(stored).toBeUndefined();
  });

  it("is rejected with the reason if the worker has submitted in the meantime", async () => {
    await mempool.submit(submitResult());
    const id = await mempool.submit(voucher(500n));
    await buildAll();
    expect(recordOf(id)).toMatchObject({ rejection: { code: "wrong-phase", expected: "2", actual: "3" } });
    expect(recordOf(id)?.sequenced).toBeUndefined();
  });
});

describe("several vouchers of one task", () => {
  it("are one: the higher takes the lower one's place, which is rejected", async () => {
    const low = await mempool.submit(voucher(500n));
    const submitted = await mempool.submit(submitResult());
    const high = await mempool.submit(voucher(900n));
    expect(waitingIds()).toEqual([high, submitted]);
    expect(recordOf(low)).toMatchObject({
      rejection: { code: "amount-out-of-range", expected: "above 900", actual: "500" },
    });
    await buildAll();
    expect(recordOf(high)).toMatchObject({ sequenced: { valid: true, indexInBatch: 0 } });
    expect(recordOf(submitted)).toMatchObject({ sequenced: { valid: true, indexInBatch: 1 } });
    expect(world.task(CLAIMED_TASK).drawn).toBe(900n);
    expect(recordOf(low)?.sequenced).toBeUndefined();
  });

  it("do not replace what is worth as much, nearly as much, or is valid for longer", async () => {
    const validUntil = world.timeSeconds + 100n;
    const waiting = await mempool.submit(voucher(1_000n, { validUntil }));
    const refusals = [
      [voucher(999n, { validUntil }), "amount-out-of-range"],
      [voucher(1_000n, { validUntil: validUntil + 1n }), "amount-out-of-range"],
      [voucher(1_099n, { validUntil }), "sender-queue-full"],
      [voucher(REWARD, { validUntil: validUntil - 1n }), "sender-queue-full"],
    ] as const;
    for (const [op, code] of refusals) await expect(mempool.submit(op)).rejects.toMatchObject({ code });
    expect(waitingIds()).toEqual([waiting]);
    const better = await mempool.submit(voucher(1_100n, { validUntil }));
    expect(waitingIds()).toEqual([better]);
  });

  it("count what is clearly more from what is drawn already", async () => {
    await mempool.submit(voucher(100_000n));
    await buildAll();
    await mempool.submit(voucher(101_000n));
    await expect(mempool.submit(voucher(101_099n))).rejects.toMatchObject({
      code: "sender-queue-full",
      expected: expect.stringContaining("110 % of 1000"),
      actual: expect.stringContaining("1099"),
    });
    await mempool.submit(voucher(101_100n));
    expect(mempool.size).toBe(1);
  });

  it("can both be executed, one block after the other", async () => {
    await mempool.submit(voucher(500n));
    await buildAll();
    await mempool.submit(voucher(700n));
    await buildAll();
    expect(world.task(CLAIMED_TASK).drawn).toBe(700n);
  });

  it("are admitted one after another when they arrive at once", async () => {
    const [first, second] = [voucher(500n), voucher(900n)];
    const results = await Promise.allSettled([first, second, first].map((op) => mempool.submit(op)));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(mempool.size).toBe(1);
    await buildAll();
    expect(world.task(CLAIMED_TASK).drawn).toBe(900n);
  });

  it("are both good if a block takes the lower one while the higher one is being stored", async () => {
    const low = await mempool.submit(voucher(500n));
    const admission = mempool.submit(voucher(900n));
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    expect(waitingIds()).toEqual([low]);
    await builder.build();
    const high = await admission;
    await buildAll();
    for (const id of [low, high]) {
      expect(recordOf(id)).toMatchObject({ sequenced: { valid: true } });
      expect(recordOf(id)?.rejection).toBeUndefined();
    }
    expect(world.task(CLAIMED_TASK).drawn).toBe(900n);
  });
});

describe("vouchers of two tasks of one requester", () => {
  it("wait beside each other", async () => {
    world.apply(world.signed(BOB, { kind: "claimTask", object: OPEN_TASK }));
    const ids = [
      await mempool.submit(voucher(500n)),
      await mempool.submit(voucher(400n, { object: OPEN_TASK })),
    ];
    expect(waitingIds()).toEqual(ids);
    await buildAll();
    expect([world.task(CLAIMED_TASK).drawn, world.task(OPEN_TASK).drawn]).toEqual([500n, 400n]);
  });
});

describe("after a restart", () => {
  it("a voucher waits in the place that it took, in no sender's queue", async () => {
    const { nonce } = world.account(ALICE);
    await mempool.submit(voucher(500n));
    const submitted = await mempool.submit(submitResult());
    const high = await mempool.submit(voucher(900n));
    await openNode();
    expect(waitingIds()).toEqual([high, submitted]);
    expect(mempool.nextNonce(ALICE)).toBe(nonce);
    await buildAll();
    expect(world.task(CLAIMED_TASK)).toMatchObject({ drawn: 900n, phase: 3n });
    await openNode();
    expect(mempool.size).toBe(0);
  });

  it("a voucher that was stored before the one it replaces was struck out replaces it still", async () => {
    const low = await mempool.submit(voucher(500n));
    const op = voucher(900n);
    const high = signedOperationId(messageOf(op.words, op.authorization, world.context));
    await database.write([
      OPERATIONS.put(high, { id: high, ...op }),
      PENDING_OPERATIONS.put(1, { arrival: 1, id: high, place: 0, debitUnits: 0n }),
    ]);
    await openNode();
    expect(waitingIds()).toEqual([high]);
    expect(recordOf(low)).toMatchObject({ rejection: { code: "amount-out-of-range" } });
    expect(PENDING_OPERATIONS.get(database, 0)).toBeUndefined();
  });

  it("counts what waiting ops take from their senders: a task's money, but no model's price", async () => {
    const { nonce } = world.account(ALICE);
    const { balance } = world.account(ALICE);
    const words = world.taskWords({ verifier: CAROL, reward: balance - 1_000n, verifierFee: 0n });
    await mempool.submit(world.signed(ALICE, { kind: "postTask", object: 0, ...words, w3: 1n }, FEE));
    const price = { object: MODEL, amountUnits: 100n * FUNDS_UNITS, param: 1n << 16n };
    await mempool.submit(world.signed(DAVE, { kind: "updateModel", ...price }, FEE));
    await openNode();
    const pay = (sender: number, amountUnits: bigint, options: SignOptions) =>
      world.signed(sender, { kind: "transfer", object: BOB, amountUnits }, { ...FEE, ...options });
    await expect(mempool.submit(pay(ALICE, 999n, { nonce: nonce + 1n }))).rejects.toMatchObject({
      code: "insufficient-balance",
      expected: "1000",
      actual: "999",
    });
    await mempool.submit(pay(ALICE, 998n, { nonce: nonce + 1n }));
    await mempool.submit(pay(DAVE, 1_000n, { nonce: world.account(DAVE).nonce + 1n }));
    await buildAll();
    expect(world.account(ALICE).balance).toBe(0n);
  });
});

describe("ops with a nonce", () => {
  it("take the sender's next nonces one after another, and the same op is refused twice", async () => {
    const { nonce } = world.account(ALICE);
    const op = transfer(nonce);
    await mempool.submit(op);
    await expect(mempool.submit(op)).rejects.toMatchObject({ code: "already-known" });
    await expect(mempool.submit(transfer(nonce + 2n))).rejects.toMatchObject({
      code: "wrong-nonce",
      expected: String(nonce + 1n),
    });
    const [second, same] = await Promise.allSettled(
      [transfer(nonce + 1n), submitResult()].map((each) => mempool.submit(each)),
    );
    expect([second?.status, same?.status]).toEqual(["fulfilled", "fulfilled"]);
    expect(mempool.nextNonce(ALICE)).toBe(nonce + 2n);
  });

  it("cannot be sent for kinds without a sender", async () => {
    await expect(mempool.submit(world.unsignedNoop())).rejects.toMatchObject({ code: "fee-too-low" });
    const noop = world.unsignedNoop();
    const paid = { ...noop, authorization: { ...noop.authorization, maxFeeUnits: FEE_UNITS } };
    await expect(mempool.submit(paid)).rejects.toMatchObject({ code: "unknown-kind" });
  });
});
