import { describe, expect, it } from "vitest";
import { type Figure, formatTable, formatValue } from "../../../bench/table.ts";

const machine = {
  cpu: "Some CPU",
  cores: 2,
  memoryGiB: 7.5,
  node: "20.20.0",
  platform: "linux x64",
  loadBefore: 0.1,
};

describe("table of the bench", () => {
  it.each([
    [0.274, "0.27"],
    [22.04, "22.0"],
    [285_073, "285,073"],
    [1290.4, "1,290"],
    [4, "4"],
  ])("prints %d as %s", (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it("aligns values at their last digit and says each group once", () => {
    const figures: Figure[] = [
      { group: "Gas", what: "home", value: 285_073, unit: "gas" },
      { group: "Gas", what: "each further op", value: 920, unit: "gas", note: "hot mix" },
      { group: "Speed", what: "ops", value: 12.5, unit: "ops/s" },
    ];
    expect(formatTable(machine, "batch size test", figures)).toBe(
      [
        "Some CPU, 2 cores, 7.5 GiB, linux x64, Node 20.20.0, load 0.1 before the run",
        "batch size test",
        "",
        "Gas",
        "  home             285,073 gas",
        "  each further op      920 gas    hot mix",
        "",
        "Speed",
        "  ops                 12.5 ops/s",
      ].join("\n"),
    );
  });
});
