import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BATCHES } from "../../../state/store/records.ts";
import { TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "./test-sequencer.ts";

let directory: { path: string; remove: () => Promise<void> };
let sequencer: TestSequencer;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  sequencer = await TestSequencer.open({ path: directory.path, clock, policy: { maxAgeMs: 0, minAgeMs: 0 } });
});
afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

describe("a ledger proof", () => {
  it("pairs a root with the number of its batch while a batch is being closed", async () => {
    const rpc = sequencer.rpc();
    const read = async () =>
      (await rpc.neura_getLedgerProof?.(["0x5"])) as { root: string; batchNumber: string };
    const genesisRoot = BigInt((await read()).root);
    await sequencer.fund("alice", 1_000n);
    await sequencer.fund("bob", 1_000n);
    const seen = new Map<number, Set<bigint>>();
    const remember = async () => {
      const { root, batchNumber } = await read();
      const number = Number(batchNumber);
      seen.set(number, (seen.get(number) ?? new Set()).add(BigInt(root)));
    };
    await remember();
    for (let steps = 0; steps < 10; steps++) {
      const step = sequencer.batches.step();
      // The ledger in memory is executed at once; the batch is on the disk some turns later.
      for (let turn = 0; turn < 20; turn++) {
        await remember();
        await Promise.resolve();
      }
      if (!(await step)) break;
      await remember();
    }
    expect([...seen.keys()]).toEqual([0, 1, 2]);
    for (const [number, roots] of seen) {
      const root = number === 0 ? genesisRoot : BATCHES.get(sequencer.database, number)?.rootAfter;
      expect([...roots]).toEqual([root]);
    }
    expect(BATCHES.get(sequencer.database, 1)?.rootBefore).toBe(genesisRoot);
  });

  it("pairs them too if the batch reaches the disk between any two of its reads", async () => {
    const { database } = sequencer;
    const rpc = sequencer.rpc();
    const read = async () => {
      const proof = (await rpc.neura_getLedgerProof?.(["0x5"])) as { root: string; batchNumber: string };
      return `${proof.root} ${proof.batchNumber}`;
    };
    const closeBatch = async (name: string) => {
      await sequencer.fund(name, 1_000n);
      while (await sequencer.batches.step());
    };
    await closeBatch("alice");
    const get = database.get.bind(database);
    const before = new Map<string, Uint8Array | undefined>();
    const keyOf = (space: { name: string }, key: Uint8Array) =>
      `${space.name}:${Buffer.from(key).toString("hex")}`;
    const reading = vi.spyOn(database, "get").mockImplementation((space, key) => {
      const value = get(space, key);
      before.set(keyOf(space, key), value);
      return value;
    });
    const old = await read();
    reading.mockImplementation(get);
    await closeBatch("bob");
    const fresh = await read();
    expect(fresh).not.toBe(old);
    for (let early = 0; early < 80; early++) {
      let reads = 0;
      reading.mockImplementation((space, key) =>
        reads++ < early ? before.get(keyOf(space, key)) : get(space, key),
      );
      expect([old, fresh], `written after ${early} reads`).toContain(await read());
    }
    reading.mockRestore();
  });
});
