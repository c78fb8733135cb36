import { type Abi, decodeErrorResult, encodeFunctionData, type Hex, hexToBytes, zeroAddress } from "viem";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { ContractArtifact } from "../../../contracts/compile.ts";
import { neuraGatewayAbi } from "../../../contracts/lane/predeploy.ts";
import {
  type AccountName,
  failureCode,
  type GatewayCall,
  MAX_CALLBACK_GAS,
  postTaskCall,
  withdrawToAccountCall,
  withdrawToL1Call,
} from "../../../sdk/index.ts";
import { readBuiltBlock } from "../../../sequencer/batch-builder.ts";
import { operationsOf } from "../../../sequencer/block-operations.ts";
import { maxRequestsPerBlock } from "../../../sequencer/gateway/gateway-draft.ts";
import { GATEWAY_REQUESTS } from "../../../sequencer/gateway/gateway-requests.ts";
import { gatewayKey, reservedAccounts } from "../../../sequencer/reserved-accounts.ts";
import { gatewayAddress, ledgerAddress, systemAddress } from "../../../state/evm/chain-rules.ts";
import { ExecutionRevertedError } from "../../../state/evm/execution-errors.ts";
import { LaneBrokenError } from "../../../state/evm/lane-errors.ts";
import { publicKeyOf } from "../../../state/ledger/eddsa.ts";
import { isSigned } from "../../../state/ledger/operation.ts";
import { CURSOR, CURSORS, readCursor } from "../../../state/store/records.ts";
import { laneContract } from "../../fixtures/lane/lane-contracts.ts";
import { INPUT, inference, LedgerPeople } from "./gateway-tasks.ts";
import { FEE_UNITS, GatewayWorld, named, RICH_UNITS, WEI_PER_UNIT, wallet } from "./gateway-world.ts";

const feeWei = FEE_UNITS * WEI_PER_UNIT;
const MANNER = { note: 0, revert: 1, burnGas: 2, callAgain: 3, returnMuch: 4 };
const compileTimeoutMs = 120_000;

let caller: ContractArtifact;
let world: GatewayWorld;
let bob: number;
let attacker: Hex;

beforeAll(async () => {
  caller = await laneContract("GatewayCaller");
}, compileTimeoutMs);

beforeEach(async () => {
  world = await GatewayWorld.open();
  bob = await world.sequencer.fund("bob", RICH_UNITS);
  attacker = await world.deploy(caller);
});

afterEach(async () => {
  await world.sequencer.buildAll({ closing: true });
  expect(world.supplyWei()).toBe(world.gatewayUnits * WEI_PER_UNIT);
  expect(await world.balance(gatewayAddress)).toBe(0n);
  await world.close();
});

const counters = async () => (await world.gateway("counters")) as [bigint, bigint, bigint, bigint];
const withdrawal = (units = 5n): GatewayCall => withdrawToAccountCall(named(bob, "bob"), units, feeWei);
const codeOf = async (id: bigint) => failureCode((await world.gateway("outcomeOf", id))[1]);

/** Name of the error that a call of the gateway reverts with. */
async function refusalOf(call: { data: Hex; value?: bigint }, from = wallet(1).address): Promise<string> {
  const request = {
    to: gatewayAddress,
    from: from.toLowerCase() as Hex,
    data: hexToBytes(call.data),
    valueWei: call.value ?? 0n,
  };
  const error = await world.sequencer.lane.call(request).catch((thrown: unknown) => thrown);
  if (!(error instanceof ExecutionRevertedError)) throw new Error(`not reverted: ${String(error)}`);
  return decodeErrorResult({ abi: neuraGatewayAbi as unknown as Abi, data: error.data }).errorName;
}

