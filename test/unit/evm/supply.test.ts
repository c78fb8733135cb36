import { bytesToHex, hexToBytes, keccak256 as keccakOf } from "viem";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SupplyAudit } from "../../../sequencer/supply-audit.ts";
import { type Database, keySpace } from "../../../state/database.ts";
import { BlockState } from "../../../state/evm/block-state.ts";
import type { ContractLane } from "../../../state/evm/contract-lane.ts";
import { GenesisMismatchError, LaneBrokenError } from "../../../state/evm/lane-errors.ts";
import {
  destroyedWei,
  LaneSupplyError,
  sumOfBalances,
  supplyAfter,
  supplyWrite,
} from "../../../state/evm/supply.ts";
import type { Hex } from "../../../state/evm/types.ts";
import { LATEST, SUPPLY_AUDITS } from "../../../state/store/records.ts";
import { log } from "../sequencer/test-sequencer.ts";
import {
  account,
  credit,
  gwei,
  lower,
  oneNrxWei,
  openLane,
  signTransfer,
  temporaryDirectory,
} from "./lane-fixture.ts";

const alice = account(1);
const bob = lower(account(2).address);
const treasury: Hex = `0x${"77".repeat(20)}`;
const feeRecipient: Hex = `0x${"88".repeat(20)}`;
const options = { treasury, feeRecipient };

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;
let lane: ContractLane;

beforeEach(async () => {
  directory = await temporaryDirectory();
  ({ database, lane } = await openLane(directory.path, options));
  const ledger = credit([lower(alice.address), oneNrxWei]);
  await lane.buildBlock({ timestampSeconds: 1, transactions: [], ledger });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await database.close();
  await directory.remove();
});

const supplyWei = (): bigint | undefined => supplyAfter(database, lane.head.number);

function countedWei(): bigint {
  const counting = sumOfBalances(database, hexToBytes(lane.head.stateRoot), 2);
  for (;;) {
    const { done, value } = counting.next();
    if (done === true) return value.supplyWei;
  }
}

async function build(...fields: Parameters<typeof signTransfer>[2][]) {
  const transactions = await Promise.all(fields.map((each) => signTransfer(lane, alice, each)));
  return lane.buildBlock({ timestampSeconds: 2, transactions });
}

