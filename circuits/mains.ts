/** The circuits that are proven, as sources for the compiler: a template with its size. */
import type { BatchSize } from "../state/ledger/sizes.ts";
import type { CircuitSource } from "./sources.ts";

/** A circuit with a name that says its size, for cache folders and logs. */
export interface NamedCircuit {
  readonly name: string;
  readonly source: CircuitSource;
}

const BATCH_PUBLIC_SIGNALS = "commitment, challenge, evaluation";
const MEMBERSHIP_PUBLIC_SIGNALS = "root, id, fields";

/** Public signals in this order: C, r, e (docs/LEDGER.md, section 5). */
export function batchCircuit({ levels, maxOps, maxCells }: BatchSize): NamedCircuit {
  const instance = `Batch(${levels}, ${maxOps}, ${maxCells})`;
  return {
    name: `batch-${levels}-${maxOps}-${maxCells}`,
    source: { text: mainText("batch.circom", `{public [${BATCH_PUBLIC_SIGNALS}]}`, instance) },
  };
}

/** Public signals in this order: root, id, f0, f1, f2, f3 (docs/LEDGER.md, section 6). */
export function membershipCircuit({ levels }: Pick<BatchSize, "levels">): NamedCircuit {
  return {
    name: `membership-${levels}`,
    source: {
      text: mainText("membership.circom", `{public [${MEMBERSHIP_PUBLIC_SIGNALS}]}`, `Membership(${levels})`),
    },
  };
}

/** One template on its own, all of its inputs private. For measuring and for tests. */
export function templateCircuit(file: string, instance: string): NamedCircuit {
  return {
    name: instance.replaceAll(/[^A-Za-z0-9]+/g, "-").replace(/-$/, ""),
    source: { text: mainText(file, "", instance) },
  };
}

const mainText = (file: string, publicSignals: string, instance: string): string =>
  `pragma circom 2.2.0;\ninclude "${file}";\ncomponent main ${publicSignals} = ${instance};\n`;
