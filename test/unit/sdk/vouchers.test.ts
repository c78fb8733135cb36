import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  claimFromJson,
  claimToJson,
  demandReceipt,
  type LedgerAccount,
  NeuraClient,
  receiptFromJson,
  receiptToJson,
  TASK_PHASE,
  taskContentOf,
  type Voucher,
  VoucherCollector,
  type VoucherCollectorOptions,
  VoucherIssuer,
  type VoucherIssuerOptions,
  voucherFromJson,
  voucherToJson,
} from "../../../sdk/index.ts";
import { FakeNode } from "./fake-node.ts";
import { balanceUnitsOf, ledgerAccount } from "./wallets.ts";

const NRX = 1_000_000_000n;
const FEE = 1_000n;
const PRICE = 100_000n;
const INPUT = 42n;

let node: FakeNode;
let client: NeuraClient;
let requester: LedgerAccount;
let worker: LedgerAccount;
let task: number;

const bytes = (text: string) => new TextEncoder().encode(text);
const exchange = (index: number) => ({ input: bytes(`prompt ${index}`), output: bytes(`answer ${index}`) });
const overTheLine = <T>(value: T): unknown => JSON.parse(JSON.stringify(value));

beforeEach(async () => {
  node = await FakeNode.start();
  client = new NeuraClient(node.url);
  requester = await ledgerAccount(node, client, 5, 100n * NRX);
  worker = await ledgerAccount(node, client, 6, 50n * NRX);
  task = await postAndClaim();
});
afterEach(() => node.stop());

async function postAndClaim(): Promise<number> {
  const { id } = await requester.send({
    kind: "postTask",
    taskKind: "inference",
    input: INPUT,
    verifier: await requester.id(),
    model: 0,
    rewardUnits: NRX,
    verifierFeeUnits: 0n,
    bondUnits: 0n,
    deadlineSeconds: node.nowSeconds + 100_000n,
    windowSeconds: 3_600n,
    silenceAccepts: true,
  });
  const object = (await client.getOperation(id))?.object ?? 0;
  await worker.send({ kind: "claimTask", task: object });
  return object;
}

const openIssuer = (more: Partial<VoucherIssuerOptions> = {}) =>
  VoucherIssuer.open({
    client,
    account: requester,
    task,
    priceOf: () => PRICE,
    nowSeconds: () => node.nowSeconds,
    ...more,
  });

const openCollector = (more: Partial<VoucherCollectorOptions> = {}) =>
  VoucherCollector.open({
    client,
    task,
    priceOf: () => PRICE,
    nowSeconds: () => node.nowSeconds,
    creditLimitUnits: 10n * PRICE,
    ...more,
  });

/** The worker does `count` inferences, and the requester checks them. */
function work(collector: VoucherCollector, issuer: VoucherIssuer, count: number): void {
  for (let i = 0; i < count; i++) {
    const exchanged = exchange(collector.receipts.count);
    issuer.accept(receiptFromJson(overTheLine(receiptToJson(collector.record(exchanged)))), exchanged);
  }
}

async function pay(collector: VoucherCollector, issuer: VoucherIssuer): Promise<Voucher> {
  const voucher = issuer.issue(claimFromJson(overTheLine(claimToJson(collector.claim()))));
  await collector.accept(voucherFromJson(overTheLine(voucherToJson(voucher))));
  return voucher;
}