describe("the sum of all balances", () => {
  it("stays what it was when fees are paid: the treasury gets the base fees", async () => {
    const { block } = await build(
      { nonce: 0, to: bob, value: 5n, tip: gwei / 2n },
      { nonce: 1, to: bob, value: 6n },
    );
    expect(block.gasUsed).toBe(42_000n);
    expect(await lane.getBalance(treasury)).toBe(42_000n * block.baseFeeWei);
    expect(await lane.getBalance(feeRecipient)).toBe((21_000n * gwei) / 2n);
    expect([supplyWei(), countedWei()]).toEqual([oneNrxWei, oneNrxWei]);
  });

  it("stays what it was when a contract dies with its balance: the treasury gets it", async () => {
    // ADDRESS SELFDESTRUCT, in the transaction that creates it
    const { block, receipts } = await build({ nonce: 0, data: "0x30ff", value: 999n, gas: 100_000n });
    expect(receipts[0]?.status).toBe(1);
    expect(await lane.getBalance(treasury)).toBe(999n + block.gasUsed * block.baseFeeWei);
    expect([supplyWei(), countedWei()]).toEqual([oneNrxWei, oneNrxWei]);
  });

  it("stays what it was when a dying contract leaves its balance to somebody, or is only paid", async () => {
    const data: Hex = `0x73${bob.slice(2)}ff`;
    await build({ nonce: 0, data, value: 999n, gas: 100_000n });
    expect(await lane.getBalance(bob)).toBe(999n);
    expect([supplyWei(), countedWei()]).toEqual([oneNrxWei, oneNrxWei]);
  });

  it("is the same in every block after a restart", async () => {
    await build({ nonce: 0, to: bob, value: 5n });
    await database.close();
    ({ database, lane } = await openLane(directory.path, options));
    await build({ nonce: 1, to: bob, value: 5n });
    expect([supplyWei(), countedWei()]).toEqual([oneNrxWei, oneNrxWei]);
  });

  it("is what the ledger holds, or the block is not written", async () => {
    const block = { timestampSeconds: 2, transactions: [], ledger: credit([bob, 5n]) };
    await lane.buildBlock({ ...block, supplyWei: oneNrxWei + 5n });
    const { hash } = lane.head;
    const error = await lane.buildBlock({ ...block, supplyWei: oneNrxWei + 9n }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(LaneBrokenError);
    expect(error.cause).toMatchObject({
      code: "LANE_SUPPLY_MISMATCH",
      expected: oneNrxWei + 9n,
      actual: oneNrxWei + 10n,
    });
    expect(error.message).toMatch(/keep the data folder/);
    await database.close();
    ({ database, lane } = await openLane(directory.path, options));
    expect(lane.head.hash).toBe(hash);
  });

  it.each([
    ["made from nothing", 1n],
    ["lost", -1n],
  ])("shows a wei that is %s while transactions run", async (_, units) => {
    const put = BlockState.prototype.putAccount;
    vi.spyOn(BlockState.prototype, "putAccount").mockImplementation(async function (
      this: BlockState,
      address,
      changed,
    ) {
      if (changed !== undefined && address.toString() === bob) changed.balance += units;
      await put.call(this, address, changed);
    });
    await expect(build({ nonce: 0, to: bob, value: 5n })).rejects.toMatchObject({
      cause: { code: "LANE_SUPPLY_MISMATCH" },
    });
  });
});

describe("what a block destroys", () => {
  const quiet = {
    blockNumber: 9,
    changeWei: -21n,
    creditedWei: 0n,
    debitedWei: 0n,
    baseFeesWei: 21n,
    hasSelfDestruct: false,
  };

  it("is the base fees, beside what comes from the ledger and goes there", () => {
    expect(destroyedWei(quiet)).toBe(21n);
    expect(destroyedWei({ ...quiet, creditedWei: 50n, debitedWei: 20n, changeWei: 9n })).toBe(21n);
  });

  it("is more when contracts have died, and never less", () => {
    const dying = { ...quiet, hasSelfDestruct: true };
    expect(destroyedWei({ ...dying, changeWei: -30n })).toBe(30n);
    expect(() => destroyedWei({ ...dying, changeWei: -20n })).toThrow(LaneSupplyError);
    expect(() => destroyedWei({ ...quiet, changeWei: -22n })).toThrow(/block 9: expected -21 wei, found -22/);
    expect(() => destroyedWei({ ...quiet, debitedWei: 1n })).toThrow(LaneSupplyError);
  });
});

describe("the audit of all balances", () => {
  const audit = (signal = new AbortController().signal) =>
    new SupplyAudit({ database, lane, clock: { now: () => 77, sleep: async () => undefined }, log }).run(
      signal,
    );

  it("finds the sum that the blocks have kept", async () => {
    await build({ nonce: 0, to: bob, value: 5n });
    await audit();
    expect(SUPPLY_AUDITS.get(database, LATEST)).toEqual({
      blockNumber: 2,
      // alice, bob, treasury, the ledger's account and the system address
      accounts: 5,
      supplyWei: oneNrxWei,
      atMs: 77,
    });
  });

  it("finds a sum that is not that of the stored balances, and says to stop", async () => {
    await database.write([supplyWrite(lane.head.number, oneNrxWei + 1n)]);
    await expect(audit()).rejects.toThrow(/expected 1000000000000000001 wei, found 1000000000000000000/);
    expect(SUPPLY_AUDITS.get(database, LATEST)).toBeUndefined();
  });

  it("finds a state that was damaged", async () => {
    const root = hexToBytes(lane.head.stateRoot);
    const key = Buffer.concat([new Uint8Array(32), root]);
    await database.write([{ space: keySpace("trie-node"), key, value: undefined }]);
    await expect(audit()).rejects.toThrow(`node ${bytesToHex(root).slice(2)} is missing`);
  });

  it("counts to the end although the state is pruned meanwhile, and lets it go then", async () => {
    for (let i = 0; i < 3; i++) {
      const credits = Array.from({ length: 400 }, (_, j): readonly [Hex, bigint] => [
        `0x${keccakOf(`0x${(400 * i + j + 1).toString(16).padStart(8, "0")}`).slice(26)}`,
        1n,
      ]);
      await lane.buildBlock({ timestampSeconds: 2, transactions: [], ledger: credit(...credits) });
    }
    const counted = lane.head.number;
    const prune = async () => {
      while (await lane.history.prune({ upToBlock: lane.head.number, maxNodes: 1_000 }));
    };
    const sleep = vi.fn(async () => {
      for (let i = 0; i < 3; i++)
        await lane.buildBlock({ timestampSeconds: 2, transactions: [], ledger: credit([bob, 1n]) });
      await prune();
    });
    const options = { database, lane, clock: { now: () => 77, sleep }, log };
    await new SupplyAudit(options).run(new AbortController().signal);
    expect(sleep).toHaveBeenCalled();
    expect(lane.history.oldestBlock).toBe(counted);
    expect(SUPPLY_AUDITS.get(database, LATEST)).toMatchObject({ blockNumber: counted });
    await prune();
    expect(lane.history.oldestBlock).toBe(lane.head.number);
  });

  it("ends when the node stops, with nothing noted", async () => {
    for (let i = 0; i < 1_200; i += 400) {
      const credits = Array.from({ length: 400 }, (_, j): readonly [Hex, bigint] => [
        `0x${keccakOf(`0x${(i + j + 1).toString(16).padStart(8, "0")}`).slice(26)}`,
        1n,
      ]);
      await lane.buildBlock({ timestampSeconds: 2, transactions: [], ledger: credit(...credits) });
    }
    await audit(AbortSignal.abort());
    expect(SUPPLY_AUDITS.get(database, LATEST)).toBeUndefined();
    await audit();
    expect(SUPPLY_AUDITS.get(database, LATEST)).toMatchObject({ supplyWei: oneNrxWei + 1_200n });
  });
});

describe("a database", () => {
  it("of a lane with another gateway contract is refused", async () => {
    await database.close();
    await expect(openLane(directory.path, { ...options, gatewayCode: "0xfe" })).rejects.toThrow(
      GenesisMismatchError,
    );
    ({ database, lane } = await openLane(directory.path, options));
  });
});
