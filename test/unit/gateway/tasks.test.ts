import { encodeFunctionData, zeroAddress } from "viem";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ContractArtifact } from "../../../contracts/compile.ts";
import {
  expireTaskCall,
  failureCode,
  gatewayAddress,
  postTaskCall,
  settleTaskCall,
} from "../../../sdk/index.ts";
import { rewindTo } from "../../../sequencer/rewind.ts";
import { CURSOR, readCursor } from "../../../state/store/records.ts";
import { laneContract } from "../../fixtures/lane/lane-contracts.ts";
import { INPUT, inference, LedgerPeople, later } from "./gateway-tasks.ts";
import { FEE_UNITS, GatewayWorld, named, RICH_UNITS, WEI_PER_UNIT, wallet } from "./gateway-world.ts";

const compileTimeoutMs = 120_000;
const feeWei = FEE_UNITS * WEI_PER_UNIT;
const [ACCEPTED, REJECTED, REFUNDED, PAID_ON_SILENCE] = [4, 5, 6, 7];
/** The answer. */
const RESULT = 42n;

let caller: ContractArtifact;
let board: ContractArtifact;
let committee: ContractArtifact;
let world: GatewayWorld;
let people: LedgerPeople;
let worker: number;
let verifier: number;

beforeAll(async () => {
  caller = await laneContract("GatewayCaller");
  board = await laneContract("ReviewedBoard");
  committee = await laneContract("CommitteeVerifier");
}, compileTimeoutMs);

beforeEach(async () => {
  world = await GatewayWorld.open();
  people = new LedgerPeople(world);
  worker = await world.sequencer.fund("worker", RICH_UNITS);
  verifier = await world.sequencer.fund("verifier", RICH_UNITS);
});

afterEach(async () => {
  await world.sequencer.buildAll({ closing: true });
  expect(world.supplyWei()).toBe(world.gatewayUnits * WEI_PER_UNIT);
  expect(await world.balance(gatewayAddress)).toBe(0n);
  await world.close();
});

const codeOf = async (id: bigint) => failureCode((await world.gateway("outcomeOf", id))[1]);
const units = (id: number) => world.sequencer.scenario().account(id).balance;

/** Posts for a contract that notes what it is told. */
async function postFrom(
  author: `0x${string}`,
  changes: Parameters<typeof inference>[2] = {},
): Promise<{ id: bigint; cell: number }> {
  const task = inference(world, named(verifier, "verifier"), { callbackGas: 200_000, ...changes });
  const { data, value } = postTaskCall(task, feeWei);
  await world.invoke(author, caller, "perform", [gatewayAddress, data], { value });
  await world.sequencer.buildAll();
  const [id] = await world.gateway("counters");
  const [cell] = await world.gateway("taskOf", id);
  return { id, cell };
}

const told = async (author: `0x${string}`) => ({
  calls: await world.read(author, caller.abi, "calls"),
  request: await world.read(author, caller.abi, "lastRequest"),
  phase: await world.read(author, caller.abi, "lastPhase"),
  result: await world.read(author, caller.abi, "lastResult"),
});

