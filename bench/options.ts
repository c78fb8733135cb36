import { parseArgs } from "node:util";
import { ConfigError, readConfig } from "../sequencer/config.ts";
import { BATCH_SIZES, type BatchSize, type BatchSizeName } from "../state/ledger/sizes.ts";

/** What can be measured on its own, in the order in which it runs. */
export const SECTIONS = ["ledger", "contracts", "proving", "constraints", "gas"] as const;
export type Section = (typeof SECTIONS)[number];

export interface BenchOptions {
  readonly sections: readonly Section[];
  readonly sizeName: BatchSizeName;
  readonly size: BatchSize;
  /** Contract-lane transactions of each kind. */
  readonly transactions: number;
  /** A ledger signature costs milliseconds, so there are fewer ledger operations. */
  readonly operations: number;
  readonly json: boolean;
  /** Circuits, keys and contracts are cached here, shared with the node; nothing else of a run stays. */
  readonly artifactsDirectory: string;
}

const MIN_TRANSACTIONS = 100;
const MAX_TRANSACTIONS = 100_000;
const DEFAULT_TRANSACTIONS = 10_000;
const TRANSACTIONS_PER_OPERATION = 5;

const USAGE = `usage: npm run bench -- [options]

  --only NAME,…       only these of ${SECTIONS.join(", ")}
  --size NAME         batch size of ledger, proving and gas: ${Object.keys(BATCH_SIZES).join(", ")} (local)
  --transactions N    contract-lane transactions of each kind, ${MIN_TRANSACTIONS} to ${MAX_TRANSACTIONS} (${DEFAULT_TRANSACTIONS});
                      a fifth as many ledger operations
  --json              one JSON object instead of the table`;

/** Throws a ConfigError that says what to do. */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): BenchOptions {
  const values = parse(args);
  const local = { ...env, NEURA_HOME_RPC_URL: undefined };
  const { size: sizeName, artifactsDirectory } = readConfig(
    values.size === undefined ? [] : ["--size", values.size],
    local,
  );
  const transactions = Number(values.transactions ?? DEFAULT_TRANSACTIONS);
  const isInRange = transactions >= MIN_TRANSACTIONS && transactions <= MAX_TRANSACTIONS;
  if (!Number.isInteger(transactions) || !isInRange) {
    throw new ConfigError(
      `--transactions is a whole number from ${MIN_TRANSACTIONS} to ${MAX_TRANSACTIONS}, got ${values.transactions}`,
    );
  }
  return {
    sections: values.only === undefined ? SECTIONS : chosen(values.only),
    sizeName,
    size: BATCH_SIZES[sizeName],
    transactions,
    operations: Math.floor(transactions / TRANSACTIONS_PER_OPERATION),
    json: values.json ?? false,
    artifactsDirectory,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    const options = { only: text, size: text, transactions: text, json: { type: "boolean" } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function chosen(list: string): Section[] {
  const names = list.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !(SECTIONS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(`--only takes ${SECTIONS.join(", ")}, separated by commas; got "${unknown}"`);
  }
  return SECTIONS.filter((section) => names.includes(section));
}
