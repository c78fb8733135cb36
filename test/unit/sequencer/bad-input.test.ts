import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRpcServer, type RpcServer } from "../../../rpc/server.ts";
import { NeuraClient, type NeuraRpcError } from "../../../sdk/index.ts";
import { SUBGROUP_ORDER } from "../../../state/ledger/babyjubjub.ts";
import { FIELD_PRIME } from "../../../state/ledger/field.ts";
import {
  isCreating,
  type OpParts,
  opWords,
  type SignedOp,
  withObject,
} from "../../../state/ledger/operation.ts";
import { OPERATIONS, PENDING_OPERATIONS } from "../../../state/store/records.ts";
import { actor, type SignOptions, TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { CONTENT_LIMITS, TestSequencer } from "./test-sequencer.ts";

const FEE_UNITS = 100n;
const FUNDS_UNITS = 1_000_000n;
const PRICE_UNITS = 50n;
const NOBODY = 300;

let directory: { path: string; remove: () => Promise<void> };
let sequencer: TestSequencer;
let rpc: ReturnType<TestSequencer["rpc"]>;
let server: RpcServer;
let client: NeuraClient;
const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };

let alice: number;
let bob: number;
let carol: number;
let model: number;
let openTask: number;
let claimedTask: number;
let submittedTask: number;

/** Signed by its sender over the cells as they are now, as the SDK sends it. */
function signed(sender: number, parts: Omit<OpParts, "sender">, options: SignOptions = {}): SignedOp {
  const op = sequencer.scenario().signed(sender, parts, { maxFeeUnits: 2n * FEE_UNITS, ...options });
  return isCreating(parts.kind) ? { ...op, words: withObject(op.words, 0) } : op;
}

const hex = (value: bigint) => `0x${value.toString(16)}`;

const rpcForm = ({ words, authorization }: SignedOp) => ({
  words: words.map(hex),
  nonce: hex(authorization.nonce),
  maxFeeUnits: hex(authorization.maxFeeUnits),
  validUntil: hex(authorization.validUntil),
  signature: {
    r8x: hex(authorization.signature.r8x),
    r8y: hex(authorization.signature.r8y),
    s: hex(authorization.signature.s),
  },
});

const call = async (name: string, params: readonly unknown[]) => rpc[name]?.(params);
const send = (op: SignedOp) => call("neura_sendOperation", [rpcForm(op)]) as Promise<`0x${string}`>;

/** Sends a valid op and has it executed. */
async function execute(sender: number, parts: Omit<OpParts, "sender">): Promise<number> {
  const cell = sequencer.ledger.cellCount;
  const id = await send(signed(sender, parts));
  await sequencer.buildAll();
  expect(await call("neura_getOperation", [id])).toMatchObject({ level: "sequenced", valid: true });
  return cell;
}

async function storedOperations(): Promise<number> {
  let count = 0;
  for await (const _ of OPERATIONS.values(sequencer.database)) count += 1;
  for await (const _ of PENDING_OPERATIONS.values(sequencer.database)) count += 1;
  return count + sequencer.operations.size;
}

/** Expects the refusal and that nothing is stored. */
async function expectRefused(attempt: () => Promise<unknown>, error: object): Promise<void> {
  const before = await storedOperations();
  await expect(attempt()).rejects.toMatchObject(error);
  expect(await storedOperations()).toBe(before);
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  sequencer = await TestSequencer.open({ path: directory.path, clock, feeUnits: FEE_UNITS });
  rpc = sequencer.rpc();
  [alice, bob, carol] = [
    await sequencer.fund("alice", FUNDS_UNITS),
    await sequencer.fund("bob", FUNDS_UNITS),
    await sequencer.fund("carol", FUNDS_UNITS),
  ];
  model = await execute(alice, { kind: "registerModel", amountUnits: PRICE_UNITS, param: 100n, w3: 1n });
  const task = (w3: bigint) => {
    const words = sequencer
      .scenario()
      .taskWords({ verifier: carol, model, reward: 200n, bond: 5n, verifierFee: 1n });
    return execute(alice, { kind: "postTask", ...words, w3 });
  };
  [openTask, claimedTask, submittedTask] = [await task(7n), await task(8n), await task(9n)];
  for (const object of [claimedTask, submittedTask]) await execute(bob, { kind: "claimTask", object });
  await execute(bob, { kind: "submitResult", object: submittedTask, w3: 10n });
  server = await createRpcServer({
    methods: rpc,
    registry: new Registry(),
    readiness: () => ({ isReady: true }),
    onInternalError: (error) => {
      throw error;
    },
    maxBodyBytes: 10_000,
  });
  client = new NeuraClient((await server.listen("127.0.0.1", 0)).url);
});

