import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  demandMembership,
  demandReceipt,
  type LedgerAccount,
  TASK_PHASE,
  taskContentOf,
  VoucherCollector,
  VoucherIssuer,
} from "../../../sdk/index.ts";
import { SequencerNode } from "./sequencer-node.ts";

const NRX = 1_000_000_000n;
const FEE = 100n;
const INPUT = 4242n;
const RESULT = 1234n;
const PRICE = 1_000n;
const RECEIPTS = 1_000;
/** A voucher after every so many receipts. */
const VOUCHER_EVERY = 100;

let node: SequencerNode;
let requester: LedgerAccount;
let worker: LedgerAccount;

beforeAll(async () => {
  node = await SequencerNode.start(FEE);
  requester = await node.account(5, 10n * NRX);
  worker = await node.account(6, NRX);
});
afterAll(() => node?.stop());

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
    deadlineSeconds: node.nowSeconds + 86_400n,
    windowSeconds: 3_600n,
    silenceAccepts: true,
  });
  const task = (await node.client.getOperation(id))?.object ?? 0;
  await worker.send({ kind: "claimTask", task });
  return task;
}

async function openSides(task: number) {
  const shared = {
    client: node.client,
    task,
    priceOf: () => PRICE,
    nowSeconds: () => node.nowSeconds,
  };
  return {
    issuer: await VoucherIssuer.open({ ...shared, account: requester }),
    collector: await VoucherCollector.open({ ...shared, creditLimitUnits: PRICE * BigInt(VOUCHER_EVERY) }),
  };
}

async function stream(
  count: number,
  { issuer, collector }: Awaited<ReturnType<typeof openSides>>,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const index = collector.receipts.count;
    const exchange = { input: Uint8Array.of(index & 255, index >> 8), output: Uint8Array.of(index & 255) };
    issuer.accept(collector.record(exchange), exchange);
    const isLast = i === count - 1;
    if ((i + 1) % VOUCHER_EVERY === 0 || isLast) await collector.accept(issuer.issue(collector.claim()));
  }
}

describe("the node, with streamed inferences", () => {
  it("settles a thousand of them with one operation, each provable under the root in the ledger", async () => {
    const task = await postAndClaim();
    const sides = await openSides(task);
    const before = (await worker.state())?.balanceUnits ?? 0n;
    await stream(RECEIPTS, sides);
    const { collector } = sides;
    const id = await collector.drawAndWait();
    const operation = await node.client.getOperation(id);
    expect(operation).toMatchObject({ kind: "drawTask", level: "sequenced", valid: true, feeUnits: FEE });
    const total = BigInt(RECEIPTS) * PRICE;
    expect(await worker.state()).toMatchObject({ balanceUnits: before + (total * 98n) / 100n - FEE });

    const state = await node.client.getTask(task);
    if (state === null) throw new Error("the task is gone");
    expect(state.receipts).toEqual([
      { root: collector.receipts.rootAt(RECEIPTS), drawnUnits: total, operationId: id },
    ]);
    expect(taskContentOf(INPUT, state.receipts, null)).toBe(state.content);
    const network = await node.client.chainInfo();
    for (const index of [0, 1, 499, RECEIPTS - 1]) {
      demandReceipt(collector.receipts.proof(index), state.receipts[0]?.root ?? 0n, network);
    }
    // The root is not the node's word: the content is in a cell under the root of a batch.
    await node.build({ closing: true });
    const proof = await node.client.getLedgerProof(task);
    demandMembership(proof, node.sequencer.batchedLedger.root(), network.levels);
    expect(proof.fields[3]).toBe(taskContentOf(INPUT, state.receipts, null));
  });

  it("keeps the roots of many draws, in order", async () => {
    const draws = 18;
    const task = await postAndClaim();
    const sides = await openSides(task);
    for (let draw = 0; draw < draws; draw++) {
      await stream(12, sides);
      await sides.collector.drawAndWait();
    }
    const submitted = await sides.collector.submitResult(worker, RESULT);
    expect(submitted.leftToVerdictUnits).toBe(0n);
    const state = await node.client.getTask(task);
    if (state === null) throw new Error("the task is gone");
    expect(state).toMatchObject({ receiptsCount: draws, phase: TASK_PHASE.submitted });
    expect(state.receipts).toHaveLength(16);
    const all = await node.client.getReceipts(state);
    expect(all.map(({ drawnUnits }) => drawnUnits)).toEqual(
      Array.from({ length: draws }, (_, i) => BigInt(12 * (i + 1)) * PRICE),
    );
    expect(taskContentOf(INPUT, all, RESULT)).toBe(state.content);
    expect(taskContentOf(INPUT, state.receipts, RESULT)).not.toBe(state.content);
    for (const { operationId, root } of all) {
      expect(await node.client.getOperation(operationId)).toMatchObject({ kind: "drawTask", valid: true });
      expect((await node.client.getOperation(operationId))?.words[3]).toBe(root);
    }
  });

  it("refuses a voucher after the submission, and the worker's side says so before it is sent", async () => {
    const task = await postAndClaim();
    const { issuer, collector } = await openSides(task);
    await stream(20, { issuer, collector });
    const voucher = issuer.issue();
    await worker.send({ kind: "submitResult", task, result: RESULT });
    await expect(node.client.sendOperation(voucher)).rejects.toMatchObject({ code: "wrong-phase" });
    await expect(collector.draw()).rejects.toMatchObject({ name: "SdkError", code: "wrong-phase" });
  });
});
