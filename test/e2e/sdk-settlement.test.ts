import { type Address, BaseError, ContractFunctionRevertedError } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  deriveLedgerKey,
  HomeChain,
  LedgerAccount,
  MirrorChain,
  type ModelState,
  type NeuraClient,
  type OperationRequest,
  poll,
  queuedOperationId,
  SettlementReader,
  TASK_PHASE,
  WEI_PER_UNIT,
  waitForLevel,
} from "../../sdk/index.ts";
import { OP_CODE, opFields, opWords } from "../../state/ledger/operation.ts";
import { account } from "../fixtures/contracts/settlement.ts";
import { AnvilNetwork } from "../fixtures/sdk/anvil-network.ts";
import { HOME_CHAIN_ID, HOME_CONTRACT } from "../unit/sdk/sequencer-node.ts";
import { examined } from "../unit/sdk/wallets.ts";

const NRX = 1_000_000_000n;
const user = account(5);

let network: AnvilNetwork;
let client: NeuraClient;
let home: HomeChain;
let mirror: MirrorChain;
let ledger: LedgerAccount;
let faucet: HomeChain;

beforeAll(async () => {
  network = await AnvilNetwork.start();
  client = network.node.client;
  const { token, mirrors } = network.contracts;
  const { rpcUrl } = network;
  const options = { name: "home", chainId: HOME_CHAIN_ID, rpcUrl, contract: HOME_CONTRACT, token };
  faucet = new HomeChain({ ...options, account: account(0) });
  await faucet.fund([{ wallet: user.address, etherWei: 10n ** 18n, tokenWei: 200n * 10n ** 18n }]);
  home = new HomeChain({ ...options, account: user });
  mirror = new MirrorChain({
    name: "arbitrum",
    chainId: HOME_CHAIN_ID,
    rpcUrl,
    contract: mirrors[0] as Address,
    account: user,
  });
  const key = await deriveLedgerKey(user, await client.chainInfo());
  ledger = new LedgerAccount(client, key, () => network.node.nowSeconds, await home.terms());
});

afterAll(() => network?.close());

/** Name of the contract's error that a call was refused with. */
async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  const error = await call.catch((reason: unknown) => reason);
  if (!(error instanceof BaseError)) throw new Error("the call was not refused", { cause: error });
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  return (reverted as ContractFunctionRevertedError | null)?.data?.errorName;
}

const settled = (id: `0x${string}`) => waitForLevel(client, id, "settled", { pollMs: 20, timeoutMs: 60_000 });

/** Queues an operation on the home chain and waits until a batch with it is settled. */
async function forced(request: OperationRequest) {
  const queued = await home.enqueue(await ledger.id(), request);
  const operation = await settled(queued.id);
  expect(operation).toMatchObject({ kind: request.kind, valid: true, feeUnits: 0n });
  return operation;
}

describe("HomeChain", () => {
  it("reads the terms that the contract was deployed with, and the queue", async () => {
    expect(await home.terms()).toMatchObject({
      inclusionDelaySeconds: 600n,
      entryIntervalSeconds: 2n,
      freezeDelaySeconds: 1_800n,
      bondDelaySeconds: 3_600n,
      maxTimeLagSeconds: 43_200n,
      feeStepWei: 10n ** 13n,
      mirrorCount: 2,
    });
    expect(await home.queue()).toMatchObject({ waiting: 0n, feeWei: 0n });
    expect(await home.isFrozen()).toBe(false);
  });

  it("queues deposits that the ledger understands, and names them by their place in the queue", async () => {
    const deposit = await home.deposit(ledger.key, 100n * NRX);
    const toEvm = await home.depositToEvm(user.address, 20n);
    expect([deposit.index, toEvm.index]).toEqual([0n, 1n]);
    expect([deposit.id, toEvm.id]).toEqual([queuedOperationId(0n), queuedOperationId(1n)]);
    expect(deposit.deadline).toBe(deposit.queuedAt + 600n);
    const { x, y } = ledger.key.publicKey;
    const w1 = BigInt(user.address);
    expect(deposit.words).toEqual(opWords({ kind: "deposit", amountUnits: 100n * NRX, w1, w2: x, w3: y }));
    expect(opFields(toEvm.words)).toMatchObject({ kind: "depositToEvm", amountUnits: 20n, object: 3, w1 });
    expect(await home.tokenBalanceWei(HOME_CONTRACT)).toBe((100n * NRX + 20n) * WEI_PER_UNIT);
    await settled(toEvm.id);
    expect((await ledger.state())?.balanceUnits).toBe(100n * NRX);
  });

  it("refuses with the contract's own error, before anything is sent", async () => {
    const sent = await network.chain.client.getTransactionCount({ address: user.address });
    expect(await refusal(home.deposit(ledger.key, 0n))).toBe("ZeroAmount");
    expect(await refusal(home.deposit({ ...ledger.key, publicKey: { x: 1n, y: 2n } }, NRX))).toBe(
      "InvalidKey",
    );
    expect(await refusal(home.claimWithdrawal({ number: 1, withdrawals: [] }, 0))).toBe("WrongWithdrawals");
    const words = opWords({ kind: "transfer", sender: 5, object: 3, amountUnits: 1n });
    expect(await refusal(home.enqueueWords([words[0] + (1n << 56n), 0n, 0n, 0n]))).toBe("QueuedFeeNotZero");
    expect(await refusal(home.enqueueWords([1n << 192n, 0n, 0n, 0n]))).toBe("QueuedWordTooLarge");
    expect(await refusal(home.enqueueWords(opWords({ kind: "deposit", amountUnits: 1n })))).toBe(
      "DepositWithoutTokens",
    );
    // The allowance of the second deposit.
    expect(await network.chain.client.getTransactionCount({ address: user.address })).toBe(sent + 1);
  });
});

