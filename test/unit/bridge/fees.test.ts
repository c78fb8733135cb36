import { describe, expect, it } from "vitest";
import { firstFees, replacementFees } from "../../../bridge/fees.ts";

const market = { baseFeePerGasWei: 100n, priorityFeePerGasWei: 10n };

describe("fees", () => {
  it("leaves room for a rising base fee, within the bound", () => {
    expect(firstFees(market, 1_000n)).toEqual({ maxFeePerGasWei: 210n, maxPriorityFeePerGasWei: 10n });
    expect(firstFees(market, 150n)).toEqual({ maxFeePerGasWei: 150n, maxPriorityFeePerGasWei: 10n });
    expect(firstFees(market, 5n)).toEqual({ maxFeePerGasWei: 5n, maxPriorityFeePerGasWei: 5n });
  });

  it("raises both fees by more than 12.5 %, also from nothing", () => {
    const raised = replacementFees({ maxFeePerGasWei: 1_000n, maxPriorityFeePerGasWei: 0n }, market, 10_000n);
    expect(raised).toEqual({ maxFeePerGasWei: 1_126n, maxPriorityFeePerGasWei: 10n });
    const cheap = { baseFeePerGasWei: 0n, priorityFeePerGasWei: 0n };
    expect(replacementFees({ maxFeePerGasWei: 8n, maxPriorityFeePerGasWei: 0n }, cheap, 100n)).toEqual({
      maxFeePerGasWei: 10n,
      maxPriorityFeePerGasWei: 1n,
    });
  });

  it("follows a market that rose by more", () => {
    const rich = { baseFeePerGasWei: 1_000n, priorityFeePerGasWei: 50n };
    const previous = { maxFeePerGasWei: 210n, maxPriorityFeePerGasWei: 10n };
    expect(replacementFees(previous, rich, 10_000n)).toEqual({
      maxFeePerGasWei: 2_050n,
      maxPriorityFeePerGasWei: 50n,
    });
  });

  it("does not pass the bound", () => {
    expect(
      replacementFees({ maxFeePerGasWei: 900n, maxPriorityFeePerGasWei: 1n }, market, 1_000n),
    ).toBeUndefined();
  });
});