describe("a forged request", () => {
  it("in the event of another contract is nothing", async () => {
    const { data, value } = withdrawal();
    await world.send({ to: gatewayAddress, data, value });
    const real = GATEWAY_REQUESTS.get(world.sequencer.database, 1);
    await world.sequencer.buildAll();
    await world.invoke(attacker, caller, "forge", [2n, real?.words, real?.valueUnits]);
    await world.sequencer.buildAll();
    expect((await counters()).slice(0, 2)).toEqual([1n, 1n]);
    expect(GATEWAY_REQUESTS.get(world.sequencer.database, 2)).toBeUndefined();
  });

  it("by the gateway's code in another contract's storage is nothing", async () => {
    const { data, value } = withdrawal();
    const { logs, status } = await world.invoke(
      attacker,
      caller,
      "performDelegated",
      [gatewayAddress, data],
      { value: value - feeWei }, // that storage knows no fee
    );
    expect({ status, from: logs.map(({ address }) => address) }).toEqual({ status: 1, from: [attacker] });
    await world.sequencer.buildAll();
    expect((await counters()).slice(0, 2)).toEqual([0n, 0n]);
  });

  it("that its own transaction has undone is nothing, and its value is back", async () => {
    const { data, value } = withdrawal();
    const args = [gatewayAddress, data];
    expect((await world.invoke(attacker, caller, "performAndForget", args, { value })).status).toBe(1);
    expect((await counters())[0]).toBe(0n);
    expect(await world.balance(attacker)).toBe(value);
  });

  it("cannot be recorded as done by anyone but the block builder", async () => {
    const data = encodeFunctionData({
      abi: neuraGatewayAbi,
      functionName: "record",
      args: [[], [], 0, 0n],
    });
    expect(await refusalOf({ data })).toBe("NotSystem");
    expect((await world.invoke(attacker, caller, "perform", [gatewayAddress, data])).status).toBe(0);
  });
});

describe("what the contract refuses", () => {
  const other = (change: Partial<AccountName>): AccountName => ({ ...named(bob, "bob"), ...change });

  it.each<[string, () => GatewayCall]>([
    ["another l1Address", () => withdrawToAccountCall(other({ l1Address: attacker }), 5n, feeWei)],
    ["another key", () => withdrawToAccountCall(other({ pubX: 1n }), 5n, feeWei)],
    ["the other half of another key", () => withdrawToAccountCall(other({ pubY: 1n }), 5n, feeWei)],
    ["a cell that is empty", () => withdrawToAccountCall(other({ id: 400 }), 5n, feeWei)],
    ["the gateway itself", () => withdrawToAccountCall(named(3, "gateway"), 5n, feeWei)],
    [
      "the gateway as a verifier's account",
      () => postTaskCall(inference(world, named(3, "gateway")), feeWei),
    ],
    ["a verifier by another key", () => postTaskCall(inference(world, other({ pubX: 1n })), feeWei)],
    [
      "a model by another serial",
      () => {
        const model = { id: bob, share: 0, serial: 1n, manifest: 0n };
        return postTaskCall(inference(world, named(bob, "bob"), { model }), feeWei);
      },
    ],
  ])("a request that names %s", async (_, call) => {
    expect(await refusalOf(call())).toBe("OtherCell");
  });

  it.each<[string, (call: GatewayCall) => bigint]>([
    ["a wei too much", ({ value }) => value + 1n],
    ["a wei too little", ({ value }) => value - 1n],
    ["no fee", ({ value }) => value - feeWei],
    ["nothing", () => 0n],
  ])("value that is %s", async (_, value) => {
    expect(await refusalOf({ ...withdrawal(), value: value(withdrawal()) })).toBe("WrongValue");
  });

  it("amounts that overflow 64 bits together, and callbacks beyond the bound", async () => {
    const verifier = named(bob, "bob");
    const huge = inference(world, verifier, {
      rewardUnits: 2n ** 64n - 1n,
      verifierFeeUnits: 2n ** 64n - 1n,
    });
    expect(await refusalOf({ data: postTaskCall(huge, feeWei).data, value: 0n })).toBe("ValueOutOfRange");
    const greedy = inference(world, verifier, { callbackGas: MAX_CALLBACK_GAS + 1 });
    expect(await refusalOf(postTaskCall(greedy, feeWei))).toBe("CallbackGasTooHigh");
    const most = withdrawToL1Call(attacker, 0, 2n ** 64n - 1n, feeWei);
    expect(await refusalOf({ data: most.data, value: 0n })).toBe("ValueOutOfRange");
  });

  it("zero amounts and addresses, and what is no field element", async () => {
    expect(await refusalOf(withdrawal(0n))).toBe("ZeroAmount");
    expect(await refusalOf(withdrawToL1Call(zeroAddress, 0, 5n, feeWei))).toBe("ZeroAddress");
    const outside = inference(world, named(bob, "bob"), { input: 2n ** 254n });
    expect(await refusalOf(postTaskCall(outside, feeWei))).toBe("NotInField");
  });

  it("requests beyond those that may wait", { timeout: 60_000 }, async () => {
    const worthless = withdrawToL1Call(attacker, 9, 5n, feeWei);
    const most = 1_024n;
    const waiting = async (): Promise<bigint> => {
      const [requests, done] = await counters();
      return (requests as bigint) - (done as bigint);
    };
    // Each of these blocks executes some of the requests before it takes more.
    for (let left = most; left > 0n; left = most - (await waiting())) {
      const room = left === most ? most : left + BigInt(maxRequestsPerBlock);
      const count = room < 300n ? room : 300n;
      const args = [gatewayAddress, worthless.data, count];
      const cost = { value: worthless.value * count, gas: 14_000_000n };
      expect((await world.invoke(attacker, caller, "performMany", args, cost)).status).toBe(1);
    }
    expect(await refusalOf(withdrawal())).toBe("TooManyPending");
    await world.sequencer.blocks.build();
    expect(await waiting()).toBe(most - BigInt(maxRequestsPerBlock));
    const [before] = await counters();
    await world.request(withdrawal());
    expect((await counters()).slice(0, 2)).toEqual([(before as bigint) + 1n, (before as bigint) + 1n]);
  });
});

