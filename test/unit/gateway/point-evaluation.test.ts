import type { Hex } from "viem";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ContractArtifact } from "../../../contracts/compile.ts";
import { postTaskCall } from "../../../sdk/index.ts";
import { gatewayAddress } from "../../../state/evm/chain-rules.ts";
import { laneContract } from "../../fixtures/lane/lane-contracts.ts";
import { inference } from "./gateway-tasks.ts";
import { FEE_UNITS, GatewayWorld, named, RICH_UNITS, WEI_PER_UNIT } from "./gateway-world.ts";

const feeWei = FEE_UNITS * WEI_PER_UNIT;
const compileTimeoutMs = 120_000;
const CALL_AGAIN = 3;
const kzg: Hex = `0x${"00".repeat(19)}0a`;

let caller: ContractArtifact;
let world: GatewayWorld;
let bob: number;

beforeAll(async () => {
  caller = await laneContract("GatewayCaller");
}, compileTimeoutMs);

beforeEach(async () => {
  world = await GatewayWorld.open();
  bob = await world.sequencer.fund("bob", RICH_UNITS);
});

afterEach(async () => {
  await world.close();
});

/** A task that cannot be posted, from a contract that calls `target` when it is told so. */
async function callingBack(target: Hex, callbackGas: number): Promise<void> {
  const author = await world.deploy(caller);
  await world.invoke(author, caller, "setManner", [CALL_AGAIN, target, "0x", 0n]);
  const task = inference(world, named(bob, "bob"), { deadlineSeconds: 1, callbackGas });
  const { data, value } = postTaskCall(task, feeWei);
  await world.invoke(author, caller, "perform", [gatewayAddress, data], { value });
}

describe("the point evaluation precompile", () => {
  it("does not end the node when a wallet calls it", async () => {
    await world.offer({ to: kzg, gas: 100_000n });
    await expect(world.sequencer.blocks.build()).resolves.toBeGreaterThan(0);
  });

  it("does not end the node for good: after a restart it goes on", async () => {
    await world.offer({ to: kzg, gas: 100_000n });
    await world.sequencer.blocks.build().catch(() => undefined);
    await world.restart();
    await expect(world.sequencer.buildAll()).resolves.toBeUndefined();
  });

  it("does not end the node when a callback calls it", async () => {
    await callingBack(kzg, 200_000);
    await world.sequencer.blocks.build().catch(() => undefined);
    await world.restart();
    await expect(world.sequencer.buildAll()).resolves.toBeUndefined();
  });
});
