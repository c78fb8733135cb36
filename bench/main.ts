import { ConfigError } from "../sequencer/config.ts";
import { Cleanup } from "./cleanup.ts";
import { readConstraints } from "./constraints.ts";
import { measureContracts } from "./contract-throughput.ts";
import { measureGas } from "./gas.ts";
import { measureLedger } from "./ledger-throughput.ts";
import { thisMachine } from "./machine.ts";
import { type BenchOptions, readOptions, type Section } from "./options.ts";
import { PUBLISHED } from "./peers.ts";
import { measureProving } from "./proving.ts";
import { openSettlementNetwork, type SettlementNetwork } from "./settlement-network.ts";
import { type Figure, formatTable } from "./table.ts";

/** `npm run bench`: measures the node's own parts and prints one table. */

/** One run of every chosen section, in order. */
async function measure(options: BenchOptions, cleanup: Cleanup): Promise<Figure[]> {
  const { size, artifactsDirectory } = options;
  let opened: Promise<SettlementNetwork> | undefined;
  const network = () => {
    opened ??= openSettlementNetwork(size, artifactsDirectory, cleanup);
    return opened;
  };
  const run: Record<Section, () => Promise<Figure[]>> = {
    ledger: () => measureLedger(size, options.operations, cleanup),
    contracts: () =>
      measureContracts({
        size,
        transactions: options.transactions,
        artifactsDirectory,
        cleanup,
      }),
    proving: async () => measureProving(await network(), cleanup),
    constraints: async () => [...readConstraints(), ...PUBLISHED],
    gas: async () => measureGas(await network(), cleanup),
  };
  const figures: Figure[] = [];
  for (const section of options.sections) {
    process.stderr.write(`… ${section}\n`);
    figures.push(...(await run[section]()));
  }
  return figures;
}

function print({ json, sizeName, transactions, operations }: BenchOptions, figures: readonly Figure[]): void {
  if (json) {
    const settings = { size: sizeName, transactions, operations };
    process.stdout.write(`${JSON.stringify({ machine, settings, figures }, null, 2)}\n`);
    return;
  }
  process.stdout.write(`${formatTable(machine, `batch size ${sizeName}`, figures)}\n`);
}

const machine = thisMachine();
const cleanup = new Cleanup();
let isInterrupted = false;
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => {
    isInterrupted = true;
    cleanup.run().finally(() => process.exit(code));
  });
}
try {
  const options = readOptions(process.argv.slice(2), process.env);
  const figures = await measure(options, cleanup);
  await cleanup.run();
  print(options, figures);
} catch (error) {
  // What the clean-up took away under a measurement is no failure of the measurement.
  if (!isInterrupted)
    process.stderr.write(`${error instanceof ConfigError ? error.message : (error as Error).stack}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
  await cleanup.run();
}
