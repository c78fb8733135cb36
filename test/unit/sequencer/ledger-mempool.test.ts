import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OpParts, type SignedOp, withObject } from "../../../state/ledger/operation.ts";
import { signedOperationId } from "../../../state/ledger/operation-id.ts";
import { OPERATIONS, PENDING_OPERATIONS } from "../../../state/store/records.ts";
import { type SignOptions, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "./test-sequencer.ts";

const FUNDS_UNITS = 1_000_000n;
const maxPendingOpsPerSender = 64;
const maxPendingOps = 20_000;

let directory: { path: string; remove: () => Promise<void> };
let sequencer: TestSequencer;
let alice: number;
let bob: number;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  sequencer = await TestSequencer.open({ path: directory.path, clock });
  alice = await sequencer.fund("alice", FUNDS_UNITS);
  bob = await sequencer.fund("bob", FUNDS_UNITS);
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

const pay = (
  amountUnits: bigint,
  nonce: bigint,
  more: Partial<OpParts> = {},
  options: SignOptions = {},
): SignedOp =>
  sequencer
    .scenario()
    .signed(alice, { kind: "transfer", object: bob, amountUnits, ...more }, { nonce, ...options });

const submit = (op: SignedOp) => sequencer.operations.submit(op);

describe("the mempool", () => {
  it("takes a sender's operations one after another, each after those that wait", async () => {
    for (const nonce of [0n, 1n, 2n]) await submit(pay(10n, nonce));
    expect(sequencer.operations.nextNonce(alice)).toBe(3n);
    await expect(submit(pay(11n, 2n))).rejects.toMatchObject({
      code: "wrong-nonce",
      expected: "3",
      actual: "2",
    });
  });

  it("gives one nonce to one of two operations that are sent at the same time", async () => {
    const results = await Promise.allSettled([submit(pay(1n, 0n)), submit(pay(2n, 0n))]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(sequencer.operations.size).toBe(1);
  });

  it("counts what waits against the sender's balance", async () => {
    await submit(pay(FUNDS_UNITS - 5n, 0n));
    await expect(submit(pay(6n, 1n))).rejects.toMatchObject({
      code: "insufficient-balance",
      expected: "6",
      actual: "5",
    });
    await submit(pay(5n, 1n));
  });

  it("holds at most 64 operations of one sender", async () => {
    for (let nonce = 0; nonce < maxPendingOpsPerSender; nonce++) await submit(pay(1n, BigInt(nonce)));
    await expect(submit(pay(1n, 64n))).rejects.toMatchObject({
      code: "sender-queue-full",
      expected: "below 64",
      actual: "64",
    });
    expect(sequencer.operations.size).toBe(maxPendingOpsPerSender);
  });

  it("holds at most 20,000 operations of all senders, those that it reads back included", async () => {
    const { database } = sequencer;
    const op = pay(1n, 0n);
    const head = BigInt(alice) << 8n;
    const writes = Array.from({ length: maxPendingOps }, (_, arrival) => {
      const id = signedOperationId(BigInt(arrival + 1));
      const [w0, ...rest] = op.words;
      // Each of another sender, so that no sender's own queue is full.
      const words = [w0 - head + (BigInt(1_000 + arrival) << 8n), ...rest] as unknown as typeof op.words;
      return [
        OPERATIONS.put(id, { id, words, authorization: op.authorization }),
        PENDING_OPERATIONS.put(arrival, { arrival, id, place: arrival, debitUnits: 0n }),
      ];
    });
    await database.write(writes.slice(1).flat());
    sequencer = await sequencer.reopen();
    expect(sequencer.operations.size).toBe(maxPendingOps - 1);
    await submit(op);
    await expect(submit(pay(1n, 1n))).rejects.toMatchObject({
      code: "mempool-full",
      expected: "below 20000",
      actual: "20000",
    });
    expect(sequencer.operations.size).toBe(maxPendingOps);
  });

  it("says of an operation that it was executed, when it is sent again and has used up its nonce or its time", async () => {
    const op = pay(1n, 0n, {}, { validUntil: TEST_START_SECONDS + 60n });
    await submit(op);
    await sequencer.buildAll();
    await expect(submit(op)).rejects.toMatchObject({ code: "already-known" });
    sequencer.options.clock.nowMs += 120_000;
    await expect(submit(op)).rejects.toMatchObject({ code: "already-known" });
    await expect(submit(pay(2n, 0n))).rejects.toMatchObject({ code: "wrong-nonce" });
  });

  it("does not count an operation twice while the block that executes it is being written", async () => {
    await submit(pay(FUNDS_UNITS - 10n, 0n));
    const building = sequencer.blocks.build();
    expect(sequencer.operations.nextNonce(alice)).toBe(1n);
    const next = await submit(pay(10n, 1n));
    await building;
    await sequencer.blocks.build();
    expect(OPERATIONS.get(sequencer.database, next)?.sequenced).toMatchObject({ valid: true });
  });
});

describe("a restart", () => {
  it("keeps every acknowledged operation, in order, with its nonce and what it will cost", async () => {
    const words = sequencer
      .scenario()
      .taskWords({ verifier: bob, reward: 400_000n, bond: 0n, verifierFee: 1n });
    const post = sequencer.scenario().signed(alice, { kind: "postTask", ...words, w3: 1n });
    const ids = [
      await submit({ ...post, words: withObject(post.words, 0) }),
      await submit(pay(100_000n, 1n)),
    ];
    sequencer = await sequencer.reopen();
    expect([...sequencer.operations.waiting()].map(({ id }) => id)).toEqual(ids);
    expect(sequencer.operations.nextNonce(alice)).toBe(2n);
    await expect(submit(pay(500_000n, 2n))).rejects.toMatchObject({
      code: "insufficient-balance",
      actual: "499999",
    });
    ids.push(await submit(pay(499_999n, 2n)));
    await sequencer.buildAll();
    for (const id of ids) expect(OPERATIONS.get(sequencer.database, id)?.sequenced?.valid).toBe(true);
    expect(sequencer.scenario().account(alice).balance).toBe(0n);
    sequencer = await sequencer.reopen();
    expect(sequencer.operations.size).toBe(0);
  });

  it("does not bring back a rejected operation", async () => {
    const id = await submit(pay(1n, 0n, {}, { validUntil: TEST_START_SECONDS }));
    await sequencer.buildAll({ closing: true });
    // It went into the open batch, whose time is still valid; the next one is too late.
    const late = await submit(pay(2n, 1n, {}, { validUntil: TEST_START_SECONDS + 60n }));
    sequencer.options.clock.nowMs += 5_000;
    await sequencer.buildAll();
    expect(OPERATIONS.get(sequencer.database, id)?.rejection).toBeUndefined();
    expect(OPERATIONS.get(sequencer.database, late)?.rejection?.code).toBe("expired");
    sequencer = await sequencer.reopen();
    expect(sequencer.operations.size).toBe(0);
    await expect(submit(pay(2n, 1n, {}, { validUntil: TEST_START_SECONDS + 60n }))).rejects.toMatchObject({
      code: "already-known",
      actual: late,
    });
  });
});