describe("a callback", () => {
  /** Posts a task that cannot be posted: its author is called back in the block that finds out. */
  const failing = (callbackGas: number) =>
    postTaskCall(inference(world, named(bob, "bob"), { deadlineSeconds: 1, callbackGas }), feeWei);

  const postFrom = async (author: Hex, call: GatewayCall, times = 1n) => {
    const args = [gatewayAddress, call.data, times];
    const value = call.value * times;
    const { status } = await world.invoke(author, caller, "performMany", args, { value });
    expect(status).toBe(1);
  };

  const setManner = (
    author: Hex,
    manner: number,
    again: GatewayCall = { to: attacker, data: "0x", value: 0n },
  ) =>
    world.invoke(author, caller, "setManner", [manner, again.to, again.data, again.value], {
      value: again.value,
    });

  it.each([
    ["reverts", MANNER.revert],
    ["burns its gas", MANNER.burnGas],
    ["returns more than it was asked for", MANNER.returnMuch],
  ])("that %s is made once, changes nothing else, and leaves the next one alone", async (_, manner) => {
    const good = await world.deploy(caller);
    await setManner(attacker, manner);
    await postFrom(attacker, failing(200_000));
    await postFrom(good, failing(200_000));
    await world.sequencer.buildAll({ closing: true });
    expect((await counters()).slice(2)).toEqual([2n, 2n]);
    expect(await codeOf(1n)).toBe("too-late");
    expect(await world.read(good, caller.abi, "calls")).toBe(1n);
    expect(await world.balance(attacker)).toBe(1_100n * WEI_PER_UNIT);
  });

  it("may make requests of its own, which the next block executes", async () => {
    const again = withdrawal(7n);
    await setManner(attacker, MANNER.callAgain, again);
    await postFrom(attacker, failing(600_000), 3n);
    await world.sequencer.blocks.build();
    expect(await world.read(attacker, caller.abi, "calls")).toBe(3n);
    // Paid from what came back: each call made one, while the contract was counting its own.
    expect((await counters()).slice(0, 2)).toEqual([6n, 3n]);
    const before = world.sequencer.scenario().account(bob).balance;
    await world.sequencer.buildAll();
    expect(world.sequencer.scenario().account(bob).balance).toBe(before + 21n);
  });

  it("cannot record, nor repeat what the ledger did, although the system address stands behind it", async () => {
    const before = await world.balance(attacker);
    const record = encodeFunctionData({
      abi: neuraGatewayAbi,
      functionName: "record",
      args: [[], [], 9, 0n],
    });
    for (const target of [gatewayAddress, ledgerAddress]) {
      await setManner(attacker, MANNER.callAgain, { to: target, data: record, value: 0n });
      await postFrom(attacker, failing(200_000));
      await world.sequencer.buildAll();
      expect(await world.read(attacker, caller.abi, "againSucceeded")).toBe(false);
    }
    expect(await world.gateway("feeWei", 3n)).toBe(feeWei);
    expect(await world.balance(attacker)).toBe(before + 2_200n * WEI_PER_UNIT);
  });

  it("waits for the next block when those before it have used up what a block has for them", async () => {
    await setManner(attacker, MANNER.burnGas);
    await postFrom(attacker, failing(MAX_CALLBACK_GAS), 5n);
    await world.sequencer.blocks.build();
    expect((await counters()).slice(1)).toEqual([5n, 5n, 3n]);
    expect(world.sequencer.lane.head.gasUsed).toBeLessThan(5_000_000n);
    await world.sequencer.blocks.build();
    expect((await counters()).slice(1)).toEqual([5n, 5n, 5n]);
    expect(await world.sequencer.blocks.build()).toBeUndefined();
  });
});

