import { hexToBytes } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContractMempool } from "../../../sequencer/mempool/contract-transactions.ts";
import type { Database } from "../../../state/database.ts";
import type { ContractLane } from "../../../state/evm/contract-lane.ts";
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
const bob = account(2);
const carol = account(3);
const to = lower(carol.address);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;
let lane: ContractLane;
let mempool: ContractMempool;

beforeEach(async () => {
  directory = await temporaryDirectory();
  ({ database, lane } = await openLane(directory.path));
  const funds = [alice, bob].map(({ address }) => [lower(address), oneNrxWei] as const);
  await lane.buildBlock({ timestampSeconds: 1, transactions: [], ledger: credit(...funds) });
  mempool = await ContractMempool.open(database, lane);
});
afterEach(async () => {
  await database.close();
  await directory.remove();
});

type Fields = Partial<Parameters<typeof signTransfer>[2]>;
const signed = (from: typeof alice, nonce: number, fields: Fields = {}) =>
  signTransfer(lane, from, { nonce, to, value: 1n, ...fields });
const add = async (from: typeof alice, nonce: number, fields: Fields = {}) =>
  mempool.add((await signed(from, nonce, fields)).raw);

async function mine(): Promise<void> {
  const { block, rejected } = await lane.buildBlock({
    timestampSeconds: lane.head.timestampSeconds + 1,
    transactions: mempool.take(),
  });
  await mempool.onBlock(block, rejected);
}

