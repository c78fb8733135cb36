import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ContractArtifact } from "../../../contracts/compile.ts";
import {
  failureCode,
  gatewayAddress,
  openAccountCall,
  postTaskCall,
  withdrawToAccountCall,
  withdrawToL1Call,
} from "../../../sdk/index.ts";
import { GatewayDesk } from "../../../sequencer/gateway/gateway-desk.ts";
import { decodeLaneData, encodeLaneData, type LaneBlock } from "../../../sequencer/lane-data.ts";
import type { LaneBatch, LaneRebuild } from "../../../sequencer/recovery/lane-rebuild.ts";
import { systemAddress } from "../../../state/evm/chain-rules.ts";
import { withFee } from "../../../state/ledger/operation.ts";
import { BATCH_SIZES } from "../../../state/ledger/sizes.ts";
import { BATCHES, HOME_GAS_PRICES, LATEST } from "../../../state/store/records.ts";
import { laneContract } from "../../fixtures/lane/lane-contracts.ts";
import { openRebuild, rebuiltHead } from "../../support/rebuilt-lane.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { FakeHome } from "../sequencer/fake-home.ts";
import { MIRRORS } from "../sequencer/test-sequencer.ts";
import { INPUT, inference, LedgerPeople, later } from "./gateway-tasks.ts";
import { FEE_UNITS, GatewayWorld, named, RICH_UNITS, WEI_PER_UNIT, wallet } from "./gateway-world.ts";

const feeWei = FEE_UNITS * WEI_PER_UNIT;
const compileTimeoutMs = 120_000;
const GWEI = 10n ** 9n;

let caller: ContractArtifact;
let home: FakeHome;
let world: GatewayWorld;
const opened: (() => Promise<void>)[] = [];

beforeAll(async () => {
  caller = await laneContract("GatewayCaller");
}, compileTimeoutMs);

beforeEach(async () => {
  home = new FakeHome();
  world = await GatewayWorld.open({ home, weiPerHomeGwei: GWEI });
  opened.push(() => world.close());
});

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const now = () => BigInt(Math.floor(world.sequencer.options.clock.nowMs / 1000));

/** Home gets every batch that is closed; the open one is closed before. */
async function settle(): Promise<void> {
  await world.sequencer.buildAll({ closing: true });
  const { database } = world.sequencer;
  const closed = (await world.sequencer.rpc().neura_batchNumber?.([])) as string;
  for (let number = home.state.newest.number + 1; number <= Number(closed); number++)
    await home.settle(database, number);
}

/** Home takes its queue from somebody else, and the node follows. */
async function foreignBatch(): Promise<void> {
  await home.readQueue(world.sequencer.database);
  world.sequencer.options.clock.nowMs += 3_600_000;
  home.makeForeign(now());
  await world.restart();
}

async function rebuild(): Promise<LaneRebuild> {
  const directory = await temporaryDirectory();
  opened.push(directory.remove);
  const lane = await openRebuild(directory.path, BATCH_SIZES.test);
  opened.push(() => lane.close());
  return lane;
}

/** Home's calldata of a batch, and nothing of the node's. */
const published = (index: number): LaneBatch => {
  const { published: batch } = home.accepted[index] ?? expect.fail(`no batch ${index + 1}`);
  return batch;
};

async function expectSameLane(): Promise<LaneRebuild> {
  const again = await rebuild();
  for (const [i] of home.accepted.entries()) await again.apply(published(i));
  const { lane } = world.sequencer;
  expect(again.lane.head.number).toBe(lane.head.number);
  for (let number = 0; number <= lane.head.number; number++) {
    const [made, first] = [again.lane, lane].map((each) => each.getBlock(number));
    const shown = (block: typeof made) => ({
      number,
      hash: block?.hash,
      stateRoot: block?.stateRoot,
      receiptsRoot: block?.receiptsRoot,
      transactions: block?.transactions.map(({ hash }) => hash),
    });
    expect(shown(made)).toEqual(shown(first));
  }
  return again;
}

