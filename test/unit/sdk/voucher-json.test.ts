import { describe, expect, it } from "vitest";
import { claimFromJson, receiptFromJson, voucherFromJson } from "../../../sdk/index.ts";

describe("messages over the line", () => {
  it("are refused with the name of the part that is malformed", () => {
    const receipt = { task: "0x5", serial: "0x1", index: "0x0", input: "0x1", output: `0x${"f".repeat(64)}` };
    expect(() => receiptFromJson(receipt)).toThrow(
      expect.objectContaining({
        code: "malformed-message",
        message: expect.stringContaining("receipt.output"),
      }),
    );
    expect(() => voucherFromJson({ count: "0x1", words: ["0x1"] })).toThrow(
      expect.objectContaining({
        code: "malformed-message",
        message: expect.stringContaining("voucher.words"),
      }),
    );
    expect(() => claimFromJson("claim")).toThrow(expect.objectContaining({ code: "malformed-message" }));
  });
});
