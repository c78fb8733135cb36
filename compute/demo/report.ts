import type { ChainInfo } from "../../sdk/index.ts";
import type { Check } from "./checks.ts";
import type { BatchReport } from "./outcome.ts";

/** Columns as wide as their widest cell; numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const isNumeric = head.map((_, column) => rows.every((row) => /^[\d.,]*$/.test(row[column] ?? "")));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)];
}

const seconds = (ms: number | undefined): string => (ms === undefined ? "" : (ms / 1000).toFixed(1));

export function batchTable(reports: readonly BatchReport[]): string[] {
  const rows = reports.flatMap(({ batch, gasUsed, roots }) =>
    Object.entries(batch.chains).map(([chain, onChain], index) => [
      index === 0 ? String(batch.number) : "",
      index === 0 ? String(batch.ops.length) : "",
      index === 0 ? seconds(batch.proof?.witnessMs) : "",
      index === 0 ? seconds(batch.proof?.proveMs) : "",
      chain,
      onChain?.transactionHash ?? "none",
      String(gasUsed[chain] ?? ""),
      roots[chain] ?? "none",
    ]),
  );
  return table(
    ["batch", "ops", "witness s", "prove s", "chain", "transaction", "gas", "root read from the contract"],
    rows,
  );
}

export function rootTable(
  info: ChainInfo,
  batchNumber: number,
  roots: Readonly<Record<string, string>>,
): string[] {
  const contracts = [
    { name: "home", chainId: info.homeChainId, contract: info.homeContract },
    ...info.mirrors,
  ];
  return table(
    ["chain", "chain id", "contract", `root after batch ${batchNumber}`],
    contracts.map(({ name, chainId, contract }) => [name, String(chainId), contract, roots[name] ?? "none"]),
  );
}

export const failureLines = (failed: readonly Check[]): string[] =>
  failed.map(({ claim, expected, actual }) => `FAILED  ${claim}: expected ${expected}, got ${actual}`);

/** bigint as decimal text, so that the object survives JSON. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? item.toString() : item));
