import { describe, expect, it } from "vitest";
import { readOptions, SECTIONS } from "../../../bench/options.ts";
import { ConfigError } from "../../../sequencer/config.ts";
import { BATCH_SIZES } from "../../../state/ledger/sizes.ts";

const read = (...args: string[]) => readOptions(args, {});

describe("options of the bench", () => {
  it("measures everything at the local size with 10,000 transactions by default", () => {
    const { sections, size, transactions, operations, json } = read();
    expect(sections).toEqual(SECTIONS);
    expect(size).toEqual(BATCH_SIZES.local);
    expect({ transactions, operations, json }).toEqual({
      transactions: 10_000,
      operations: 2_000,
      json: false,
    });
  });

  it("runs chosen sections in their own order, whatever the order of the list", () => {
    expect(read("--only", "gas, ledger").sections).toEqual(["ledger", "gas"]);
  });

  it("does not ask for the settings of a remote network", () => {
    expect(readOptions([], { NEURA_HOME_RPC_URL: "http://127.0.0.1:1" }).sizeName).toBe("local");
  });

  it.each([
    ["an unknown section", ["--only", "speed"]],
    ["an unknown size", ["--size", "huge"]],
    ["too few transactions", ["--transactions", "99"]],
    ["too many transactions", ["--transactions", "100001"]],
    ["half a transaction", ["--transactions", "100.5"]],
    ["no number", ["--transactions", "many"]],
    ["an unknown option", ["--fast"]],
  ])("refuses %s", (_, args) => {
    expect(() => read(...args)).toThrow(ConfigError);
  });
});
