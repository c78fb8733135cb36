import { bytesToHex, hexToBytes, keccak256 as keccakOf, pad, toHex } from "viem";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Database, keySpace, Overlay } from "../../../state/database.ts";
import type { ContractLane } from "../../../state/evm/contract-lane.ts";
import { StateNodes } from "../../../state/evm/trie-nodes.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { openLane, temporaryDirectory } from "./lane-fixture.ts";
import { contracts, HistoryWorld, people, SLOTS } from "./state-history-world.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const HISTORY = 8;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let world: HistoryWorld;

beforeEach(async () => {
  directory = await temporaryDirectory();
  world = await HistoryWorld.open(directory.path);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
  await directory.remove();
});

const oldestKept = (final = Number.POSITIVE_INFINITY) =>
  Math.max(0, Math.min(world.pruned.lane.head.number - HISTORY + 1, final));

async function pruneAll(upToBlock: number, maxNodes = 7): Promise<void> {
  while (await world.pruned.lane.history.prune({ upToBlock, maxNodes }));
}

/** Every account, slot and proof of a block's state is what the lane that keeps everything says. */
async function expectSameState(number: number): Promise<void> {
  const { pruned, full } = world;
  const read = async (lane: ContractLane) =>
    Promise.all([
      ...people.map((person) => lane.getProof(person, [], number)),
      ...contracts.map((address) => lane.getProof(address, SLOTS, number)),
      ...contracts.flatMap((address) =>
        SLOTS.map((slot) => lane.getStorageAt(address, BigInt(slot), number)),
      ),
      ...contracts.map((address) => lane.getCode(address, number)),
    ]);
  expect(pruned.lane.getBlock(number)?.stateRoot).toBe(full.lane.getBlock(number)?.stateRoot);
  expect(await read(pruned.lane), `state ${number}`).toEqual(await read(full.lane));
}

/** The database has the nodes of the states from a block on, and no others. */
async function expectExactly(from: number): Promise<void> {
  const stored = await world.storedNodes();
  const needed = await world.nodesOfStates(from);
  expect({ missing: minus(needed, stored), left: minus(stored, needed) }).toEqual({ missing: [], left: [] });
}

const minus = (all: Set<string>, without: Set<string>) => [...all].filter((node) => !without.has(node));

describe("pruned states", () => {
  it.each([1, 2, 3])(
    "leave every state of the history readable and provable, and no node that none of them has (seed %i)",
    async (seed) => {
      const random = new SeededRandom(seed);
      for (let round = 0; round < 70; round++) {
        await world.build(random);
        if (random.chance(1, 8)) await world.reopen();
        const upToBlock = oldestKept();
        await world.pruned.lane.history.prune({ upToBlock, maxNodes: 1 + random.below(40) });
        const { oldestBlock } = world.pruned.lane.history;
        expect(oldestBlock).toBeLessThanOrEqual(upToBlock);
        if (random.chance(1, 6)) await expectSameState(upToBlock);
      }
      await pruneAll(oldestKept());
      const { history, head } = world.pruned.lane;
      expect(history.oldestBlock).toBe(head.number - HISTORY + 1);
      for (let number = history.oldestBlock; number <= head.number; number++) await expectSameState(number);
      await expectExactly(history.oldestBlock);
      for (const number of await world.droppedRecords()) expect(number).toBeGreaterThan(history.oldestBlock);
    },
    120_000,
  );

  it.each([11, 12, 13])(
    "never lack a node after blocks were taken back, and keep no more than what those had written (seed %i)",
    async (seed) => {
      const random = new SeededRandom(seed);
      const ofTakenBack = new Set<string>();
      let final = 0;
      for (let round = 0; round < 90; round++) {
        await world.build(random);
        const { head } = world.pruned.lane;
        if (random.chance(1, 4)) final = Math.max(final, head.number - random.below(6));
        if (random.chance(1, 7)) {
          const last = final + random.below(head.number - final + 1);
          for (const node of await world.nodesWrittenAfter(last)) ofTakenBack.add(node);
          await world.takeBackAfter(last);
          const { oldestBlock } = world.pruned.lane.history;
          for (let number = oldestBlock; number <= last; number += 3) await expectSameState(number);
        }
        await world.pruned.lane.history.prune({
          upToBlock: oldestKept(final),
          maxNodes: 1 + random.below(60),
        });
      }
      await pruneAll(oldestKept(final));
      const { history, head } = world.pruned.lane;
      expect(history.oldestBlock).toBeGreaterThanOrEqual(oldestKept(final));
      expect(history.oldestBlock).toBeLessThanOrEqual(final);
      for (let number = history.oldestBlock; number <= head.number; number++) await expectSameState(number);
      const needed = await world.nodesOfStates(history.oldestBlock);
      const stored = await world.storedNodes();
      expect([...needed].filter((node) => !stored.has(node))).toEqual([]);
      expect([...stored].filter((node) => !needed.has(node) && !ofTakenBack.has(node))).toEqual([]);
    },
    120_000,
  );

  it("are whole when contracts with the same code and storage part", async () => {
    const [first, second] = contracts;
    for (const address of [first, second])
      await world.write([
        [address, "0x1", 1n],
        [address, "0x2", 2n],
      ]);
    for (let value = 1n; value < 20n; value++) await world.write([[first, "0x1", value % 3n]]);
    await pruneAll(oldestKept());
    await expectSameState(world.pruned.lane.head.number);
    expect(await world.pruned.lane.getStorageAt(second, 2n)).toBe(pad("0x2"));
    await expectExactly(oldestKept());
  });

  it("are whole when storage is cleared and comes back as it was", async () => {
    const [contract] = contracts;
    for (let round = 0; round < 15; round++)
      await world.write(SLOTS.map((slot) => [contract, slot, BigInt((round + 1) % 2)]));
    await pruneAll(oldestKept());
    for (let number = oldestKept(); number <= world.pruned.lane.head.number; number++)
      await expectSameState(number);
    await expectExactly(oldestKept());
  });
});

