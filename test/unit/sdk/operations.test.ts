import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  LedgerAccount,
  NeuraClient,
  type OperationRequest,
  RESERVED_CELL,
  TASK_PHASE,
  toAddress,
  toWord,
} from "../../../sdk/index.ts";
import { partsOf, queuedPartsOf } from "../../../sdk/plans.ts";
import { opFields } from "../../../state/ledger/operation.ts";
import { domainOf } from "../../../state/ledger/stream.ts";
import { FakeNode } from "./fake-node.ts";
import { balanceUnitsOf, examined, ledgerAccount, walletOf } from "./wallets.ts";

const NRX = 1_000_000_000n;
const FEE = 1_000n;

let node: FakeNode;
let client: NeuraClient;
let requester: LedgerAccount;
let worker: LedgerAccount;
let verifier: LedgerAccount;

beforeEach(async () => {
  node = await FakeNode.start();
  client = new NeuraClient(node.url);
  requester = await ledgerAccount(node, client, 5, 100n * NRX);
  worker = await ledgerAccount(node, client, 6, 50n * NRX);
  verifier = await ledgerAccount(node, client, 7, 10n * NRX);
});
afterEach(() => node.stop());

/** Sends, and gives the operation as the node sequenced it. */
async function sequenced(account: LedgerAccount, request: OperationRequest) {
  const { id } = await account.send(request);
  const operation = await client.getOperation(id);
  expect(operation).toMatchObject({ level: "sequenced", kind: request.kind, valid: true });
  return operation as NonNullable<typeof operation>;
}

const registerModel = async () =>
  (
    await sequenced(worker, {
      kind: "registerModel",
      manifest: 77n,
      priceUnits: 2n * NRX,
      shareBasisPoints: 1000n,
    })
  ).object;

const taskRequest = async (model: number) =>
  ({
    kind: "postTask",
    taskKind: "inference",
    input: 42n,
    verifier: await verifier.id(),
    model,
    rewardUnits: 10n * NRX,
    verifierFeeUnits: NRX,
    bondUnits: 3n * NRX,
    deadlineSeconds: node.nowSeconds + 3600n,
    windowSeconds: 172_800n,
    silenceAccepts: true,
  }) as const;