/** Signed operations, entries of the queue (one of them a no-op), transactions, requests of every outcome, and callbacks. */
async function everything(): Promise<void> {
  const { sequencer } = world;
  const people = new LedgerPeople(world);
  const worker = await sequencer.fund("worker", RICH_UNITS);
  const verifier = await sequencer.fund("verifier", RICH_UNITS);
  await sequencer.database.write([HOME_GAS_PRICES.put(LATEST, { priceWei: 3n * GWEI, atMs: 0 })]);
  const author = await world.deploy(caller);
  const task = inference(world, named(verifier, "verifier"), { callbackGas: 200_000 });
  for (const answer of [1n, 2n]) {
    const { data, value } = postTaskCall(task, feeWei);
    await world.invoke(author, caller, "perform", [gatewayAddress, data], { value });
    await sequencer.buildAll();
    const [id] = await world.gateway("counters");
    const [cell] = await world.gateway("taskOf", id);
    const content = await people.work(worker, cell, INPUT, answer);
    await settle();
    await people.settle(verifier, cell, answer === 1n, content);
  }
  expect(await world.read(author, caller.abi, "calls")).toBe(2n);
  // In batches with an even and with an odd number: signed operations and requests in one block, some of them refused.
  for (let round = 0; round < 4; round++) {
    const { l1Address, pubX, pubY } = named(0, `newcomer ${round}`);
    await world.offer(withdrawToAccountCall(named(worker, "worker"), 7n, feeWei));
    await world.offer(withdrawToL1Call(l1Address, MIRRORS.length + 1, 3n, feeWei));
    await world.offer(openAccountCall({ l1Address, pubX, pubY }, 500n, 100n * feeWei));
    await world.offer(withdrawToL1Call(l1Address, 2, 4n, feeWei));
    await world.offer(openAccountCall({ l1Address, pubX: 1n, pubY: 2n }, 500n, 100n * feeWei));
    await sequencer.blocks.build();
    const transfer = { kind: "transfer", object: verifier, amountUnits: 3n } as const;
    const terms = { maxFeeUnits: FEE_UNITS * BigInt(round + 1), validUntil: now() + 1_000n };
    await sequencer.operations.submit(sequencer.scenario().signed(worker, transfer, terms));
    await sequencer.queue(
      sequencer.scenario().priority({ ...transfer, sender: worker, amountUnits: 10n ** 15n }),
    );
    await world.offer({ to: wallet(3).address, value: 5n });
    await settle();
  }
}

describe("the contract lane, executed again from home's data", () => {
  it("has the same blocks to the last bit, whatever was in them", async () => {
    await everything();
    const { dataPriceWei } = world.sequencer.lane.head;
    expect(dataPriceWei).toBeGreaterThan(0n);
    const [requests, done] = await world.gateway("counters");
    expect(done).toBe(requests);
    const codes = await Promise.all(
      Array.from({ length: Number(requests) }, async (_, i) =>
        failureCode((await world.gateway("outcomeOf", BigInt(i + 1)))[1]),
      ),
    );
    expect(new Set(codes)).toEqual(new Set(["", "out-of-range", "invalid-key"]));
    await expectSameLane();
  }, 60_000);

  it("has the blocks of batches that somebody else has made, the gateway's part of them included", async () => {
    const { sequencer } = world;
    const worker = await sequencer.fund("worker", RICH_UNITS);
    const author = await world.deploy(caller);
    const task = inference(world, named(worker, "worker"), { callbackGas: 200_000 });
    const { data, value } = postTaskCall(task, feeWei);
    await world.invoke(author, caller, "perform", [gatewayAddress, data], { value });
    await later(world, 601);
    await settle();
    const [cell] = await world.gateway("taskOf", 1n);
    // What the node makes meanwhile is taken back, and sequenced again after the foreign batch.
    await sequencer.fund("carol", 5n);
    await world.send({ to: wallet(4).address, value: 9n });
    const entry = sequencer.scenario().priority({ kind: "expireTask", sender: worker, object: cell });
    await sequencer.queue({ ...entry, queuedAt: now() });
    await foreignBatch();
    expect(await world.read(author, caller.abi, "calls")).toBe(1n);
    const index = home.accepted.length - 1;
    expect(published(index).laneData).toBe("0x");
    const { firstBlock, lastBlock } =
      BATCHES.get(world.sequencer.database, index + 1) ?? expect.fail("no batch");
    expect(lastBlock).toBe(firstBlock);
    // The operations, and the end of the task with its callback.
    const senders = world.sequencer.lane.getBlock(firstBlock)?.transactions.map(({ sender }) => sender);
    expect(senders).toEqual([systemAddress, systemAddress]);
    await settle();
    expect(await world.balance(wallet(4).address)).toBe(9n);
    await expectSameLane();
  }, 60_000);

  it("does not depend on what an author has signed beyond what is posted, nor on the mirrors that the node knows", async () => {
    const hashes: string[] = [];
    for (const [validUntil, mirrorNumbers] of [
      [1_800_003_600n, [1, 2]],
      [2n ** 40n - 1n, [1]],
    ] as const) {
      const other = await GatewayWorld.open({ mirrorNumbers });
      opened.push(() => other.close());
      const { sequencer } = other;
      const bob = await sequencer.fund("bob", RICH_UNITS);
      await other.send(withdrawToL1Call(wallet(2).address, 2, 5n, feeWei));
      const transfer = { kind: "transfer", object: bob, amountUnits: 3n } as const;
      const terms = { maxFeeUnits: validUntil >> 1n, validUntil };
      await sequencer.operations.submit(sequencer.scenario().signed(bob, transfer, terms));
      await sequencer.blocks.build();
      expect((await other.gateway("outcomeOf", 1n))[0]).toBe(2);
      hashes.push(sequencer.lane.head.hash);
    }
    expect(hashes[1]).toBe(hashes[0]);
  });
});

