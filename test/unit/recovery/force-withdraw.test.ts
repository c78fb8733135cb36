import { numberToHex } from "viem";
import { describe, expect, it } from "vitest";
import { forceWithdraw, QueueFeeError } from "../../../sequencer/recovery/force-withdraw.ts";
import { encodeAccount } from "../../../state/ledger/cells.ts";
import { actor } from "../../support/ledger-scenario.ts";

const { l1Address, publicKey } = actor("alice");
const cell = encodeAccount({ nonce: 0n, balance: 7n, l1Address, pubX: publicKey.x, pubY: publicKey.y });
const home = {
  created: { address: "0x00000000000000000000000000000000000a77ac" },
  state: { ledger: { cell: () => cell } },
};

/** What would be sent for this fee. */
async function sentFor(queueFeeWei: bigint): Promise<unknown[]> {
  const calls: unknown[] = [];
  const send = async (call: unknown) => {
    calls.push(call);
    throw new Error("sent");
  };
  const wallet = { account: { address: numberToHex(l1Address, { size: 20 }) }, send };
  const views = { queueFeeWei, terms: { freezeDelay: 1 } };
  const forced = forceWithdraw(
    "all",
    home as never,
    views as never,
    { accounts: [5] } as never,
    wallet as never,
  );
  await expect(forced).rejects.toThrow(calls.length === 0 ? QueueFeeError : "sent");
  return calls;
}

describe("a forced withdrawal", () => {
  it("pays the fee of a queue that is in use", async () => {
    expect(await sentFor(10n ** 16n)).toMatchObject([{ functionName: "enqueue", valueWei: 10n ** 16n }]);
  });

  it("does not believe an RPC that wants a fortune for it, and sends nothing", async () => {
    expect(await sentFor(10n ** 16n + 1n)).toEqual([]);
  });
});
