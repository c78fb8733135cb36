import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  failureCode,
  type GatewayTask,
  openAccountCall,
  postTaskCall,
  REQUEST_KIND,
  REQUEST_STATUS,
  requestIdsOf,
  withdrawToAccountCall,
  withdrawToL1Call,
} from "../../../sdk/index.ts";
import { gatewayAddress } from "../../../state/evm/chain-rules.ts";
import { decodeTask, TASK_PHASE } from "../../../state/ledger/cells.ts";
import { BATCHES } from "../../../state/store/records.ts";
import {
  FEE_UNITS,
  feeRecipient,
  GatewayWorld,
  named,
  RICH_UNITS,
  WEI_PER_UNIT,
  wallet,
} from "./gateway-world.ts";

const feeWei = FEE_UNITS * WEI_PER_UNIT;
let world: GatewayWorld;

beforeEach(async () => {
  world = await GatewayWorld.open();
});

afterEach(async () => {
  // Whatever a test did: not a wei more or less than the ledger holds, and nothing left behind in the contract.
  await world.sequencer.buildAll({ closing: true });
  expect(world.supplyWei()).toBe(world.gatewayUnits * WEI_PER_UNIT);
  expect(await world.balance(gatewayAddress)).toBe(0n);
  await world.close();
});

const outcomeOf = async (id: bigint) => {
  const [status, failure] = await world.gateway("outcomeOf", id);
  return { status, code: failureCode(failure) };
};

describe("a wallet of the contract lane", () => {
  it("moves NRX to a ledger account, and what it sent leaves the contract lane", async () => {
    const bob = await world.sequencer.fund("bob", 5n);
    const before = world.gatewayUnits;
    const id = await world.request(withdrawToAccountCall(named(bob, "bob"), 1_234n, feeWei));
    expect(await outcomeOf(id)).toEqual({ status: REQUEST_STATUS.executed, code: "" });
    expect(world.sequencer.scenario().account(bob).balance).toBe(1_239n);
    expect(world.gatewayUnits).toBe(before - 1_234n - FEE_UNITS);
  });

  it("opens a ledger account with an amount", async () => {
    const { l1Address, pubX, pubY } = named(0, "carol");
    const fee = await world.gateway("feeWei", BigInt(REQUEST_KIND.openAccount));
    expect(fee).toBe(100n * feeWei);
    await world.request(openAccountCall({ l1Address, pubX, pubY }, 77n, fee));
    const opened = world.sequencer.scenario().account(world.sequencer.ledger.cellCount - 1);
    expect(opened).toMatchObject({ balance: 77n, l1Address: BigInt(l1Address), pubX, pubY });
  });

  it("withdraws to home, and the batch pays it there", async () => {
    await world.request(withdrawToL1Call("0x00000000000000000000000000000000000000b0", 0, 50n, feeWei));
    await world.sequencer.buildAll({ closing: true });
    const batches = [];
    for await (const batch of BATCHES.values(world.sequencer.database)) batches.push(batch);
    expect(batches.at(-1)?.totals.withdrawnUnits[0]).toBe(50n);
    expect(batches.at(-1)?.totals.held.gateway).toBe(world.gatewayUnits);
  });

  it("posts a task, which can be read under the request's id", async () => {
    const bob = await world.sequencer.fund("bob", 5n);
    const id = await world.request(postTaskCall(task(named(bob, "bob")), feeWei));
    const [cell, phase, terms] = await world.gateway("taskOf", id);
    expect(phase).toBe(1);
    expect(world.sequencer.ledger.cell(cell)[1]).toBe(terms);
    const posted = decodeTask(world.sequencer.ledger.cell(cell));
    expect(posted).toMatchObject({ phase: TASK_PHASE.open, content: 99n, money: { reward: 1_000n } });
    expect(posted.terms).toMatchObject({ requester: 3n, verifier: BigInt(bob), kind: 2n });
  });

  it("has several requests executed in their order, over as many batches as they need", async () => {
    const bob = await world.sequencer.fund("bob", 5n);
    for (let i = 1n; i <= 7n; i++)
      await world.offer(withdrawToAccountCall(named(bob, "bob"), 10n ** i, feeWei));
    await world.sequencer.blocks.build();
    expect((await world.gateway("counters")).slice(0, 2)).toEqual([7n, 0n]);
    expect(await world.balance(gatewayAddress)).toBe((11_111_110n + 7n * FEE_UNITS) * WEI_PER_UNIT);
    await world.sequencer.buildAll();
    expect((await world.gateway("counters")).slice(0, 2)).toEqual([7n, 7n]);
    expect(world.sequencer.scenario().account(bob).balance).toBe(11_111_115n);
  });

  it("finds the ids of its requests in the receipt", async () => {
    const bob = await world.sequencer.fund("bob", 5n);
    const receipt = await world.send(withdrawToAccountCall(named(bob, "bob"), 1n, feeWei));
    expect(requestIdsOf(receipt)).toEqual([1n]);
  });
});