describe("the contract lane of a full tree", () => {
  /** Eight cells: four reserved accounts, one of alice, and two for tasks. */
  const SMALLEST = { levels: 1, maxOps: 10, maxCells: 8 };

  it("is the same, with the cells of closed tasks for new ones, and a refusal when there is none", async () => {
    const small = await GatewayWorld.open({ size: SMALLEST });
    opened.push(() => small.close());
    const { sequencer } = small;
    const alice = await sequencer.fund("alice", RICH_UNITS);
    const task = () => postTaskCall(inference(small, named(alice, "alice")), feeWei);
    const people = new LedgerPeople(small);
    for (const id of [await small.request(task()), await small.request(task())]) {
      const [cell] = await small.gateway("taskOf", id);
      await people.settle(alice, cell, true, await people.work(alice, cell, INPUT, 1n));
    }
    for (let i = 0; i < 2; i++) await small.offer(task());
    await sequencer.blocks.build();
    const words = sequencer
      .scenario()
      .taskWords({ verifier: alice, reward: 100n, bond: 0n, verifierFee: 1n });
    const entry = { kind: "postTask", sender: alice, ...words, w3: INPUT } as const;
    await sequencer.queue(sequencer.scenario().priority(entry));
    await sequencer.buildAll({ closing: true });
    expect(sequencer.ledger.cellCount).toBe(sequencer.ledger.capacity);
    expect(sequencer.scenario().task(6).terms.requester).toBe(BigInt(alice));
    expect((await small.gateway("taskOf", 3n))[0]).toBe(7);
    expect(failureCode((await small.gateway("outcomeOf", 4n))[1])).toBe("tree-full");
    expect(await rebuiltHead(sequencer.database, SMALLEST)).toBe(sequencer.lane.head.hash);
  });
});

describe("a rebuild of the contract lane refuses", () => {
  beforeEach(async () => {
    const bob = await world.sequencer.fund("bob", RICH_UNITS);
    await world.offer(withdrawToAccountCall(named(bob, "bob"), 7n, feeWei));
    await world.offer(withdrawToL1Call(named(bob, "bob").l1Address, 9, 3n, feeWei)); // refused
    await settle();
  });

  const withLane = (batch: LaneBatch, change: (block: LaneBlock) => LaneBlock): LaneBatch => ({
    ...batch,
    laneData: encodeLaneData(decodeLaneData(batch.laneData).map(change)),
  });
  const cases: [string, string, (batch: LaneBatch) => LaneBatch][] = [
    ["another block hash", "block hash", (batch) => ({ ...batch, blockHash: batch.blockHash ^ 256n })],
    [
      "another data price",
      "block hash",
      (batch) => withLane(batch, (block) => ({ ...block, dataPriceWei: block.dataPriceWei + 1n })),
    ],
    [
      "a transaction that is missing",
      "request",
      (batch) => withLane(batch, (block) => ({ ...block, transactions: [] })),
    ],
    [
      "a request whose outcome is kept back",
      "operation",
      (batch) => withLane(batch, ({ gateway, ...block }) => block),
    ],
    [
      "an operation of the gateway's account that is not what was asked for",
      "operation",
      (batch) => ({
        ...batch,
        ops: batch.ops.map((op) =>
          op.origin === undefined ? { ...op, words: withFee(op.words, FEE_UNITS + 1n) } : op,
        ),
      }),
    ],
    [
      "an operation whose validity is another",
      "operation",
      (batch) => ({ ...batch, ops: batch.ops.map((op) => ({ ...op, valid: !op.valid })) }),
    ],
    ["another ledger", "ledger", (batch) => ({ ...batch, rootAfter: batch.rootAfter + 1n })],
    ["a batch before its turn", "order of batches", (batch) => ({ ...batch, number: batch.number + 1n })],
    [
      "operations in no block",
      "number of operations",
      (batch) => withLane(batch, (block) => ({ ...block, operationCount: 0 })),
    ],
  ];

  it.each(cases)("%s", async (_, what, forge) => {
    const again = await rebuild();
    const last = home.accepted.length - 1;
    for (let i = 0; i < last; i++) await again.apply(published(i));
    const refusal = { code: "LANE_REBUILD_DIFFERS", what };
    await expect(again.apply(forge(published(last)))).rejects.toMatchObject(refusal);
  });
});

it("a desk's draft keeps the contract's fee unless it is told another", async () => {
  const { database, lane } = world.sequencer;
  const desk = new GatewayDesk({ database, lane });
  await desk.refresh();
  expect(desk.draft().record()).toBeUndefined();
  expect(desk.draft(FEE_UNITS).record()).toBeUndefined();
  expect(desk.draft(FEE_UNITS + 1n).record()).toBeDefined();
});