describe("operations that are queued on the home chain", () => {
  const terms = { manifest: 8n, priceUnits: NRX, shareBasisPoints: 500n };
  let model: number;

  const taskRequest = (id: number, more: { deadlineSeconds?: bigint; model?: ModelState } = {}) =>
    ({
      kind: "postTask",
      taskKind: "inference",
      input: 42n,
      verifier: id,
      model: more.model ?? 0,
      rewardUnits: 2n * NRX,
      verifierFeeUnits: 1n,
      bondUnits: 1n,
      deadlineSeconds: more.deadlineSeconds ?? network.node.nowSeconds + 86_400n,
      windowSeconds: 3_600n,
      silenceAccepts: false,
    }) as const;

  it("of every kind are valid in the ledger, without a node that takes them", async () => {
    const id = await ledger.id();
    const other = await deriveLedgerKey(account(6), await client.chainInfo());
    const kinds = new Set<string>(["deposit", "depositToEvm"]);
    const queue = async (request: OperationRequest) => {
      kinds.add(request.kind);
      return (await forced(request)).object;
    };
    await queue({
      kind: "openAccount",
      l1Address: other.l1Address,
      publicKey: other.publicKey,
      amountUnits: 5n,
    });
    await queue({ kind: "transfer", to: id, amountUnits: 7n });
    await queue({ kind: "withdraw", recipient: user.address, amountUnits: 3n });
    model = await queue({ kind: "registerModel", manifest: 7n, priceUnits: NRX, shareBasisPoints: 100n });
    await queue({ kind: "updateModel", model, status: "active", terms });
    const shown = await client.getModel(model);
    if (shown === null) throw new Error("the model is gone");
    const task = await queue(taskRequest(id, { model: shown }));
    await queue({ kind: "claimTask", task: await examined(client, task) });
    await queue({ kind: "drawTask", task: await examined(client, task), totalUnits: NRX, receipts: 11n });
    await queue({ kind: "submitResult", task: await examined(client, task), result: 12n });
    await queue({ kind: "settleTask", task: await examined(client, task), accept: true });
    expect(await client.getTask(task)).toMatchObject({ phase: TASK_PHASE.accepted, drawnUnits: NRX });
    await queue({ kind: "claimRevenue", model });
    const late = await queue(taskRequest(id, { deadlineSeconds: network.node.nowSeconds + 60n }));
    await network.passSeconds(120n);
    await queue({ kind: "expireTask", task: await examined(client, late) });
    expect(await client.getTask(late)).toMatchObject({ phase: TASK_PHASE.refunded });
    const noop = await settled((await home.enqueueWords([0n, 0n, 0n, 0n])).id);
    kinds.add(noop.kind);
    expect([...kinds].sort()).toEqual(Object.keys(OP_CODE).sort());
  });

  it("on a task are no-ops once its cell holds another one", async () => {
    const sender = await ledger.id();
    const { object } = await forced(taskRequest(sender, { deadlineSeconds: network.node.nowSeconds + 60n }));
    await network.passSeconds(120n);
    const task = await examined(client, object);
    const other = { ...task, terms: task.terms + (1n << 24n) };
    const queued = await home.enqueue(sender, { kind: "expireTask", task: other });
    await expect(settled(queued.id)).rejects.toMatchObject({ code: "operation-rejected" });
    expect(await client.getOperation(queued.id)).toMatchObject({
      valid: false,
      reason: { code: "stale-task" },
    });
    await forced({ kind: "expireTask", task });
  });

  it("are no-ops if they are not valid, or not the caller's own", async () => {
    const queued = await home.enqueue(3, { kind: "transfer", to: await ledger.id(), amountUnits: 1n });
    await expect(settled(queued.id)).rejects.toMatchObject({ code: "operation-rejected" });
    expect(await client.getOperation(queued.id)).toMatchObject({
      valid: false,
      reason: { code: "wrong-caller" },
    });
  });

  it("are refused where a guard could not be checked, or a state is missing", async () => {
    const toL1Address = user.address;
    await expect(
      home.enqueue(5, { kind: "transfer", to: 5, amountUnits: 1n, toL1Address }),
    ).rejects.toMatchObject({ code: "unchecked-identity" });
    await expect(home.enqueue(5, { kind: "expireTask", task: 9 })).rejects.toMatchObject({
      code: "unexamined-state",
    });
    await expect(home.enqueue(5, { ...taskRequest(5), model })).rejects.toMatchObject({
      code: "unexamined-state",
    });
  });

  it("pay the queue's fee once many wait, and what is too much comes back", async () => {
    const { client: chain } = network.chain;
    await network.pauseNode();
    const first = (await home.queue()).waiting;
    for (let i = first; i < 16n; i++) await home.enqueueWords([0n, 0n, 0n, 0n]);
    const { feeWei } = await home.queue();
    expect(feeWei).toBe(10n ** 13n);
    const potBefore = await chain.getBalance({ address: HOME_CONTRACT });
    await home.enqueueWords([0n, 0n, 0n, 0n]);
    expect((await chain.getBalance({ address: HOME_CONTRACT })) - potBefore).toBe(feeWei);
    const { newestDeadline } = await home.queue();
    expect((await home.enqueueWords([0n, 0n, 0n, 0n])).deadline).toBeGreaterThanOrEqual(newestDeadline + 2n);
    network.resumeNode();
    await poll("the queue to be empty", async () => ((await home.queue()).waiting === 0n ? true : undefined));
  });
});

