import type { Machine } from "./machine.ts";

/** One measured, or quoted, figure. */
export interface Figure {
  /** Headline that it stands under. */
  readonly group: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly note?: string;
}

const LARGEST_WITH_TWO_DECIMALS = 10;
const LARGEST_WITH_ONE_DECIMAL = 100;

/** Three digits that mean something, and whole numbers above them. */
export function formatValue(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= LARGEST_WITH_ONE_DECIMAL) {
    return Math.round(value).toLocaleString("en");
  }
  return value.toFixed(Math.abs(value) < LARGEST_WITH_TWO_DECIMALS ? 2 : 1);
}

/** The table for people; columns are as wide as their widest entry. */
export function formatTable(machine: Machine, settings: string, figures: readonly Figure[]): string {
  const { cpu, cores, memoryGiB, node, platform, loadBefore } = machine;
  const values = figures.map(({ value }) => formatValue(value));
  const whatWidth = Math.max(0, ...figures.map(({ what }) => what.length));
  const valueWidth = Math.max(0, ...values.map((value) => value.length));
  const unitWidth = Math.max(0, ...figures.map(({ unit }) => unit.length));
  const lines = [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}, load ${loadBefore} before the run`,
    settings,
  ];
  let group = "";
  figures.forEach((figure, i) => {
    if (figure.group !== group) lines.push("", figure.group);
    group = figure.group;
    const { what, unit, note = "" } = figure;
    const value = (values[i] ?? "").padStart(valueWidth);
    lines.push(`  ${what.padEnd(whatWidth)}  ${value} ${unit.padEnd(unitWidth)}  ${note}`.trimEnd());
  });
  return lines.join("\n");
}