describe("pruning", () => {
  it("goes on where it was when the process ends between, or in the middle of, its writes", async () => {
    const random = new SeededRandom(5);
    for (let round = 0; round < 25; round++) await world.build(random);
    const upToBlock = oldestKept();
    for (let isMore = true; isMore; ) {
      const { database, lane } = world.pruned;
      const write = vi.spyOn(database, "writeEventually").mockRejectedValueOnce(new Error("the power fails"));
      await expect(lane.history.prune({ upToBlock, maxNodes: 11 })).rejects.toThrow("the power fails");
      write.mockRestore();
      await world.reopen();
      await expectSameState(upToBlock);
      isMore = await world.pruned.lane.history.prune({ upToBlock, maxNodes: 11 });
      await world.reopen();
    }
    expect(world.pruned.lane.history.oldestBlock).toBe(upToBlock);
    await expectExactly(upToBlock);
  });

  it("looks at no more nodes at a time than it was told", async () => {
    const random = new SeededRandom(6);
    for (let round = 0; round < 20; round++) await world.build(random);
    const { database, lane } = world.pruned;
    const write = vi.spyOn(database, "writeEventually");
    await pruneAll(oldestKept(), 5);
    for (const [writes] of write.mock.calls) {
      const nodes = writes.filter(({ space }) => space.name === "trie-node");
      expect(nodes.length).toBeLessThanOrEqual(5);
      expect(writes.length).toBeLessThanOrEqual(11);
    }
    expect(lane.history.deletedNodes).toBeGreaterThan(50);
  });

  it("waits for a block that is being written: the block may write a node again that is about to be deleted", async () => {
    const [contract] = contracts;
    for (let round = 0; round < 9; round++) await world.write([[contract, "0x1", BigInt(1 + (round % 2))]]);
    const { database, lane } = world.pruned;
    const order: string[] = [];
    const write = database.write.bind(database);
    vi.spyOn(database, "write").mockImplementation(async (writes) => {
      order.push("block begins");
      await new Promise((resolve) => setTimeout(resolve, 20));
      await write(writes);
      order.push("block ends");
    });
    const prune = database.writeEventually.bind(database);
    vi.spyOn(database, "writeEventually").mockImplementation(async (writes) => {
      order.push("pruning");
      await prune(writes);
    });
    const building = world.write([[contract, "0x1", 2n]]);
    while (order.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await lane.history.prune({ upToBlock: lane.head.number - 1, maxNodes: 1_000 });
    await building;
    expect(order).toEqual(["block begins", "block ends", "pruning"]);
    await expectSameState(lane.head.number);
  });

  it("leaves a state alone as long as it is held, and is late by no more than that", async () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 12; round++) await world.build(random);
    const { history, head } = world.pruned.lane;
    const release = history.hold(head.number);
    for (let round = 0; round < 12; round++) await world.build(random);
    const newest = world.pruned.lane.head.number;
    await pruneAll(newest);
    expect(history.oldestBlock).toBe(head.number);
    await expectSameState(head.number);
    release();
    await pruneAll(newest);
    expect(history.oldestBlock).toBe(newest);
    expect(() => history.hold(head.number)).toThrow(/pruned already/);
  });
});