describe("a request that the ledger refuses", () => {
  const refundOf = async (call: Parameters<GatewayWorld["request"]>[0]) => {
    const poor = wallet(7);
    await world.enrich(poor.address, RICH_UNITS);
    const { effectiveGasPriceWei, gasUsed } = await world.send(call, poor);
    const before = await world.balance(poor.address);
    const gainedBefore = await world.balance(feeRecipient);
    await world.sequencer.buildAll();
    const gained = (await world.balance(feeRecipient)) - gainedBefore;
    expect(gasUsed * effectiveGasPriceWei).toBeGreaterThan(0n);
    return { refundWei: (await world.balance(poor.address)) - before, gainedWei: gained };
  };

  it("fails with the ledger's code, and the amount comes back once, without the flat fee", async () => {
    const { l1Address } = named(0, "carol");
    const fee = 100n * feeWei;
    const call = openAccountCall({ l1Address, pubX: 1n, pubY: 2n }, 500n, fee);
    const { refundWei, gainedWei } = await refundOf(call);
    expect(refundWei).toBe(500n * WEI_PER_UNIT + 99n * feeWei);
    expect(gainedWei).toBe(feeWei);
    expect(await outcomeOf(1n)).toEqual({ status: REQUEST_STATUS.failed, code: "invalid-key" });
    const before = await world.balance(wallet(7).address);
    await world.restart();
    await world.sequencer.buildAll({ closing: true });
    expect(await world.balance(wallet(7).address)).toBe(before);
  });

  it("leaves the next one untouched", async () => {
    const bob = await world.sequencer.fund("bob", 5n);
    await world.offer(withdrawToL1Call(named(bob, "bob").l1Address, 9, 3n, feeWei));
    await world.offer(withdrawToAccountCall(named(bob, "bob"), 4n, feeWei));
    await world.sequencer.buildAll();
    expect(await outcomeOf(1n)).toEqual({ status: REQUEST_STATUS.failed, code: "out-of-range" });
    expect(await outcomeOf(2n)).toEqual({ status: REQUEST_STATUS.executed, code: "" });
    expect(world.sequencer.scenario().account(bob).balance).toBe(9n);
  });

  it("because a deadline has passed is refunded with the reward", async () => {
    const bob = await world.sequencer.fund("bob", 5n);
    const late = { ...task(named(bob, "bob")), deadlineSeconds: 1 };
    const { refundWei } = await refundOf(postTaskCall(late, feeWei));
    expect(refundWei).toBe(1_100n * WEI_PER_UNIT);
    expect((await outcomeOf(1n)).code).toBe("too-late");
    expect(await world.gateway("taskOf", 1n)).toEqual([0, 0, 0n, 0n, 0n]);
  });

  it("because the model's owner has changed its manifest is not posted for other terms", async () => {
    const { sequencer } = world;
    const bob = await sequencer.fund("bob", 1_000_000n);
    const scenario = () => sequencer.scenario();
    await sequencer.operations.submit(
      scenario().signed(
        bob,
        { kind: "registerModel", object: 0, amountUnits: 1n, param: 100n, w3: 555n },
        { maxFeeUnits: 10n ** 9n },
      ),
    );
    await sequencer.buildAll();
    const id = sequencer.ledger.cellCount - 1;
    const { serial, manifest } = scenario().model(id);
    const model = { id, share: 100, serial, manifest };
    await world.offer(postTaskCall({ ...task(named(bob, "bob")), model }, feeWei));
    await sequencer.blocks.build();
    // The update is a queue entry, so the next block takes it before the request.
    await sequencer.queue(
      scenario().priority({
        kind: "updateModel",
        sender: bob,
        object: id,
        amountUnits: 1n,
        param: 100n | (1n << 16n),
        w3: 666n,
      }),
    );
    await sequencer.buildAll();
    expect(scenario().model(id).manifest).toBe(666n);
    expect((await outcomeOf(1n)).code).toBe("stale-content");
    const named2 = { ...model, manifest: 666n };
    const posted = await world.request(postTaskCall({ ...task(named(bob, "bob")), model: named2 }, feeWei));
    expect((await outcomeOf(posted)).code).toBe("");
  });
});

function task(verifier: GatewayTask["verifier"]): GatewayTask {
  return {
    kind: 2,
    silenceAccepts: false,
    deadlineSeconds: Number(world.sequencer.scenario().timeSeconds) + 600,
    windowSeconds: 300,
    rewardUnits: 1_000n,
    bondUnits: 0n,
    verifierFeeUnits: 100n,
    input: 99n,
    verifier,
  };
}
