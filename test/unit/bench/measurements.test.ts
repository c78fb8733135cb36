import { parseTransaction, recoverTransactionAddress } from "viem";
import { afterEach, describe, expect, it } from "vitest";
import { Cleanup } from "../../../bench/cleanup.ts";
import { measureLedger } from "../../../bench/ledger-throughput.ts";
import { SENDERS, signTransfers } from "../../../bench/transfer-load.ts";
import { BATCH_SIZES } from "../../../state/ledger/sizes.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe("load of the contract lane", () => {
  it("has each sender pay its own recipient, with nonces that run on from plain to token transfers", async () => {
    const load = await signTransfers(31_337, 1, "0x00");
    expect(load.plain).toHaveLength(SENDERS);
    expect(load.tokens).toHaveLength(SENDERS);
    const plain = parseTransaction(load.plain[7] as `0x${string}`);
    const tokens = parseTransaction(load.tokens[7] as `0x${string}`);
    expect([plain.nonce ?? 0, plain.to]).toEqual([0, load.recipients[7]?.toLowerCase()]);
    expect([tokens.nonce, tokens.to]).toEqual([1, load.token.toLowerCase()]);
    const serializedTransaction = load.tokens[7] as `0x02${string}`;
    expect(await recoverTransactionAddress({ serializedTransaction })).toBe(load.senders[7]);
  });
});

describe("ledger measurement", () => {
  it("sequences every operation in process and through JSON-RPC, and says where the time went", async () => {
    const figures = await measureLedger(BATCH_SIZES.test, 20, cleanup);
    expect(figures.map(({ unit }) => unit)).toEqual(["ops/s", "ops/s", "µs/op", "µs/op", "µs/op", "µs/op"]);
    expect(figures[0]?.value).toBeGreaterThan(0);
    expect(figures[1]?.value).toBeGreaterThan(0);
  }, 120_000);
});