describe("a state that was pruned", () => {
  const unavailable = (number: number) => ({
    code: "STATE_PRUNED",
    rpcCode: -32000,
    message: `historical state ${world.pruned.lane.getBlock(number)?.stateRoot.slice(2)} is not available`,
  });

  it("is refused as geth refuses it, while its block, receipts and logs are there", async () => {
    const random = new SeededRandom(8);
    for (let round = 0; round < 20; round++) await world.build(random);
    await pruneAll(oldestKept());
    const { lane } = world.pruned;
    const [person] = people;
    const { oldestBlock } = lane.history;
    for (const number of [0, 5, oldestBlock - 1]) {
      const refused = unavailable(number);
      await expect(lane.getBalance(person, number)).rejects.toMatchObject(refused);
      await expect(lane.getProof(person, [], number)).rejects.toMatchObject(refused);
      await expect(lane.call({ to: person }, number)).rejects.toMatchObject(refused);
      expect(() => lane.stateAfter(number)).toThrow(refused.message);
      expect(() => lane.replayOf(number + 1)).toThrow(refused.message);
      expect(lane.getBlock(number)).toEqual(world.full.lane.getBlock(number));
      expect(lane.getReceipts(number)).toEqual(world.full.lane.getReceipts(number));
    }
    await expect(lane.getBalance(person, "earliest")).rejects.toMatchObject(unavailable(0));
    await expect(lane.getBalance(person, oldestBlock)).resolves.toBeTypeOf("bigint");
    expect(lane.replayOf(oldestBlock + 1)?.block.number).toBe(oldestBlock + 1);
  });

  it("is refused in the middle of reading it too, and not taken for empty or for damage", async () => {
    const random = new SeededRandom(9);
    for (let round = 0; round < 20; round++) await world.build(random);
    const { lane } = world.pruned;
    const source = lane.stateAfter(2);
    await pruneAll(oldestKept());
    await expect(source.pool.use(source, ({ state }) => readAll(state))).rejects.toMatchObject(
      unavailable(2),
    );
  });

  const readAll = async (state: { getAccount: (address: never) => Promise<unknown> }) => {
    const { Address } = await import("@ethereumjs/util");
    for (const person of people) await state.getAccount(new Address(hexToBytes(person)) as never);
  };
});

describe("the nodes that a block replaces", () => {
  it("are those that it has not written again, nor for another owner", () => {
    const nodes = new StateNodes(new Overlay(world.pruned.database));
    const [one, other, node] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
      Bytes,
      Bytes,
      Bytes,
    ];
    nodes.startBlock(7);
    nodes.storageOf(one).drop(node);
    nodes.storageOf(other).put(node, node);
    expect([...nodes.dropped()].map((key) => bytesToHex(key))).toEqual([
      bytesToHex(Buffer.concat([one, node])),
    ]);
    nodes.storageOf(one).put(node, node);
    expect([...nodes.dropped()]).toEqual([]);
    nodes.accounts.drop(node);
    nodes.startBlock(8);
    expect([...nodes.dropped()]).toEqual([]);
  });
});

describe("a state that is damaged", () => {
  it("is no empty one: what is missing is named", async () => {
    await world.build(new SeededRandom(10));
    const { database, lane } = world.pruned;
    const root = hexToBytes(lane.head.stateRoot);
    await world.reopen();
    const key = Buffer.concat([new Uint8Array(32), root]);
    await world.pruned.database.write([{ space: keySpace("trie-node"), key, value: undefined }]);
    await expect(world.pruned.lane.getBalance(people[0])).rejects.toThrow(/Missing node|not in the database/);
    expect(database).not.toBe(world.pruned.database);
  });

  it("is refused at the start, also when an older version has stored it in another form", async () => {
    await world.build(new SeededRandom(10));
    const { database, lane } = world.pruned;
    const key = Buffer.concat([new Uint8Array(32), hexToBytes(lane.head.stateRoot)]);
    await database.write([{ space: keySpace("trie-node"), key, value: undefined }]);
    await database.close();
    await expect(openLane(`${directory.path}/pruned`, world.options)).rejects.toMatchObject({
      code: "STATE_MISSING",
      blockNumber: lane.head.number,
    });
    world.pruned.database = await Database.open(`${directory.path}/pruned`);
  });
});

it("the contracts of these tests stand where they are expected", async () => {
  for (const address of contracts)
    expect(keccakOf(await world.pruned.lane.getCode(address))).toBe(keccakOf(world.code));
  expect(bytesToHex(hexToBytes(toHex(1, { size: 32 })))).toBe(SLOTS[0]);
});
