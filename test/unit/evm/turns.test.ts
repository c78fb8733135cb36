import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Database } from "../../../state/database.ts";
import { createAccessList } from "../../../state/evm/access-list.ts";
import type { ContractLane } from "../../../state/evm/contract-lane.ts";
import { ExecutionTimeoutError } from "../../../state/evm/turns.ts";
import {
  account,
  credit,
  lower,
  oneNrxWei,
  openLane,
  signTransfer,
  temporaryDirectory,
} from "./lane-fixture.ts";

const alice = account(1);
const nobody = lower(account(9).address);
/** JUMPDEST, PUSH0, JUMP: 13 gas a round, and no end. */
const endlessLoop = "0x5b5f56";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;
let lane: ContractLane;

beforeEach(async () => {
  directory = await temporaryDirectory();
  ({ database, lane } = await openLane(directory.path, { blockGasLimit: 10n ** 12n }));
});

afterEach(async () => {
  vi.useRealTimers();
  await database.close();
  await directory.remove();
});

/** How often others got their turn until it was settled. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const done = work
    .catch(() => undefined)
    .finally(() => {
      isDone = true;
    });
  while (!isDone) {
    await setImmediate();
    turns += 1;
  }
  await done;
  return turns;
}

const callLoop = (gas: bigint): Promise<Uint8Array> => {
  const code = Buffer.from(endlessLoop.slice(2), "hex");
  return lane.call({ to: nobody, gas }, "latest", { state: new Map([[nobody, { code }]]) });
};

it("a long call lets the others have their turns", async () => {
  expect(await turnsDuring(callLoop(3_000_000n))).toBeGreaterThan(20);
});

it("a long transaction does so, too", async () => {
  await lane.buildBlock({
    timestampSeconds: 1,
    transactions: [],
    ledger: credit([lower(alice.address), 1_000n * oneNrxWei]),
  });
  const initCode = "0x6003600a5f3960035ff35b5f56" as const; // deploys the loop
  const creation = await signTransfer(lane, alice, { nonce: 0, data: initCode, gas: 100_000n });
  const { receipts } = await lane.buildBlock({ timestampSeconds: 2, transactions: [creation] });
  const to = receipts[0]?.contractAddress as `0x${string}`;
  const loop = await signTransfer(lane, alice, { nonce: 1, to, gas: 3_000_000n });
  const building = lane.buildBlock({ timestampSeconds: 3, transactions: [loop] });
  expect(await turnsDuring(building)).toBeGreaterThan(20);
  expect((await building).receipts[0]).toMatchObject({ status: 0, gasUsed: 3_000_000n });
});

/** Takes a megabyte of memory, which every step shows to who looks on, and then loops. */
const listing = (gas: bigint) => {
  const code = Uint8Array.of(0x5f, 0x62, 0x0f, 0xff, 0xff, 0x53, 0x5b, 0x60, 6, 0x56);
  const overrides = { state: new Map([[nobody, { code }]]) };
  return createAccessList(lane.stateAfter("latest"), { to: nobody, gas }, overrides);
};

it("a look at the steps of a call with much memory lets the others have their turns", async () => {
  expect(await turnsDuring(listing(2_230_000n))).toBeGreaterThan(20);
});

it("a look at the steps of a call that takes too long ends with geth's error", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const refused = expect(listing(10n ** 7n)).rejects.toThrow(ExecutionTimeoutError);
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  await vi.advanceTimersByTimeAsync(5_000);
  await refused;
});

it("a call has no more gas than calls may have, whatever it says of the block", async () => {
  const code = Uint8Array.of(0x5a, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3); // the gas that is left
  const overrides = { state: new Map([[nobody, { code }]]), block: { gasLimit: 2n ** 63n } };
  const left = await lane.call({ to: nobody, gas: 2n ** 62n }, "latest", overrides);
  expect(BigInt(`0x${Buffer.from(left).toString("hex")}`)).toBeLessThan(10n ** 12n);
});

it("a call that takes too long ends with geth's error, and leaves the others alone", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const calling = callLoop(10n ** 11n);
  const refused = expect(calling).rejects.toThrow(ExecutionTimeoutError);
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  await vi.advanceTimersByTimeAsync(5_000);
  await refused;
  await expect(calling).rejects.toThrow("execution aborted (timeout = 5s)");
  await expect(lane.getBalance(nobody)).resolves.toBe(0n);
  await expect(lane.call({ to: nobody }, "latest")).resolves.toEqual(new Uint8Array(0));
});