describe("operations that the SDK builds and signs are accepted by the ledger", () => {
  it("updateModel sets a model's terms, and claimRevenue pays its owner", async () => {
    const model = await registerModel();
    const terms = { manifest: 78n, priceUnits: NRX, shareBasisPoints: 2000n };
    await sequenced(worker, { kind: "updateModel", model, status: "active", terms });
    expect(await client.getModel(model)).toMatchObject({ manifest: 78n, priceUnits: NRX, share: 2000n });
    const task = (await sequenced(requester, await taskRequest(model))).object;
    await sequenced(worker, { kind: "claimTask", task: await examined(client, task) });
    await sequenced(worker, { kind: "submitResult", task, result: 5n });
    await sequenced(verifier, { kind: "settleTask", task: await examined(client, task), accept: true });
    const before = await balanceUnitsOf(worker);
    await sequenced(worker, { kind: "claimRevenue", model });
    expect(await balanceUnitsOf(worker)).toBe(before + 2n * NRX - FEE);
    expect(await client.getModel(model)).toMatchObject({ revenueUnits: 0n });
  });

  it("drawTask, signed by the requester and sent by another, pays the worker by the voucher", async () => {
    const task = (await sequenced(requester, await taskRequest(0))).object;
    await sequenced(worker, { kind: "claimTask", task: await examined(client, task) });
    const before = await balanceUnitsOf(worker);
    const voucher = await requester.build({ kind: "drawTask", task, totalUnits: 4n * NRX, receipts: 9n });
    await client.sendOperation(voucher);
    expect(await client.getTask(task)).toMatchObject({ drawnUnits: 4n * NRX });
    expect(await balanceUnitsOf(worker)).toBe(before + (4n * NRX * 98n) / 100n - FEE);
  });

  it("expireTask ends a task after its deadline, and refunds the requester", async () => {
    const task = (await sequenced(requester, await taskRequest(0))).object;
    const before = await balanceUnitsOf(requester);
    await expect(worker.send({ kind: "expireTask", task })).rejects.toMatchObject({ code: "too-early" });
    node.passSeconds(3600n);
    await sequenced(worker, { kind: "expireTask", task });
    expect(await client.getTask(task)).toMatchObject({ phase: TASK_PHASE.refunded });
    expect(await balanceUnitsOf(requester)).toBe(before + 11n * NRX);
  });

  it("transfer moves the amount and takes the fee", async () => {
    const to = await worker.id();
    const operation = await sequenced(requester, { kind: "transfer", to, amountUnits: 7n * NRX });
    expect(operation.feeUnits).toBe(FEE);
    expect(await balanceUnitsOf(requester)).toBe(93n * NRX - FEE);
    expect(await balanceUnitsOf(worker)).toBe(57n * NRX);
  });

  it("transfer to the gateway credits the wallet in the contract lane", async () => {
    const memo = walletOf(9).address;
    await sequenced(requester, { kind: "transfer", to: RESERVED_CELL.gateway, amountUnits: NRX, memo });
    expect(await client.getEvmBalanceWei(memo)).toBe(10n ** 18n);
  });

  it("openAccount opens the account that a key and an address name", async () => {
    const other = await ledgerAccount(node, client, 8, 0n);
    const { l1Address, publicKey } = other.key;
    await sequenced(requester, { kind: "openAccount", l1Address, publicKey, amountUnits: NRX });
    expect(await other.state()).toMatchObject({ balanceUnits: NRX, nonce: 0n });
    expect(await balanceUnitsOf(requester)).toBe(99n * NRX - 100n * FEE);
  });

  it("withdraw appears among the batch's withdrawals", async () => {
    const recipient = toAddress(0xfeedn);
    await sequenced(requester, { kind: "withdraw", recipient, amountUnits: 5n * NRX });
    node.confirm("settled");
    expect((await client.getBatch(1))?.withdrawals).toEqual([
      { chain: "home", recipient, amountUnits: 5n * NRX },
    ]);
  });

  it("a task goes from posting to acceptance, and the reward is split", async () => {
    const model = await registerModel();
    const { object: id } = await sequenced(requester, await taskRequest(model));
    await sequenced(worker, { kind: "claimTask", task: await examined(client, id) });
    await sequenced(worker, { kind: "submitResult", task: id, result: 43n });
    await sequenced(verifier, { kind: "settleTask", task: await examined(client, id), accept: true });
    expect(await client.getTask(id)).toMatchObject({ phase: TASK_PHASE.accepted, result: 43n });
    // 10 NRX: 2 % treasury, 10 % model, 88 % worker. Fees: two of the worker and that of its model, one each of the others.
    expect(await balanceUnitsOf(worker)).toBe(50n * NRX + (88n * NRX) / 10n - 102n * FEE);
    expect((await client.getModel(model))?.revenueUnits).toBe(NRX);
    expect(await balanceUnitsOf(verifier)).toBe(11n * NRX - FEE);
  });

  it("a rejection is signed for the requester, who gets the reward back", async () => {
    const { object: id } = await sequenced(requester, await taskRequest(0));
    await sequenced(worker, { kind: "claimTask", task: await examined(client, id) });
    await sequenced(worker, { kind: "submitResult", task: id, result: 43n });
    await sequenced(verifier, { kind: "settleTask", task: await examined(client, id), accept: false });
    expect(await client.getTask(id)).toMatchObject({ phase: TASK_PHASE.rejected });
    expect(await balanceUnitsOf(requester)).toBe(99n * NRX - FEE);
    expect(await balanceUnitsOf(worker)).toBe(47n * NRX - 2n * FEE);
  });
});

describe("LedgerAccount", () => {
  it("gives operations that are sent at once successive nonces", async () => {
    const to = await worker.id();
    node.isPaused = true;
    const sent = await Promise.all(
      [1n, 2n, 3n].map((amountUnits) => requester.send({ kind: "transfer", to, amountUnits })),
    );
    node.resume();
    const levels = await Promise.all(sent.map(({ id }) => client.getOperation(id)));
    expect(levels.map((operation) => operation?.level)).toEqual(["sequenced", "sequenced", "sequenced"]);
    expect((await requester.state())?.nonce).toBe(3n);
  });

  it("goes on after an operation that the node refused", async () => {
    const to = await worker.id();
    await expect(requester.send({ kind: "transfer", to, amountUnits: 1000n * NRX })).rejects.toMatchObject({
      name: "NeuraRpcError",
      code: "insufficient-balance",
      expected: String(1000n * NRX + FEE),
      actual: String(100n * NRX),
    });
    await sequenced(requester, { kind: "transfer", to, amountUnits: NRX });
  });

  it("tells somebody without an account to deposit", async () => {
    const stranger = await ledgerAccount(node, client, 11, 0n);
    await expect(stranger.send({ kind: "expireTask", task: 6 })).rejects.toMatchObject({
      code: "unknown-account",
    });
  });
});