afterAll(async () => {
  await server?.close();
  await sequencer?.close();
  await directory?.remove();
});

describe("neura_sendOperation refuses, with an error of its own and nothing stored:", () => {
  const transfer = (more: Partial<OpParts> = {}) =>
    ({ kind: "transfer", object: bob, amountUnits: 1n, ...more }) as const;
  const postTask = (more: { model?: number; verifier?: number; reward?: bigint; kind?: bigint }) => ({
    kind: "postTask" as const,
    ...sequencer.scenario().taskWords({ verifier: carol, reward: 200n, bond: 0n, verifierFee: 0n, ...more }),
    w3: 1n,
  });
  const newAccount = (x: bigint, y: bigint) =>
    ({ kind: "openAccount", amountUnits: 1n, w1: 1n, w2: x, w3: y }) as const;
  const altered = (op: SignedOp, change: Partial<SignedOp["authorization"]["signature"]>): SignedOp => ({
    ...op,
    authorization: { ...op.authorization, signature: { ...op.authorization.signature, ...change } },
  });

  type Case = [title: string, rpcCode: number, data: object, op: () => SignedOp];
  const cases: Case[] = [
    [
      "a signature by another key",
      -39007,
      { code: "wrong-signature" },
      () => signed(alice, transfer(), { key: actor("mallory").key }),
    ],
    [
      "a signature for another network",
      -39007,
      { code: "wrong-signature" },
      () => signed(alice, transfer(), { domain: 5n }),
    ],
    [
      "an altered signature",
      -39007,
      { code: "wrong-signature" },
      () => {
        const op = signed(alice, transfer());
        return altered(op, { r8x: op.authorization.signature.r8x ^ 1n });
      },
    ],
    [
      "the signature's second form, s above the order",
      -39007,
      { code: "wrong-signature" },
      () => {
        const op = signed(alice, transfer());
        return altered(op, { s: op.authorization.signature.s + SUBGROUP_ORDER });
      },
    ],
    [
      "a nonce that is too high",
      -39006,
      { code: "wrong-nonce", expected: "4", actual: "9" },
      () => signed(alice, transfer(), { nonce: 9n }),
    ],
    [
      "a used nonce",
      -39006,
      { code: "wrong-nonce", expected: "4", actual: "0" },
      () => signed(alice, transfer(), { nonce: 0n }),
    ],
    [
      "a withdrawal to a mirror that does not exist",
      -39022,
      { code: "out-of-range", expected: "0, 1, 2", actual: "3" },
      () => signed(alice, { kind: "withdraw", amountUnits: 1n, param: 3n, w1: 1n }),
    ],
    [
      "an unknown sender",
      -39004,
      { code: "unknown-sender", expected: "an account", actual: String(NOBODY) },
      () => ({
        ...signed(alice, transfer()),
        words: opWords({ ...transfer(), sender: NOBODY }),
      }),
    ],
    [
      "a sender that is a model",
      -39004,
      { code: "unknown-sender", expected: "an account" },
      () => ({
        ...signed(alice, transfer()),
        words: opWords({ ...transfer(), sender: model }),
      }),
    ],
    [
      "an amount above the balance",
      -39010,
      {
        code: "insufficient-balance",
        expected: String(FUNDS_UNITS + FEE_UNITS),
        actual: String(FUNDS_UNITS),
      },
      () => signed(carol, transfer({ amountUnits: FUNDS_UNITS })),
    ],
    [
      "an expired operation",
      -39009,
      {
        code: "expired",
        expected: `at least ${TEST_START_SECONDS}`,
        actual: String(TEST_START_SECONDS - 1n),
      },
      () => signed(alice, transfer(), { validUntil: TEST_START_SECONDS - 1n }),
    ],
    [
      "an amount of 0",
      -39003,
      { code: "amount-out-of-range", expected: "1 or more", actual: "0" },
      () => signed(alice, transfer({ amountUnits: 0n })),
    ],
    [
      "a first word beyond its width",
      -39022,
      { code: "out-of-range", expected: "below 2^192" },
      () => {
        const op = signed(alice, transfer());
        return { ...op, words: [op.words[0] | (1n << 192n), op.words[1], op.words[2], op.words[3]] };
      },
    ],
    [
      "a word that is no field element",
      -39022,
      { code: "out-of-range", expected: "below the BN254 order" },
      () => {
        const op = signed(alice, { kind: "registerModel", w3: 0n });
        return { ...op, words: [op.words[0], op.words[1], op.words[2], FIELD_PRIME] };
      },
    ],
    ["a key of small order", -39011, { code: "invalid-key" }, () => signed(alice, newAccount(0n, 1n))],
    ["a key off the curve", -39011, { code: "invalid-key" }, () => signed(alice, newAccount(1n, 2n))],
    [
      "an unknown account",
      -39012,
      { code: "unknown-account", expected: "an account", actual: "an empty cell" },
      () => signed(alice, transfer({ object: NOBODY })),
    ],
    [
      "an unknown model",
      -39013,
      { code: "unknown-model", expected: "a model", actual: "an empty cell" },
      () => signed(alice, postTask({ model: NOBODY })),
    ],
    [
      "an unknown task",
      -39014,
      { code: "unknown-task", expected: "a task", actual: "an empty cell" },
      () => signed(bob, { kind: "claimTask", object: NOBODY }),
    ],
    [
      "an account in place of a task",
      -39015,
      { code: "wrong-tag", expected: "a task", actual: "a cell of type 1" },
      () => signed(bob, { kind: "claimTask", object: carol }),
    ],
    [
      "an account in place of a model",
      -39015,
      { code: "wrong-tag", expected: "a model" },
      () => signed(alice, postTask({ model: bob })),
    ],
    [
      "a task in place of an account",
      -39015,
      { code: "wrong-tag", expected: "an account" },
      () => signed(alice, transfer({ object: openTask })),
    ],
    [
      "a reward below the model's price",
      -39017,
      { code: "reward-below-price" },
      () => signed(alice, postTask({ model, reward: PRICE_UNITS - 1n })),
    ],
    [
      "a claim of a claimed task",
      -39018,
      { code: "wrong-phase", expected: "1", actual: "2" },
      () => signed(carol, { kind: "claimTask", object: claimedTask }),
    ],
    [
      "a verdict on a task without a result",
      -39018,
      { code: "wrong-phase", expected: "3", actual: "2" },
      () => signed(carol, { kind: "settleTask", object: claimedTask, param: 1n, w3: 8n }),
    ],
    [
      "a result by somebody else than the worker",
      -39019,
      { code: "wrong-role" },
      () => signed(carol, { kind: "submitResult", object: claimedTask, w3: 1n }),
    ],
    [
      "a verdict by somebody else than the verifier",
      -39019,
      { code: "wrong-role" },
      () =>
        signed(alice, {
          kind: "settleTask",
          object: submittedTask,
          param: 1n,
          w3: sequencer.scenario().task(submittedTask).content,
        }),
    ],
    [
      "a verdict on other content than the task's",
      -39021,
      { code: "stale-content" },
      () => signed(carol, { kind: "settleTask", object: submittedTask, param: 1n, w3: 1n }),
    ],
    [
      "a share that leaves the worker nothing",
      -39022,
      { code: "out-of-range" },
      () => signed(alice, { kind: "registerModel", param: 9_801n, w3: 1n }),
    ],
    [
      "a part that the kind does not use",
      -39002,
      { code: "unused-part-set", expected: "0", actual: "7" },
      () => signed(bob, { kind: "claimTask", object: openTask, amountUnits: 7n }),
    ],
    [
      "a kind that does not exist",
      -39001,
      { code: "unknown-kind", actual: "200" },
      () => ({
        ...signed(alice, transfer()),
        words: [200n, 0n, 0n, 0n],
      }),
    ],
    [
      "a deposit that did not come through home",
      -39001,
      { code: "unknown-kind" },
      () => ({
        ...signed(alice, transfer()),
        words: opWords({ kind: "deposit", amountUnits: 1n, w1: 1n }),
      }),
    ],
    [
      "a maximum fee below the node's fee",
      -39033,
      {
        code: "fee-too-low",
        expected: `at least ${FEE_UNITS}`,
        actual: "99",
      },
      () => signed(alice, transfer(), { maxFeeUnits: FEE_UNITS - 1n }),
    ],
    [
      "a fee set by the author",
      -39034,
      { code: "fee-not-zero", expected: "0", actual: "3" },
      () => signed(alice, transfer({ feeUnits: 3n })),
    ],
  ];
  it.each(cases)("%s", async (_title, rpcCode, data, op) => {
    await expectRefused(() => send(op()), { rpcCode, message: expect.stringMatching(/./), data });
  });

  it("an operation that was sent before, while it waits and after it was executed", async () => {
    const op = signed(bob, { kind: "transfer", object: alice, amountUnits: 1n });
    const id = await send(op);
    expect(await call("neura_getOperation", [id])).toMatchObject({ level: "pending", blockNumber: null });
    const again = { rpcCode: -39030, data: { code: "already-known", actual: id } };
    await expectRefused(() => send(op), again);
    await sequencer.buildAll();
    await expectRefused(() => send(op), again);
  });

  const malformed: [string, (form: ReturnType<typeof rpcForm>) => unknown][] = [
    ["nothing", () => undefined],
    ["an array in place of the operation", () => []],
    ["three words", (form) => ({ ...form, words: form.words.slice(1) })],
    ["a word that is no hex", (form) => ({ ...form, words: ["0xzz", ...form.words.slice(1)] })],
    ["a word as a number", (form) => ({ ...form, words: [1, ...form.words.slice(1)] })],
    ["a word of 33 bytes", (form) => ({ ...form, words: [`0x1${"0".repeat(64)}`, ...form.words.slice(1)] })],
    ["an empty hex number", (form) => ({ ...form, nonce: "0x" })],
    ["a nonce of 33 bits", (form) => ({ ...form, nonce: "0x100000000" })],
    ["no validUntil", ({ validUntil: _, ...form }) => form],
    ["no signature", ({ signature: _, ...form }) => form],
    ["half a signature", (form) => ({ ...form, signature: { r8x: "0x1", r8y: "0x2" } })],
  ];
  it.each(malformed)("malformed: %s", async (_title, change) => {
    const form = rpcForm(signed(alice, transfer()));
    await expectRefused(() => call("neura_sendOperation", [change(form)]), { rpcCode: -32602 });
  });
});