describe("spam of requests", () => {
  it("costs a fee each, and other people's operations get into the same blocks", async () => {
    const carol = await world.sequencer.fund("carol", 5n);
    const worthless = withdrawToL1Call(attacker, 9, 5n, feeWei);
    const times = 40n;
    const value = worthless.value * times;
    const args = [gatewayAddress, worthless.data, times];
    await world.invoke(attacker, caller, "performMany", args, { value, gas: 14_000_000n });
    const transfer = { kind: "transfer", object: carol, amountUnits: 3n } as const;
    const { sequencer } = world;
    await sequencer.operations.submit(sequencer.scenario().signed(bob, transfer, { maxFeeUnits: FEE_UNITS }));
    await sequencer.blocks.build();
    expect((await counters()).slice(0, 2)).toEqual([times, BigInt(maxRequestsPerBlock)]);
    expect(sequencer.scenario().account(carol).balance).toBe(8n);
    await sequencer.buildAll();
    expect((await counters()).slice(0, 2)).toEqual([times, times]);
    expect(await world.balance(attacker)).toBe(5n * times * WEI_PER_UNIT);
  });
});

describe("a flood that pays for every place of a batch", () => {
  const flood = 12n;

  async function offerSigned(count: bigint, to: number): Promise<void> {
    const { sequencer } = world;
    for (let i = 0n; i < count; i++) {
      const transfer = { kind: "transfer", object: to, amountUnits: 1n } as const;
      const nonce = sequencer.operations.nextNonce(bob);
      const op = sequencer.scenario().signed(bob, transfer, { maxFeeUnits: FEE_UNITS, nonce });
      await sequencer.operations.submit(op);
    }
  }

  async function offerRequests(count: bigint): Promise<void> {
    const { data, value } = withdrawToL1Call(attacker, 0, 5n, feeWei);
    const call = { value: value * count, gas: 14_000_000n };
    await world.invoke(attacker, caller, "performMany", [gatewayAddress, data, count], call);
  }

  /** Blocks until the newest two batches at the most have begun. */
  async function twoBatches(): Promise<void> {
    const { blocks, batches, database } = world.sequencer;
    while (await batches.step());
    const before = readCursor(database, CURSOR.batches);
    for (let i = 0; i < 10 && readCursor(database, CURSOR.batches) < before + 2; i++) {
      await blocks.build();
      while (await batches.step());
    }
  }

  it("of requests leaves signed operations every second batch", async () => {
    const carol = await world.sequencer.fund("carol", 5n);
    await offerRequests(flood);
    await offerSigned(4n, carol);
    await twoBatches();
    expect(world.sequencer.scenario().account(carol).balance).toBeGreaterThan(5n);
    expect((await counters())[1]).toBeLessThan(flood);
  });

  it("of signed operations leaves requests every second batch", async () => {
    const carol = await world.sequencer.fund("carol", 5n);
    await offerRequests(4n);
    await offerSigned(flood, carol);
    await twoBatches();
    expect((await counters())[1]).toBeGreaterThan(0n);
    expect(world.sequencer.scenario().account(carol).balance).toBeLessThan(5n + flood);
  });
});