describe("streamed work", () => {
  it("is paid by the draw of one voucher, and the ledger commits to its receipts", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    const before = await balanceUnitsOf(worker);
    work(collector, issuer, 5);
    const voucher = await pay(collector, issuer);
    await collector.drawAndWait();
    expect(await balanceUnitsOf(worker)).toBe(before + (5n * PRICE * 98n) / 100n - FEE);
    const state = await client.getTask(task);
    expect(state).toMatchObject({ drawnUnits: 5n * PRICE, receiptsCount: 1 });
    const root = state?.receipts[0]?.root as bigint;
    expect(root).toBe(voucher.words[3]);
    for (let index = 0; index < 5; index++) {
      demandReceipt(collector.receipts.proof(index, voucher.count), root, await client.chainInfo());
    }
  });

  it("can be rebuilt from the node: content is the chain of input, roots and result", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    for (let round = 0; round < 4; round++) {
      work(collector, issuer, 3);
      await pay(collector, issuer);
      await collector.drawAndWait();
    }
    await collector.submitResult(worker, 77n);
    const state = await client.getTask(task);
    if (state === null) throw new Error("the task is gone");
    const draws = await client.getReceipts(state);
    expect(draws.map(({ drawnUnits }) => drawnUnits)).toEqual([3n, 6n, 9n, 12n].map((n) => n * PRICE));
    expect(state.receipts).toHaveLength(2);
    expect(taskContentOf(INPUT, draws, state.result)).toBe(state.content);
    expect(taskContentOf(INPUT, draws.slice(1), state.result)).not.toBe(state.content);
  });

  it("goes on after both sides were restarted", async () => {
    let [collector, issuer] = [await openCollector(), await openIssuer()];
    work(collector, issuer, 3);
    await pay(collector, issuer);
    await collector.drawAndWait();
    work(collector, issuer, 2);
    const voucher = await pay(collector, issuer);
    work(collector, issuer, 1);
    const saved = [collector.state(), issuer.state()] as const;
    collector = await openCollector({ state: overTheLine(saved[0]) as (typeof saved)[0] });
    issuer = await openIssuer({ state: overTheLine(saved[1]) as (typeof saved)[1] });
    expect(collector.best).toEqual(voucher);
    expect([collector.unpaidUnits, collector.undrawnUnits]).toEqual([PRICE, 2n * PRICE]);
    work(collector, issuer, 1);
    await pay(collector, issuer);
    await collector.drawAndWait();
    expect(await client.getTask(task)).toMatchObject({ drawnUnits: 7n * PRICE });
  });
});

describe("VoucherIssuer", () => {
  it("signs for the requester only, and only for a claimed task", async () => {
    await expect(openIssuer({ account: worker })).rejects.toMatchObject({ code: "wrong-role" });
    await (await openCollector()).submitResult(worker, 1n);
    await expect(openIssuer()).rejects.toMatchObject({ code: "wrong-phase" });
  });

  it("accepts no receipt that is not the next one, or not for what was exchanged, or not priced as agreed", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    const receipt = collector.record(exchange(0));
    const second = collector.record(exchange(1));
    const refusals = [
      [second, exchange(1), "wrong-receipt"],
      [{ ...receipt, task: task + 1 }, exchange(0), "wrong-receipt"],
      [{ ...receipt, cumulativeUnits: PRICE + 1n }, exchange(0), "wrong-receipt"],
      [receipt, exchange(1), "wrong-content"],
      [receipt, { ...exchange(0), output: bytes("another") }, "wrong-content"],
      [{ ...receipt, priceUnits: 2n * PRICE, cumulativeUnits: 2n * PRICE }, exchange(0), "wrong-price"],
      [{ ...receipt, timeSeconds: node.nowSeconds + 61n }, exchange(0), "wrong-receipt"],
    ] as const;
    for (const [wrong, exchanged, code] of refusals) {
      expect(() => issuer.accept(wrong, exchanged)).toThrow(expect.objectContaining({ code }));
    }
    expect([issuer.count, issuer.totalUnits]).toEqual([0, 0n]);
    issuer.accept(receipt, exchange(0));
    expect(() => issuer.accept(receipt, exchange(0))).toThrow(
      expect.objectContaining({ code: "wrong-receipt" }),
    );
    issuer.accept(second, exchange(1));
    expect([issuer.count, issuer.totalUnits]).toEqual([2, 2n * PRICE]);
  });

  it("stays within its budget, and within the reward", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer({ budgetUnits: 2n * PRICE })];
    work(collector, issuer, 2);
    expect(() => work(collector, issuer, 1)).toThrow(expect.objectContaining({ code: "reward-exhausted" }));
    const rich = await openIssuer({ budgetUnits: 5n * NRX, priceOf: () => NRX + 1n });
    const dear = {
      ...collector.receipts.receipts[0],
      priceUnits: NRX + 1n,
      cumulativeUnits: NRX + 1n,
    } as never;
    expect(() => rich.accept(dear, exchange(0))).toThrow(
      expect.objectContaining({ code: "reward-exhausted" }),
    );
  });

  it("signs nothing for no receipts, and the same voucher again for the same ones", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    expect(() => issuer.issue()).toThrow(expect.objectContaining({ code: "nothing-to-pay" }));
    work(collector, issuer, 1);
    const first = issuer.issue();
    node.nowSeconds += 1_000n;
    expect(issuer.issue()).toEqual(first);
    const restarted = await openIssuer({ state: issuer.state() });
    expect(restarted.issue()).toEqual(first);
  });

  it("signs for its own receipts only, whatever the worker claims", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    work(collector, issuer, 2);
    const claim = collector.claim();
    const wrong = [
      { ...claim, count: 3 },
      { ...claim, totalUnits: 3n * PRICE },
      { ...claim, root: claim.root + 1n },
    ];
    for (const each of wrong) {
      expect(() => issuer.issue(each)).toThrow(expect.objectContaining({ code: "wrong-claim" }));
    }
    expect(issuer.issue(claim).count).toBe(2);
  });

  it("refuses to go on from a state that is older than what was drawn, or from another task's", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    const old = issuer.state();
    work(collector, issuer, 2);
    await pay(collector, issuer);
    await collector.drawAndWait();
    await expect(openIssuer({ state: old })).rejects.toMatchObject({ code: "stale-state" });
    await expect(openIssuer()).rejects.toMatchObject({ code: "stale-state" });
    const newest = issuer.state();
    await openIssuer({ state: newest });
    const damaged = { ...issuer.state(), count: "five" as `0x${string}` };
    await expect(openIssuer({ state: damaged })).rejects.toMatchObject({ code: "malformed-message" });
    task = await postAndClaim();
    await expect(openIssuer({ state: newest })).rejects.toMatchObject({ code: "changed-identity" });
  });
});