describe("a contract that posted a task is told of its end", () => {
  let author: `0x${string}`;

  beforeEach(async () => {
    author = await world.deploy(caller);
  });

  it("when the verifier accepts: with the result, while the worker is paid on the ledger", async () => {
    const { id, cell } = await postFrom(author);
    const before = units(worker);
    const content = await people.work(worker, cell, INPUT, RESULT);
    await people.settle(verifier, cell, true, content);
    expect(await told(author)).toEqual({ calls: 1n, request: id, phase: ACCEPTED, result: RESULT });
    expect(await world.gateway("taskOf", id)).toEqual([
      cell,
      ACCEPTED,
      world.sequencer.ledger.cell(cell)[1],
      RESULT,
      content,
    ]);
    expect(units(worker)).toBe(before + 980n - 2n * FEE_UNITS);
    expect(await world.balance(author)).toBe(0n);
  });

  it("when the verifier rejects: the reward is back before the call, without the verifier's fee", async () => {
    const { id, cell } = await postFrom(author);
    const content = await people.work(worker, cell, INPUT, RESULT);
    await people.settle(verifier, cell, false, content);
    expect(await told(author)).toEqual({ calls: 1n, request: id, phase: REJECTED, result: RESULT });
    expect(await world.balance(author)).toBe(1_000n * WEI_PER_UNIT);
  });

  it("when anyone of the ledger lane ends it after its deadline: reward and verifier's fee are back", async () => {
    const { id, cell } = await postFrom(author);
    await later(world, 601);
    await people.expire(worker, cell);
    expect(await told(author)).toEqual({ calls: 1n, request: id, phase: REFUNDED, result: 0n });
    expect(await world.balance(author)).toBe(1_100n * WEI_PER_UNIT);
  });

  it("when a queue entry of home ends it", async () => {
    const { id, cell } = await postFrom(author);
    await later(world, 601);
    const entry = { kind: "expireTask", sender: worker, object: cell } as const;
    await world.sequencer.queue(world.sequencer.scenario().priority(entry));
    await world.sequencer.buildAll();
    expect(await told(author)).toEqual({ calls: 1n, request: id, phase: REFUNDED, result: 0n });
  });

  it("when a wallet of the contract lane ends it after its deadline, and not before", async () => {
    const { id, cell } = await postFrom(author);
    const early = await world.request(expireTaskCall(id, feeWei), wallet(1));
    expect(await codeOf(early)).toBe("too-early");
    await later(world, 601);
    const inTime = await world.request(expireTaskCall(id, feeWei), wallet(1));
    expect(await codeOf(inTime)).toBe("");
    expect(await told(author)).toEqual({ calls: 1n, request: id, phase: REFUNDED, result: 0n });
    expect((await world.gateway("taskOf", id)).slice(0, 2)).toEqual([cell, REFUNDED]);
  });

  it("when the verifier's silence accepts: nothing comes back", async () => {
    const { id, cell } = await postFrom(author, { silenceAccepts: true });
    await people.work(worker, cell, INPUT, RESULT);
    await later(world, 301);
    await people.expire(verifier, cell);
    expect(await told(author)).toEqual({ calls: 1n, request: id, phase: PAID_ON_SILENCE, result: RESULT });
    expect(await world.balance(author)).toBe(0n);
  });

  it("when it could not be posted: phase 0, and all but the fee and the callback's price is back", async () => {
    const { id } = await postFrom(author, { deadlineSeconds: 1 });
    expect(await codeOf(id)).toBe("too-late");
    expect(await told(author)).toEqual({ calls: 1n, request: id, phase: 0, result: 0n });
    expect(await world.balance(author)).toBe(1_100n * WEI_PER_UNIT);
  });

  it("also when the node starts again between any two steps", async () => {
    const task = inference(world, named(verifier, "verifier"), { callbackGas: 200_000 });
    const { data, value } = postTaskCall(task, feeWei);
    await world.invoke(author, caller, "perform", [gatewayAddress, data], { value });
    await world.restart();
    await world.sequencer.buildAll();
    await world.restart();
    const [cell] = await world.gateway("taskOf", 1n);
    const content = await people.work(worker, cell, INPUT, RESULT);
    await world.restart();
    await people.settle(verifier, cell, true, content);
    expect(await told(author)).toEqual({ calls: 1n, request: 1n, phase: ACCEPTED, result: RESULT });
  });

  it("of each of several tasks, whichever ends first", async () => {
    const first = await postFrom(author);
    const second = await postFrom(author, { rewardUnits: 2_000n });
    await later(world, 601);
    await people.expire(worker, second.cell);
    expect((await told(author)).request).toBe(second.id);
    expect(await world.balance(author)).toBe(2_100n * WEI_PER_UNIT);
    await people.expire(worker, first.cell);
    expect(await told(author)).toMatchObject({ calls: 2n, request: first.id });
  });
});