describe("the gateway's account", () => {
  it("can be moved by its key through the block builder only: the mempool refuses it", async () => {
    const { sequencer } = world;
    const transfer = { kind: "transfer", object: bob, amountUnits: 3n } as const;
    const op = sequencer.scenario().signed(3, transfer, { maxFeeUnits: FEE_UNITS });
    await expect(sequencer.operations.submit(op)).rejects.toMatchObject({ code: "wrong-role" });
  });

  it("signs operations that are of no use to anyone else", async () => {
    await world.request(withdrawal());
    const { sequencer } = world;
    const { number } = sequencer.lane.head;
    const { ledger } = readBuiltBlock(sequencer.lane, number) ?? expect.fail("no block");
    const [{ op } = expect.fail("no operation")] = operationsOf(sequencer.database, number, ledger);
    if (!isSigned(op)) expect.fail("an operation of the queue");
    expect(op.authorization.validUntil).toBe(ledger.timeSeconds);
    await expect(sequencer.operations.submit(op)).rejects.toThrow();
  });

  it("has an l1Address that nobody has the key of, so no entry of home's queue can move it", () => {
    const seed = new Uint8Array(32);
    const other = `0x${"01".repeat(20)}` as const;
    const { gateway } = reservedAccounts(seed, { operator: other, treasury: other, governor: other });
    const { x, y } = publicKeyOf(gatewayKey(seed));
    expect(gateway).toEqual({ l1Address: BigInt(gatewayAddress), pubX: x, pubY: y });
  });

  it("stops the node before anything is written if it is moved by an entry all the same", async () => {
    const { sequencer } = world;
    const head = sequencer.lane.head.number;
    await sequencer.queue(
      sequencer.scenario().priority({ kind: "transfer", sender: 3, object: bob, amountUnits: 3n }),
    );
    await expect(sequencer.blocks.build()).rejects.toMatchObject({ code: "GATEWAY_MOVED" });
    await world.restart();
    expect(world.sequencer.lane.head.number).toBe(head);
    // So that the other checks can be made.
    const skipped = readCursor(world.sequencer.database, CURSOR.priorityDone) + 1;
    await world.sequencer.database.write([CURSORS.put(CURSOR.priorityDone, skipped)]);
  });
});

describe("a block that did not reach the disk", () => {
  it("leaves no request behind, and its transaction makes it again, once", async () => {
    const hash = await world.offer(withdrawal(9n));
    const write = vi.spyOn(world.sequencer.database, "write").mockRejectedValueOnce(new Error("disk full"));
    await expect(world.sequencer.blocks.build()).rejects.toThrow(LaneBrokenError);
    write.mockRestore();
    await world.restart();
    expect((await counters())[0]).toBe(0n);
    expect(GATEWAY_REQUESTS.get(world.sequencer.database, 1)).toBeUndefined();
    const before = world.sequencer.scenario().account(bob).balance;
    await world.sequencer.buildAll();
    expect(world.sequencer.lane.getReceipt(hash)?.status).toBe(1);
    expect(world.sequencer.scenario().account(bob).balance).toBe(before + 9n);
  });

  it("with outcomes has them again in the next try, and refunds once", async () => {
    const author = wallet(9);
    await world.enrich(author.address, RICH_UNITS);
    await world.send(withdrawToL1Call(attacker, 9, 5n, feeWei), author);
    const before = await world.balance(author.address);
    const write = vi.spyOn(world.sequencer.database, "write").mockRejectedValueOnce(new Error("disk full"));
    await expect(world.sequencer.blocks.build()).rejects.toThrow(LaneBrokenError);
    write.mockRestore();
    await world.restart();
    expect((await counters()).slice(0, 2)).toEqual([1n, 0n]);
    await world.sequencer.buildAll();
    expect(await world.balance(author.address)).toBe(before + 5n * WEI_PER_UNIT);
  });
});

describe("the system address", () => {
  it("can be claimed by no transaction that comes from outside, only in calls that change nothing", async () => {
    const data = encodeFunctionData({ abi: neuraGatewayAbi, functionName: "record", args: [[], [], 0, 0n] });
    const request = { to: gatewayAddress, from: systemAddress, data: hexToBytes(data) };
    await world.sequencer.lane.call(request);
    expect(await world.gateway("feeWei", 3n)).toBe(feeWei);
  });
});

describe("people of the ledger lane", () => {
  it("who name the gateway as verifier get no verdict from it, and their own money back", async () => {
    const people = new LedgerPeople(world);
    const { sequencer } = world;
    const words = sequencer.scenario().taskWords({ verifier: 3, reward: 10n, verifierFee: 2n, bond: 0n });
    const post = { kind: "postTask", object: 0, ...words, w3: INPUT } as const;
    await sequencer.operations.submit(sequencer.scenario().signed(bob, post, { maxFeeUnits: FEE_UNITS }));
    await sequencer.buildAll();
    const cell = sequencer.ledger.cellCount - 1;
    const before = world.gatewayUnits;
    await sequencer.buildAll({ closing: true });
    sequencer.options.clock.nowMs += 601_000;
    await people.expire(bob, cell);
    expect(world.gatewayUnits).toBe(before);
    expect((await counters())[0]).toBe(0n);
  });
});