describe("withdrawals", () => {
  it("are claimed at home, once", async () => {
    const { id } = await ledger.send({ kind: "withdraw", recipient: user.address, amountUnits: 7n });
    const { batchNumber } = await settled(id);
    const batch = await client.getBatch(batchNumber ?? 0);
    if (batch === null) throw new Error("the batch is gone");
    const index = batch.withdrawals.findIndex(({ amountUnits }) => amountUnits === 7n);
    const beforeWei = await home.tokenBalanceWei(user.address);
    expect(await home.isClaimed(batch.number, index)).toBe(false);
    await home.claimWithdrawal(batch, index);
    expect(await home.isClaimed(batch.number, index)).toBe(true);
    expect((await home.tokenBalanceWei(user.address)) - beforeWei).toBe(7n * WEI_PER_UNIT);
    expect(await refusal(home.claimWithdrawal(batch, index))).toBe("AlreadyClaimed");
    const forged = { ...batch, withdrawals: batch.withdrawals.map((w) => ({ ...w, amountUnits: 8n })) };
    expect(await refusal(home.claimWithdrawal(forged, index))).toBe("WrongWithdrawals");
  });

  it("to a mirror become bridged NRX there, and go home again", async () => {
    const number = await mirror.mirrorNumber();
    const recipient = user.address;
    const { id } = await ledger.send({ kind: "withdraw", recipient, amountUnits: 50n, mirror: number });
    const { batchNumber } = await settled(id);
    const batch = await client.getBatch(batchNumber ?? 0);
    expect(batch?.withdrawals).toEqual([
      { chain: "arbitrum", recipient: recipient.toLowerCase(), amountUnits: 50n },
    ]);
    if (batch === null) throw new Error("the batch is gone");
    await poll("the mirror to have the batch", async () =>
      (await mirror.latestBatchNumber()) >= batch.number ? true : undefined,
    );
    expect(await mirror.isClaimed(batch.number, 0)).toBe(false);
    await mirror.claimWithdrawal(batch, 0);
    expect(await mirror.isClaimed(batch.number, 0)).toBe(true);
    expect(await mirror.bridgedBalanceWei(recipient)).toBe(50n * WEI_PER_UNIT);
    expect(await refusal(mirror.claimWithdrawal(batch, 0))).toBe("AlreadyClaimed");
    const queued = await mirror.returnHome(ledger.key, 20n);
    expect(queued).toMatchObject({ index: 0n, amountUnits: 20n });
    expect((await mirror.returnHome(ledger.key, 5n)).index).toBe(1n);
    expect(await mirror.bridgedBalanceWei(recipient)).toBe(25n * WEI_PER_UNIT);
    expect(await refusal(mirror.returnHome(ledger.key, 26n))).toBe("InsufficientBalance");
    expect(await refusal(mirror.returnHome(ledger.key, 0n))).toBe("ZeroAmount");
  });
});

describe("SettlementReader", () => {
  it("reads roots, and has none for a batch that the chain has not accepted", async () => {
    const contract: Address = HOME_CONTRACT;
    const reader = new SettlementReader({
      name: "home",
      chainId: HOME_CHAIN_ID,
      rpcUrl: network.rpcUrl,
      contract,
    });
    const latest = await reader.latestBatchNumber();
    const batch = await client.getBatch(latest);
    expect(await reader.rootOf(latest)).toBe(batch?.rootAfter);
    expect(await reader.rootOf(0)).toBe((await client.getBatch(1))?.rootBefore);
    expect(await reader.rootOf(latest + 100)).toBeUndefined();
    expect(await reader.receiptOf(`0x${"1".repeat(64)}`)).toBeUndefined();
  });

  it("refuses the RPC of another chain", async () => {
    const { rpcUrl } = network;
    const reader = new SettlementReader({ name: "home", chainId: 1, rpcUrl, contract: HOME_CONTRACT });
    await expect(reader.demandChain()).rejects.toMatchObject({
      code: "wrong-chain",
      expected: "1",
      actual: "31337",
    });
  });
});