describe("a contract as verifier", () => {
  const member = (i: number) => wallet(20 + i);
  let verifiers: `0x${string}`;

  beforeEach(async () => {
    for (const i of [0, 1, 2]) await world.enrich(member(i).address, RICH_UNITS);
    const addresses = [0, 1, 2].map((i) => member(i).address);
    verifiers = await world.deploy(committee, [addresses], 10n * feeWei);
  });

  const vote = (i: number, id: bigint, accept: boolean, content: bigint) =>
    world.invoke(verifiers, committee, "vote", [id, accept, content], { from: member(i) });

  it("settles a task and earns the verifier's fee, whatever its verdict", async () => {
    for (const accept of [true, false]) {
      const id = await world.request(postTaskCall(inference(world, verifiers), feeWei));
      const [cell] = await world.gateway("taskOf", id);
      expect((await vote(0, id, accept, 0n)).status).toBe(0); // nothing is submitted yet
      const content = await people.work(worker, cell, INPUT, RESULT);
      const before = await world.balance(verifiers);
      expect((await vote(0, id, accept, content + 1n)).status).toBe(0); // of another result
      expect((await vote(0, id, accept, content)).status).toBe(1);
      expect((await vote(0, id, accept, content)).status).toBe(0); // its own second vote
      expect((await vote(2, id, accept, content)).status).toBe(1);
      await world.sequencer.buildAll();
      const phase = accept ? ACCEPTED : REJECTED;
      expect((await world.gateway("taskOf", id)).slice(0, 2)).toEqual([cell, phase]);
      expect(await world.balance(verifiers)).toBe(before - feeWei + 100n * WEI_PER_UNIT);
    }
  });

  it("does not accept another result than the members have seen when blocks are taken back", async () => {
    const { sequencer } = world;
    const thief = await sequencer.fund("thief", RICH_UNITS);
    const id = await world.request(postTaskCall(inference(world, verifiers), feeWei));
    const [cell] = await world.gateway("taskOf", id);
    await sequencer.buildAll({ closing: true });
    const common = readCursor(sequencer.database, CURSOR.batches);
    const content = await people.work(worker, cell, INPUT, RESULT);
    for (const i of [0, 1]) await vote(i, id, true, content);
    await sequencer.buildAll({ closing: true });
    expect((await world.gateway("taskOf", id))[3]).toBe(RESULT);

    const { database, lane } = sequencer;
    const { transactions } = await rewindTo({ database, lane, batch: common }, []);
    expect(transactions).toHaveLength(2);
    await world.restart();
    const again = world.sequencer;
    const named = { sender: thief, object: cell };
    await again.queue(again.scenario().priority({ kind: "claimTask", ...named, w3: INPUT }));
    await again.queue(again.scenario().priority({ kind: "submitResult", ...named, w3: RESULT + 1n }));
    await again.buildAll({ closing: true });
    const [, phase, , result] = await world.gateway("taskOf", id);
    expect({ phase, result }).not.toEqual({ phase: ACCEPTED, result: RESULT + 1n });
    for (const { hash } of transactions) expect(again.lane.getReceipt(hash)?.status).toBe(0);
  });

  it("is the only one that can settle its task", async () => {
    const id = await world.request(postTaskCall(inference(world, verifiers), feeWei));
    const [cell] = await world.gateway("taskOf", id);
    const content = await people.work(worker, cell, INPUT, RESULT);
    expect((await world.send(settleTaskCall(id, true, content, feeWei), member(0))).status).toBe(0);
    const ofAccount = await world.request(
      postTaskCall(inference(world, named(verifier, "verifier")), feeWei),
    );
    expect((await world.send(settleTaskCall(ofAccount, true, content, feeWei))).status).toBe(0);
    await expect(people.settle(verifier, cell, true, content)).rejects.toMatchObject({ code: "wrong-role" });
  });

  it("gets the refusal of a verdict on another result, of a second one, and of one that is late", async () => {
    const judge = wallet(1); // a wallet may take a contract's place
    const task = inference(world, judge.address);
    const id = await world.request(postTaskCall(task, feeWei));
    const [cell] = await world.gateway("taskOf", id);
    const content = await people.work(worker, cell, INPUT, RESULT);
    expect(await codeOf(await world.request(settleTaskCall(id, true, content + 1n, feeWei)))).toBe(
      "stale-content",
    );
    await world.offer(settleTaskCall(id, true, content, feeWei));
    await world.offer(settleTaskCall(id, false, content, feeWei));
    await world.sequencer.buildAll();
    const [newest] = await world.gateway("counters");
    expect(await codeOf(newest - 1n)).toBe("");
    expect(await codeOf(newest)).toBe("wrong-phase");
    expect((await world.send(settleTaskCall(id, true, content, feeWei))).status).toBe(0);
  });
});

describe("the example of an app that asks for an inference", () => {
  let app: `0x${string}`;
  const asker = wallet(5);
  const STATE = { shown: 2, hidden: 3, notReviewed: 4 };
  const text = `0x${"07".repeat(31)}` as const;

  beforeEach(async () => {
    await world.enrich(asker.address, RICH_UNITS);
    const { id, l1Address, pubX } = named(verifier, "verifier");
    app = await world.deploy(board, [
      1_000n,
      100n,
      { account: id, l1Address, pubX, verifierContract: zeroAddress },
    ]);
  });

  async function post(): Promise<{ id: bigint; cell: number }> {
    const value = await world.read(app, board.abi, "priceWei");
    const word = `0x00${text.slice(2)}`;
    const { status } = await world.invoke(app, board, "post", [word], { value, from: asker });
    expect(status).toBe(1);
    await world.sequencer.buildAll();
    const [id] = await world.gateway("counters");
    return { id, cell: (await world.gateway("taskOf", id))[0] };
  }

  const stateOf = async (id: bigint) => (await world.read(app, board.abi, "messages", [id]))[1];

  it.each([
    ["shows a message that the model finds fit", 1n, STATE.shown],
    ["hides another one", 2n, STATE.hidden],
  ])("%s", async (_, answer, state) => {
    const { id, cell } = await post();
    const content = await people.work(worker, cell, BigInt(text), answer);
    await people.settle(verifier, cell, true, content);
    expect(await stateOf(id)).toBe(state);
    expect(await world.balance(app)).toBe(0n);
  });

  it("gives the author back what a review cost that never took place", async () => {
    const { id, cell } = await post();
    await later(world, 3_601);
    await people.expire(worker, cell);
    expect(await stateOf(id)).toBe(STATE.notReviewed);
    const before = await world.balance(asker.address);
    const { gasUsed, effectiveGasPriceWei } = await world.invoke(app, board, "refund", [], { from: asker });
    expect(await world.balance(asker.address)).toBe(
      before + 1_100n * WEI_PER_UNIT - gasUsed * effectiveGasPriceWei,
    );
    expect((await world.invoke(app, board, "refund", [], { from: asker })).status).toBe(0);
  });

  it("listens to the gateway only", async () => {
    const { id } = await post();
    const forged = [id, 5, ACCEPTED, 1n, 0n];
    const data = encodeFunctionData({ abi: board.abi, functionName: "onTaskClosed", args: forged });
    expect((await world.send({ to: app, data }, asker)).status).toBe(0);
    expect(await stateOf(id)).toBe(1);
    await later(world, 3_601);
    await people.expire(worker, (await world.gateway("taskOf", id))[0]);
  });
});
