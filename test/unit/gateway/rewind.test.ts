import { afterEach, beforeEach, expect, it } from "vitest";
import { postTaskCall, withdrawToAccountCall, withdrawToL1Call } from "../../../sdk/index.ts";
import { rewindTo } from "../../../sequencer/rewind.ts";
import { supplyAfter } from "../../../state/evm/supply.ts";
import { CURSOR, readCursor } from "../../../state/store/records.ts";
import { inference } from "./gateway-tasks.ts";
import { FEE_UNITS, GatewayWorld, named, RICH_UNITS, WEI_PER_UNIT } from "./gateway-world.ts";

const feeWei = FEE_UNITS * WEI_PER_UNIT;
let world: GatewayWorld;

beforeEach(async () => {
  world = await GatewayWorld.open();
});

afterEach(async () => {
  await world.close();
});

it("blocks that are taken back take requests, outcomes and refunds with them, and all are made again, once", async () => {
  const bob = await world.sequencer.fund("bob", RICH_UNITS);
  await world.sequencer.buildAll({ closing: true });
  const common = readCursor(world.sequencer.database, CURSOR.batches);
  const before = world.gatewayUnits;
  await world.request(withdrawToAccountCall(named(bob, "bob"), 7n, feeWei));
  await world.request(withdrawToL1Call(named(bob, "bob").l1Address, 9, 3n, feeWei)); // refused
  await world.request(postTaskCall(inference(world, named(bob, "bob")), feeWei));
  await world.sequencer.buildAll({ closing: true });
  const units = world.sequencer.scenario().account(bob).balance;
  const held = world.gatewayUnits;

  const { database, lane } = world.sequencer;
  const { transactions } = await rewindTo({ database, lane, batch: common }, []);
  expect(transactions).toHaveLength(3);
  await world.restart();
  expect((await world.gateway("counters")).slice(0, 2)).toEqual([0n, 0n]);
  expect(world.gatewayUnits).toBe(before);
  expect(supplyAfter(world.sequencer.database, world.sequencer.lane.head.number)).toBe(before * WEI_PER_UNIT);

  await world.sequencer.buildAll({ closing: true });
  expect((await world.gateway("counters")).slice(0, 2)).toEqual([3n, 3n]);
  expect(world.sequencer.scenario().account(bob).balance).toBe(units);
  expect(world.gatewayUnits).toBe(held);
  expect(world.supplyWei()).toBe(held * WEI_PER_UNIT);
  expect((await world.gateway("taskOf", 3n))[1]).toBe(1);
});
