import { RATE_BASIS } from "./cells.ts";

/** How a payout for work is divided. The three parts add up to the whole. */
export interface Split {
  readonly treasuryUnits: bigint;
  readonly modelUnits: bigint;
  readonly workerUnits: bigint;
}

/** Divides a payout by the rates that the task's terms have fixed; what rounding leaves over is the worker's. */
export function splitPayout(units: bigint, terms: { treasuryRate: bigint; share: bigint }): Split {
  const treasuryUnits = (units * terms.treasuryRate) / RATE_BASIS;
  const modelUnits = (units * terms.share) / RATE_BASIS;
  return { treasuryUnits, modelUnits, workerUnits: units - treasuryUnits - modelUnits };
}