describe("what is signed cannot be redirected", () => {
  it("refuses a recipient that is another's account than named", async () => {
    const to = await worker.id();
    const toL1Address = verifier.key.l1Address;
    const request = { kind: "transfer", to, amountUnits: NRX, toL1Address } as const;
    await expect(requester.send(request)).rejects.toMatchObject({ code: "changed-identity" });
  });

  it("a claim is for the task that was examined, not for one that took its cell", async () => {
    const { object: id } = await sequenced(requester, await taskRequest(0));
    const task = await client.getTask(id);
    if (task === null) throw new Error("the task was not posted");
    const other = { ...task, terms: task.terms + (1n << 24n) };
    await expect(worker.send({ kind: "claimTask", task: other })).rejects.toMatchObject({
      code: "wrong-signature",
    });
    await sequenced(worker, { kind: "claimTask", task });
  });

  it("a claim is for the input that was examined", async () => {
    const { object: id } = await sequenced(requester, await taskRequest(0));
    const task = await examined(client, id);
    await expect(worker.send({ kind: "claimTask", task: { ...task, content: 43n } })).rejects.toMatchObject({
      code: "stale-content",
      expected: "42",
      actual: "43",
    });
    const claim = await worker.build({ kind: "claimTask", task });
    expect(opFields(claim.words).w3).toBe(task.content);
  });

  it("a claim is for the verifier that was examined: a node that shows another account gets a useless signature", async () => {
    const { object: id } = await sequenced(requester, await taskRequest(0));
    const task = await examined(client, id);
    const verifierL1Address = worker.key.l1Address;
    await expect(worker.send({ kind: "claimTask", task, verifierL1Address })).rejects.toMatchObject({
      code: "changed-identity",
    });
    const verifierId = await verifier.id();
    node.tamper = (method, result) => {
      const shown = result as { id?: string };
      return method === "neura_getAccount" && BigInt(shown.id ?? 0) === BigInt(verifierId)
        ? { ...shown, l1Address: verifierL1Address }
        : result;
    };
    await expect(worker.send({ kind: "claimTask", task })).rejects.toMatchObject({ code: "wrong-signature" });
  });

  it("a task is posted for the share and the manifest of the model that was examined", async () => {
    const id = await registerModel();
    const model = await client.getModel(id);
    if (model === null) throw new Error("the model was not registered");
    const request = { ...(await taskRequest(0)), model };
    const terms = { manifest: model.manifest, priceUnits: model.priceUnits, shareBasisPoints: 2000n };
    await sequenced(worker, { kind: "updateModel", model: id, status: "active", terms });
    await expect(requester.send(request)).rejects.toMatchObject({
      code: "stale-share",
      expected: "2000",
      actual: "1000",
    });
    const changed = { ...terms, manifest: 78n, shareBasisPoints: model.share };
    await sequenced(worker, { kind: "updateModel", model: id, status: "active", terms: changed });
    await expect(requester.send(request)).rejects.toMatchObject({ code: "wrong-signature" });
    const posted = await sequenced(requester, { ...request, model: id });
    expect(await client.getTask(posted.object)).toMatchObject({ model: id, share: model.share });
  });

  it("a task whose parts are shown otherwise than its words, which are signed, is not shown at all", async () => {
    const { object: id } = await sequenced(requester, await taskRequest(0));
    for (const part of ["verifier", "deadline", "rewardUnits", "bondUnits"]) {
      node.tamper = (method, result) =>
        method === "neura_getTask" ? { ...(result as object), [part]: "0x1" } : result;
      await expect(client.getTask(id)).rejects.toMatchObject({
        code: "unexpected-response",
        where: `neura_getTask.${part}`,
      });
    }
  });

  it("a signature for another network is worthless here", async () => {
    const info = await client.chainInfo();
    const domain = toWord(domainOf(1n, BigInt(info.homeContract)));
    node.tamper = (method, result) =>
      method === "neura_chainInfo" ? { ...(result as object), homeChainId: "0x1", domain } : result;
    const misled = new LedgerAccount(new NeuraClient(node.url), requester.key, () => node.nowSeconds);
    const request = { kind: "transfer", to: await worker.id(), amountUnits: NRX } as const;
    await expect(misled.send(request)).rejects.toMatchObject({ code: "wrong-signature" });
  });

  it("nothing is signed for a node whose domain is not that of its home contract", async () => {
    node.tamper = (method, result) =>
      method === "neura_chainInfo" ? { ...(result as object), homeChainId: "0x1" } : result;
    await expect(new NeuraClient(node.url).chainInfo()).rejects.toMatchObject({ code: "wrong-domain" });
  });
});