describe("other methods refuse", () => {
  it.each([
    ["neura_getOperation", ["0x12"]],
    ["neura_getAccount", ["5"]],
    ["neura_getAccount", ["0x1000000"]],
    ["neura_getAccountByKey", [hex(FIELD_PRIME), "0x1", "0x1"]],
    ["neura_getTasks", [[]]],
    ["neura_getReceipts", ["9"]],
    ["neura_getReceipts", ["0x9", "one"]],
    ["neura_getReceipts", ["0x9", "0x100000000"]],
    ["neura_getBatch", [null]],
    ["neura_getLedgerProof", ["0x200"]],
    ["neura_estimateFee", ["gift"]],
    ["neura_putContent", ["0x123"]],
    ["neura_getContent", ["not a cid"]],
    ["neura_getContent", [hex(1n << 248n)]],
  ])("%s(%j)", async (name, params) => {
    await expect(call(name, params)).rejects.toMatchObject({ rpcCode: -32602 });
  });

  it("content above the limits, saying which", async () => {
    const large = `0x${"00".repeat(CONTENT_LIMITS.maxItemBytes + 1)}`;
    await expect(call("neura_putContent", [large])).rejects.toMatchObject({
      rpcCode: -39040,
      data: { code: "content-too-large", expected: "at most 100 bytes per item", actual: "101 bytes" },
    });
  });
});

