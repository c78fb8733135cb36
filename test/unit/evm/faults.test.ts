import { createAddressFromString } from "@ethereumjs/util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Database } from "../../../state/database.ts";
import { BlockState } from "../../../state/evm/block-state.ts";
import type { ContractLane } from "../../../state/evm/contract-lane.ts";
import { LaneBrokenError } from "../../../state/evm/lane-errors.ts";
import {
  account,
  credit,
  lower,
  oneNrxWei,
  openLane,
  signTransfer,
  temporaryDirectory,
} from "./lane-fixture.ts";

const [alice, bob, carol] = [account(1), account(2), account(3)];

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;
let lane: ContractLane;

beforeEach(async () => {
  directory = await temporaryDirectory();
  ({ database, lane } = await openLane(directory.path));
  const credits = [alice, bob].map(({ address }) => [lower(address), oneNrxWei] as const);
  await lane.buildBlock({ timestampSeconds: 1, transactions: [], ledger: credit(...credits) });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await database.close();
  await directory.remove();
});

/** Whatever touches the account fails as code does that has a fault. */
function withFaultAt(address: string, fault: () => Error): void {
  const get = BlockState.prototype.getCode;
  const poisoned = createAddressFromString(address).toString();
  vi.spyOn(BlockState.prototype, "getCode").mockImplementation(async function (this: BlockState, where) {
    if (where.toString() === poisoned) throw fault();
    return get.call(this, where);
  });
}

const transfers = async () => [
  await signTransfer(lane, alice, { nonce: 0, to: lower(bob.address), value: 1n }),
  await signTransfer(lane, bob, { nonce: 0, to: lower(carol.address), value: 2n }),
  await signTransfer(lane, alice, { nonce: 1, to: lower(bob.address), value: 3n }),
];

it.each([
  new TypeError("undefined is not a function"),
  Object.assign(new RangeError("out of bounds"), { code: "ERR_OUT_OF_RANGE" }),
])(
  "a transaction that the node has a fault with is left out, and the rest of the block is built: %s",
  async (fault) => {
    withFaultAt(carol.address, () => fault);
    const [first, faulty, last] = await transfers();
    const { block, rejected } = await lane.buildBlock({
      timestampSeconds: 2,
      transactions: [first, faulty, last] as never,
    });
    expect(block.transactions.map(({ hash }) => hash)).toEqual([first?.hash, last?.hash]);
    expect(rejected).toMatchObject([{ hash: faulty?.hash, reason: `internal error: ${fault.message}` }]);
    expect(await lane.getNonce(lower(alice.address))).toBe(2n);
    // Nothing of it stays behind, and the next block follows.
    vi.restoreAllMocks();
    const next = await lane.buildBlock({ timestampSeconds: 3, transactions: [faulty] as never });
    expect(next.rejected).toEqual([]);
    expect(await lane.getBalance(lower(carol.address))).toBe(2n);
  },
);

it("an error that has nothing to do with the transaction stops the lane", async () => {
  withFaultAt(carol.address, () => Object.assign(new Error("disk full"), { code: "ENOSPC" }));
  const transactions = await transfers();
  await expect(lane.buildBlock({ timestampSeconds: 2, transactions })).rejects.toThrow(LaneBrokenError);
});