describe("VoucherCollector", () => {
  it("stops when the credit is used up, and goes on after a voucher", async () => {
    const [collector, issuer] = [await openCollector({ creditLimitUnits: 2n * PRICE }), await openIssuer()];
    work(collector, issuer, 2);
    expect(() => collector.demandCredit()).toThrow(expect.objectContaining({ code: "credit-exhausted" }));
    expect(() => collector.record(exchange(2))).toThrow(
      expect.objectContaining({ code: "credit-exhausted", actual: String(2n * PRICE) }),
    );
    await pay(collector, issuer);
    work(collector, issuer, 1);
    expect(collector.unpaidUnits).toBe(PRICE);
  });

  it("makes no receipt that the task cannot pay for", async () => {
    const collector = await openCollector({ priceOf: () => NRX, creditLimitUnits: 5n * NRX });
    collector.record(exchange(0));
    expect(() => collector.record(exchange(1))).toThrow(
      expect.objectContaining({ code: "reward-exhausted" }),
    );
  });

  it("takes no voucher that is not exactly for its receipts, by the requester, and good for long enough", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    work(collector, issuer, 3);
    const voucher = issuer.issue();
    const { words, authorization } = voucher;
    const stranger = await requester.build({
      kind: "drawTask",
      task,
      totalUnits: 3n * PRICE,
      receipts: words[3],
    });
    const sign = (terms: { maxFeeUnits?: bigint; validUntil?: bigint }) =>
      requester.build(
        { kind: "drawTask", task, totalUnits: 3n * PRICE, receipts: words[3] },
        { maxFeeUnits: authorization.maxFeeUnits, validUntil: authorization.validUntil, ...terms },
      );
    const wrong: [string, Voucher][] = [
      ["over more receipts", { ...voucher, count: 4 }],
      ["over fewer receipts", { ...voucher, count: 2 }],
      ["another amount", { ...voucher, words: [words[0] + (1n << 104n), words[1], words[2], words[3]] }],
      ["a fee", { ...voucher, words: [words[0] + (1n << 56n), words[1], words[2], words[3]] }],
      ["another root", { ...voucher, words: [words[0], words[1], words[2], words[3] + 1n] }],
      ["an unused part", { ...voucher, words: [words[0], 1n, words[2], words[3]] }],
      ["a nonce", { ...voucher, authorization: { ...authorization, nonce: 1n } }],
      [
        "another signature",
        { ...voucher, authorization: { ...stranger.authorization, validUntil: authorization.validUntil } },
      ],
      ["too short", { count: 3, ...(await sign({ validUntil: node.nowSeconds + 3_599n })) }],
      ["no fee allowed", { count: 3, ...(await sign({ maxFeeUnits: FEE - 1n })) }],
    ];
    for (const [, each] of wrong) {
      await expect(collector.accept(each)).rejects.toMatchObject({ code: "wrong-voucher" });
      expect(collector.best).toBeUndefined();
    }
    await collector.accept(voucher);
    await expect(collector.accept(voucher)).rejects.toMatchObject({ code: "wrong-voucher" });
  });

  it("takes a voucher that was signed while it worked on, and keeps the better of two", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    work(collector, issuer, 2);
    const early = issuer.issue();
    work(collector, issuer, 3);
    await collector.accept(early);
    expect([collector.vouchedUnits, collector.unpaidUnits]).toEqual([2n * PRICE, 3n * PRICE]);
    const late = await pay(collector, issuer);
    await expect(collector.accept(early)).rejects.toMatchObject({ code: "wrong-voucher" });
    expect(collector.best).toEqual(late);
  });

  it("takes no voucher for a task that is not claimed any more", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    work(collector, issuer, 1);
    await worker.send({ kind: "submitResult", task, result: 5n });
    node.nowSeconds += 11n;
    await expect(collector.accept(issuer.issue())).rejects.toMatchObject({ code: "wrong-phase" });
    await expect(collector.draw()).rejects.toMatchObject({ code: "wrong-phase" });
  });

  it("draws when enough has come together, when time runs out, and not before", async () => {
    const drawAtUnits = 4n * PRICE;
    const [collector, issuer] = [await openCollector({ drawAtUnits }), await openIssuer()];
    expect(await collector.drawIfDue()).toBeUndefined();
    await expect(collector.draw()).rejects.toMatchObject({ code: "nothing-to-pay" });
    work(collector, issuer, 1);
    await pay(collector, issuer);
    await expect(collector.draw()).rejects.toMatchObject({ code: "payout-too-small" });
    work(collector, issuer, 2);
    await pay(collector, issuer);
    expect(await collector.drawIfDue()).toBeUndefined();
    work(collector, issuer, 1);
    await pay(collector, issuer);
    expect(await collector.drawIfDue()).toMatch(/^0x/);
    expect(await collector.drawIfDue()).toBeUndefined();
    expect(await client.getTask(task)).toMatchObject({ drawnUnits: 4n * PRICE });
    work(collector, issuer, 2);
    await pay(collector, issuer);
    node.passSeconds(99_500n);
    expect(await collector.drawIfDue()).toMatch(/^0x/);
    expect(await client.getTask(task)).toMatchObject({ drawnUnits: 6n * PRICE });
  });

  it("submits no result while work is unpaid, draws before it submits, and says what it could not draw", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    work(collector, issuer, 3);
    await expect(collector.submitResult(worker, 7n)).rejects.toMatchObject({
      code: "unpaid-work",
      actual: String(3n * PRICE),
    });
    await pay(collector, issuer);
    await collector.drawAndWait();
    work(collector, issuer, 1);
    await pay(collector, issuer);
    work(collector, issuer, 1);
    const submitted = await collector.submitResult(worker, 7n, { forfeitUnits: PRICE });
    // One price is less than a hundred fees: the ledger would not pay it out by itself.
    expect(submitted.leftToVerdictUnits).toBe(PRICE);
    expect(await client.getTask(task)).toMatchObject({ phase: TASK_PHASE.submitted, drawnUnits: 3n * PRICE });
  });

  it("draws what is undrawn by itself before it submits", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    work(collector, issuer, 3);
    await pay(collector, issuer);
    expect((await collector.submitResult(worker, 7n)).leftToVerdictUnits).toBe(0n);
    expect(await client.getTask(task)).toMatchObject({ phase: TASK_PHASE.submitted, drawnUnits: 3n * PRICE });
  });

  it("refuses a state of another task, and a voucher that is not for the receipts beside it", async () => {
    const [collector, issuer] = [await openCollector(), await openIssuer()];
    work(collector, issuer, 2);
    await pay(collector, issuer);
    const state = collector.state();
    const damaged = { ...state, receipts: state.receipts.slice(0, 1) };
    await expect(openCollector({ state: damaged })).rejects.toMatchObject({ code: "wrong-voucher" });
    task = await postAndClaim();
    await expect(openCollector({ state })).rejects.toMatchObject({ code: "changed-identity" });
  });
});