describe("over HTTP", () => {
  const post = async (body: string) => {
    const response = await fetch(client.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return { status: response.status, answer: (await response.json()) as { error?: { code: number } } };
  };

  it("a refusal reaches the SDK with its code and values", async () => {
    const op = signed(alice, { kind: "transfer", object: bob, amountUnits: 1n }, { nonce: 77n });
    const refused = client.sendOperation(op);
    await expect(refused).rejects.toMatchObject({
      name: "NeuraRpcError",
      rpcCode: -39006,
      code: "wrong-nonce",
      expected: "4",
      actual: "77",
    } satisfies Partial<NeuraRpcError>);
  });

  it("malformed JSON is a parse error", async () => {
    expect((await post('{"jsonrpc": "2.0", ')).answer.error?.code).toBe(-32700);
  });

  it("an oversized body is refused before it is read", async () => {
    const { status, answer } = await post(JSON.stringify({ padding: "x".repeat(20_000) }));
    expect({ status, code: answer.error?.code }).toEqual({ status: 413, code: -32005 });
  });
});

describe("an operation that was valid when it was admitted", () => {
  it("is rejected with the reason when another one came first", async () => {
    const first = await send(signed(bob, { kind: "claimTask", object: openTask }));
    const second = await send(signed(carol, { kind: "claimTask", object: openTask }));
    await sequencer.buildAll();
    expect(await call("neura_getOperation", [first])).toMatchObject({ level: "sequenced", reason: null });
    expect(await call("neura_getOperation", [second])).toMatchObject({
      level: "rejected",
      blockNumber: null,
      reason: { code: "wrong-phase", expected: "1", actual: "2" },
    });
    expect(sequencer.operations.size).toBe(0);
  });

  it("is rejected as expired when its block comes too late", async () => {
    await sequencer.buildAll({ closing: true });
    const validUntil = BigInt(Math.floor(clock.nowMs / 1000)) + 1n;
    const id = await send(signed(carol, { kind: "transfer", object: bob, amountUnits: 1n }, { validUntil }));
    clock.nowMs += 2_000;
    await sequencer.buildAll();
    expect(await call("neura_getOperation", [id])).toMatchObject({
      level: "rejected",
      reason: { code: "expired", expected: `at least ${validUntil + 1n}`, actual: String(validUntil) },
    });
  });
});
