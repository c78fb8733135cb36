/**
 * `npm run circuits -- [--size test|local|production] [--stats] [--gadgets] [--json] [--update-table]`
 * Compiles the circuits of a size (all sizes without `--size`), or prints what they cost.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { BATCH_SIZES, type BatchSizeName } from "../state/ledger/sizes.ts";
import { compileCircuit } from "./compile.ts";
import { batchCircuit, membershipCircuit } from "./mains.ts";
import { type CircuitStats, formatStats, isBatchSizeName, measureCircuit, measureGadgets } from "./stats.ts";

const cacheDirectory = path.resolve(import.meta.dirname, "../.cache/circuits");
const tablePath = path.join(import.meta.dirname, "constraints.json");

const { values } = parseArgs({
  options: {
    size: { type: "string" },
    stats: { type: "boolean", default: false },
    gadgets: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    "update-table": { type: "boolean", default: false },
  },
});

function chosenSizes(): BatchSizeName[] {
  const names = Object.keys(BATCH_SIZES) as BatchSizeName[];
  if (values.size === undefined) return names;
  if (isBatchSizeName(values.size)) return [values.size];
  throw new RangeError(`--size ${values.size} is unknown; choose one of ${names.join(", ")}`);
}

async function compileAll(name: BatchSizeName): Promise<void> {
  for (const circuit of [batchCircuit(BATCH_SIZES[name]), membershipCircuit(BATCH_SIZES[name])]) {
    const { constraints, directory } = await compileCircuit({ ...circuit, cacheDirectory });
    process.stdout.write(`${name}: ${circuit.name}: ${constraints} constraints in ${directory}\n`);
  }
}

async function printStats(names: readonly BatchSizeName[]): Promise<void> {
  const table: Partial<Record<BatchSizeName, CircuitStats>> = {};
  for (const name of names) {
    const size = BATCH_SIZES[name];
    const stats = await measureCircuit(size, { cacheDirectory });
    table[name] = stats;
    const gadgets = values.gadgets ? await measureGadgets(size, { cacheDirectory }) : [];
    if (!values.json) process.stdout.write(`${formatStats(name, stats, gadgets)}\n`);
  }
  const json = `${JSON.stringify(table, null, 2)}\n`;
  if (values.json) process.stdout.write(json);
  if (values["update-table"]) writeFileSync(tablePath, json);
}

const names = chosenSizes();
if (values["update-table"] && values.size !== undefined) {
  throw new RangeError("--update-table writes all sizes; leave --size out");
}
if (values.stats || values["update-table"]) await printStats(names);
else for (const name of names) await compileAll(name);