describe("the contract mempool", () => {
  it("gives the best tips first, and each sender's nonces in order", async () => {
    const cheap = await add(alice, 0, { tip: 1n });
    const rich = await add(alice, 1, { tip: gwei });
    const middle = await add(bob, 0, { tip: 5n });
    expect(mempool.take().map(({ hash }) => hash)).toEqual([middle, cheap, rich]);
  });

  it("holds a transaction behind a nonce gap until the gap is filled", async () => {
    await add(alice, 1);
    expect(mempool.hasExecutable()).toBe(false);
    expect(mempool.take()).toEqual([]);
    expect(await mempool.pendingNonce(lower(alice.address))).toBe(0n);
    await add(alice, 0);
    expect(mempool.take()).toHaveLength(2);
    expect(await mempool.pendingNonce(lower(alice.address))).toBe(2n);
  });

  it("refuses with geth's texts", async () => {
    await add(alice, 0);
    await expect(add(alice, 0)).rejects.toThrow(/^already known$/);
    await expect(add(alice, 0, { value: 2n })).rejects.toThrow(/^replacement transaction underpriced/);
    await expect(add(carol, 0)).rejects.toThrow(/^insufficient funds for gas \* price \+ value/);
    await expect(add(alice, 1, { value: oneNrxWei - 21_000n * 2n * gwei })).rejects.toThrow(/queued cost/);
    await expect(add(bob, 0, { maxFeePerGas: 1n })).rejects.toThrow(
      /^max fee per gas less than block base fee/,
    );
    await expect(add(bob, 0, { gas: lane.blockGasLimit + 1n })).rejects.toThrow(/^exceeds block gas limit/);
    await expect(add(bob, 0, { gas: 20_000n })).rejects.toThrow(/^intrinsic gas too low/);
    await mine();
    await expect(add(alice, 0, { value: 3n })).rejects.toThrow(/^nonce too low/);
  });

  it("replaces a transaction when fee cap and tip rise by a tenth", async () => {
    await add(alice, 0, { tip: 10n });
    await expect(add(alice, 0, { tip: 11n, maxFeePerGas: (22n * gwei) / 10n - 1n })).rejects.toThrow(
      /underpriced/,
    );
    const better = await add(alice, 0, { tip: 11n, maxFeePerGas: (22n * gwei) / 10n });
    expect(mempool.take().map(({ hash }) => hash)).toEqual([better]);
    expect(mempool.size).toBe(1);
  });

  it("lets only one of two simultaneous transactions with the same nonce in", async () => {
    const raws = [await signed(alice, 0, { value: 1n }), await signed(alice, 0, { value: 2n })].map(
      ({ raw }) => raw,
    );
    const results = await Promise.allSettled(raws.map((raw) => mempool.add(raw)));
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(mempool.size).toBe(1);
  });

  it("takes at most the bytes it is given and never more than a block of gas", async () => {
    const { size } = await signed(alice, 0);
    for (let nonce = 0; nonce < 5; nonce++) await add(alice, nonce);
    expect(mempool.take(3 * size + 10)).toHaveLength(3);
    expect(mempool.hasLeftOut).toBe(true);
    await add(bob, 0, { gas: lane.blockGasLimit, maxFeePerGas: gwei, tip: 1n });
    expect(mempool.take().map(({ sender }) => sender)).toEqual([lower(bob.address)]);
  });

  it("keeps what it acknowledged when it is opened again, and forgets what was mined", async () => {
    await add(alice, 0);
    const waiting = await add(alice, 2);
    await mine();
    await database.close();
    ({ database, lane } = await openLane(directory.path));
    mempool = await ContractMempool.open(database, lane);
    expect(mempool.size).toBe(1);
    expect(mempool.get(waiting)?.sender).toBe(lower(alice.address));
    await add(alice, 1);
    await mine();
    expect(await lane.getNonce(lower(alice.address))).toBe(3n);
    expect(mempool.size).toBe(0);
  });

  it("forgets on opening what a block contained although the process died before it could", async () => {
    await add(alice, 0);
    await lane.buildBlock({ timestampSeconds: 5, transactions: mempool.take() });
    const reopened = await ContractMempool.open(database, lane);
    expect(reopened.size).toBe(0);
  });

  it("sees funds that arrive while transactions wait", async () => {
    await add(alice, 0);
    const more = { value: oneNrxWei };
    await expect(add(alice, 1, more)).rejects.toThrow(/insufficient funds/);
    const ledger = credit([lower(alice.address), 2n * oneNrxWei]);
    const { block } = await lane.buildBlock({ timestampSeconds: 9, transactions: [], ledger });
    await mempool.onBlock(block, []);
    await add(alice, 1, more);
    expect(mempool.take()).toHaveLength(2);
  });

  it("holds a transaction below the base fee until the base fee has come down", async () => {
    const baseFeeWei = lane.nextBaseFeeWei;
    const low = await add(alice, 0, { maxFeePerGas: baseFeeWei - 1n });
    expect(mempool.hasExecutable()).toBe(false);
    await mine(); // an empty block lowers it
    expect(lane.nextBaseFeeWei).toBeLessThan(baseFeeWei);
    expect(mempool.take().map(({ hash }) => hash)).toEqual([low]);
  });

  it("tells what can run from what lies behind a gap, by sender and nonce", async () => {
    for (const nonce of [3, 0, 1]) await add(alice, nonce);
    await add(bob, 1);
    expect(mempool.counts()).toEqual({ pending: 2, queued: 2 });
    const nonces = (waiting: readonly { nonce: bigint }[]) => waiting.map(({ nonce }) => Number(nonce));
    const [of] = mempool.content(lower(alice.address));
    expect([nonces(of?.pending ?? []), nonces(of?.queued ?? [])]).toEqual([[0, 1], [3]]);
    expect(mempool.content()).toHaveLength(2);
    await add(alice, 2);
    expect(mempool.counts()).toEqual({ pending: 4, queued: 1 });
  });

  it("tells of a transaction once it is on the disk", async () => {
    const told: string[] = [];
    mempool.added.add(({ hash }) => told.push(hash));
    const hash = await add(alice, 0);
    await expect(add(alice, 0)).rejects.toThrow();
    expect(told).toEqual([hash]);
  });

  it("when it is full, one behind a gap goes first, then the last one of whoever pays least", async () => {
    mempool = await ContractMempool.open(database, lane, {
      maxBytes: 1_000_000,
      maxGas: lane.blockGasLimit,
      maxTransactions: 3,
    });
    const first = await add(alice, 0, { maxFeePerGas: 3n * gwei });
    const second = await add(alice, 1, { maxFeePerGas: 2n * gwei });
    const stuck = await add(bob, 5, { maxFeePerGas: 9n * gwei });
    const cheap = await add(bob, 0, { maxFeePerGas: 2n * gwei });
    expect([first, second, stuck, cheap].map((hash) => mempool.get(hash) !== undefined)).toEqual([
      true,
      true,
      false,
      true,
    ]);
    await expect(add(bob, 1, { maxFeePerGas: 2n * gwei })).rejects.toThrow(/^transaction underpriced/);
    const better = await add(bob, 1, { maxFeePerGas: 3n * gwei });
    expect(mempool.get(second)).toBeUndefined();
    expect(
      mempool
        .take()
        .map(({ hash }) => hash)
        .sort(),
    ).toEqual([first, cheap, better].sort());
    // What is last of its sender changes; one in the middle is never pushed out.
    const next = await add(bob, 2, { maxFeePerGas: 4n * gwei });
    const last = await add(bob, 3, { maxFeePerGas: 5n * gwei }).catch(() => undefined);
    expect([cheap, better, next].map((hash) => mempool.get(hash) !== undefined)).toEqual([true, true, true]);
    expect([last, mempool.get(first)]).toEqual([undefined, undefined]);
    // What was pushed out is gone from the disk too.
    const reopened = await ContractMempool.open(database, lane);
    expect(reopened.size).toBe(3);
  });

  it("when it is full again later, it looks at who is last now", async () => {
    const limits = { maxBytes: 1_000_000, maxGas: lane.blockGasLimit, maxTransactions: 2 };
    mempool = await ContractMempool.open(database, lane, limits);
    const held = await add(alice, 0, { maxFeePerGas: gwei / 2n });
    await add(bob, 0, { maxFeePerGas: 3n * gwei });
    await expect(add(alice, 1, { maxFeePerGas: gwei / 2n })).rejects.toThrow(/^transaction underpriced/);
    await mine();
    const last = await add(alice, 1, { maxFeePerGas: gwei / 2n });
    const newcomer = await add(bob, 1, { maxFeePerGas: 3n * gwei });
    expect([held, last, newcomer].map((hash) => mempool.get(hash) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
    expect(mempool.size).toBe(2);
  });

  it("refuses bytes that are no transaction", async () => {
    await expect(mempool.add(hexToBytes("0xdeadbeef"))).rejects.toMatchObject({ rpcCode: -32000 });
    expect(mempool.size).toBe(0);
  });
});
