import { existsSync, readFileSync } from "node:fs";
import type { CircuitStats } from "../circuits/stats.ts";
import { BATCH_SIZES, type BatchSizeName } from "../state/ledger/sizes.ts";
import type { Figure } from "./table.ts";

/** Written by `npm run circuits -- --update-table`; a test of the circuits compares it with real compilations. */
const TABLE = new URL("../circuits/constraints.json", import.meta.url);

/** The committed statistics of the circuits cannot be used. */
export class ConstraintTableError extends Error {
  readonly code = "CONSTRAINT_TABLE_UNUSABLE";
  constructor(reason: string) {
    super(`circuits/constraints.json: ${reason}; write it with npm run circuits -- --update-table`);
  }
}

/** Constraints per op of every size, from the committed statistics. */
export function readConstraints(): Figure[] {
  if (!existsSync(TABLE)) throw new ConstraintTableError("the file does not exist");
  const table = JSON.parse(readFileSync(TABLE, "utf8")) as Partial<Record<BatchSizeName, CircuitStats>>;
  return (Object.keys(BATCH_SIZES) as BatchSizeName[]).flatMap((name) => {
    const stats = table[name];
    if (stats === undefined) throw new ConstraintTableError(`it lacks the size ${name}`);
    const { size, total, domainLog2, mixes } = stats;
    const group = `Constraints per op, ${name} size: ${size.maxOps} ops, ${size.maxCells} cells, ${total.toLocaleString("en")} of 2^${domainLog2}`;
    return mixes.map(({ mix, ops, constraintsPerOp }) => ({
      group,
      what: mix,
      value: constraintsPerOp,
      unit: "constraints",
      note: `${ops} ops fit`,
    }));
  });
}