describe("what is queued, with nobody's signature,", () => {
  it("names its task whole: terms, money and what the kind says of its content", async () => {
    const { object: id } = await sequenced(requester, await taskRequest(0));
    const task = await examined(client, id);
    const { terms: w1, money: w2, content: w3 } = task;
    const requests: OperationRequest[] = [
      { kind: "claimTask", task },
      { kind: "submitResult", task, result: 5n },
      { kind: "settleTask", task, accept: true },
      { kind: "drawTask", task, totalUnits: 1n, receipts: 6n },
      { kind: "expireTask", task },
    ];
    const queued = requests.map(queuedPartsOf);
    expect(queued).toMatchObject(requests.map(({ kind }) => ({ kind, object: id, w1, w2 })));
    expect(queued.map((parts) => parts.w3)).toEqual([w3, 5n, w3, 6n, undefined]);
    for (const request of requests) expect(partsOf(request)).not.toHaveProperty("w1");
  });

  it("is not made for a task or a model of which only the number is given", async () => {
    const unexamined = expect.objectContaining({ code: "unexamined-state" });
    for (const kind of ["submitResult", "expireTask"] as const) {
      expect(() => queuedPartsOf({ kind, task: 9, result: 1n })).toThrow(unexamined);
    }
    const post = await taskRequest(0);
    expect(() => queuedPartsOf({ ...post, model: 9 })).toThrow(unexamined);
    expect(queuedPartsOf(post)).toEqual(partsOf(post));
  });
});

describe("postTask", () => {
  it("warns when window or deadline is shorter than the home chain's delays", async () => {
    const delays = { inclusionDelaySeconds: 600n, freezeDelaySeconds: 1_800n, maxTimeLagSeconds: 40n };
    const account = new LedgerAccount(client, requester.key, () => node.nowSeconds, delays);
    const request = { ...(await taskRequest(0)), windowSeconds: 2_440n };
    expect((await account.build(request)).warnings).toEqual([]);
    const short = { ...request, windowSeconds: 2_439n, deadlineSeconds: node.nowSeconds + 100n };
    expect((await account.build(short)).warnings).toMatchObject([
      { code: "window-below-forced-inclusion", seconds: 2_439n, forcedInclusionSeconds: 2_440n },
      { code: "deadline-below-forced-inclusion", seconds: 100n, forcedInclusionSeconds: 2_440n },
    ]);
  });

  it("is judged by eight days, the delays of chains that are not local ones, unless it is told others", async () => {
    const delays = 691_200n;
    const request = { ...(await taskRequest(0)), deadlineSeconds: node.nowSeconds + delays };
    expect((await requester.build({ ...request, windowSeconds: delays })).warnings).toEqual([]);
    expect((await requester.build({ ...request, windowSeconds: delays - 1n })).warnings).toMatchObject([
      { code: "window-below-forced-inclusion" },
    ]);
  });

  it("refuses a verifier, and a model, that do not exist", async () => {
    const request = await taskRequest(0);
    await expect(requester.build({ ...request, verifier: 400 })).rejects.toMatchObject({
      code: "unknown-account",
    });
    await expect(requester.build({ ...request, model: 400 })).rejects.toMatchObject({
      code: "unknown-model",
    });
  });

  it("names the part that is out of range", async () => {
    const request = await taskRequest(0);
    await expect(requester.build({ ...request, rewardUnits: 2n ** 64n })).rejects.toThrow(
      /reward must fit 64 bits/,
    );
  });
});
