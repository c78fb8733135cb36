import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { ChainTarget, MirrorTarget } from "../bridge/deployment.ts";
import { targetsFromVariables } from "../bridge/known-chains.ts";
import { type SettlementTerms, termsFromVariables, WrongTermError } from "../bridge/settlement-terms.ts";
import type { KeySetup } from "../prover/artifacts.ts";
import { BATCH_SIZES, type BatchSizeName } from "../state/ledger/sizes.ts";
import { DEFAULT_STATE_HISTORY_BLOCKS, MIN_STATE_HISTORY_BLOCKS } from "./state-pruner.ts";

/** Everything that a user can set, read once from the command line and the environment. */
export interface NodeConfig {
  readonly dataDirectory: string;
  /** Compiled circuits, keys and contracts. Data directories may share it. */
  readonly artifactsDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly size: BatchSizeName;
  readonly prover:
    | { readonly backend: "snarkjs" }
    | { readonly backend: "rapidsnark"; readonly path: string };
  /** Batches proven at the same time, one core each. */
  readonly proverThreads: number;
  /** What a gwei of home's coin is worth in wei of NRX; 0: transactions of the contract lane pay nothing for their bytes. */
  readonly weiPerHomeGwei: bigint;
  /** Newest blocks of the contract lane whose states are kept; infinite keeps all. */
  readonly stateHistoryBlocks: number;
  readonly logLevel: string;
  /** Forget everything of the local network first. */
  readonly reset: boolean;
  readonly network: LocalNetwork | RemoteNetwork;
}

/** Three chains on this machine, started by the node. */
export interface LocalNetwork {
  readonly kind: "local";
  /** Port of the home chain; the mirrors have the next ones. */
  readonly firstChainPort: number;
}

/** Chains that are reached by URL. */
export interface RemoteNetwork {
  readonly kind: "remote";
  readonly home: ChainTarget;
  readonly mirrors: readonly MirrorTarget[];
  /** For a deployment; the contracts keep theirs. */
  readonly terms: SettlementTerms;
  /** Pays on all chains, and is the only one who may submit batches. */
  readonly operatorKey: `0x${string}`;
  /** Secret of the reserved ledger accounts, at least 32 bytes. */
  readonly ledgerSeed: Uint8Array;
  readonly keys: { readonly batch: KeySetup; readonly membership: KeySetup };
}

/** An option is missing or wrong. */
export class ConfigError extends Error {
  readonly code = "CONFIG_INVALID";
}

const LARGEST_PORT = 65_535;
/** Home and two mirrors need consecutive ports. */
const LARGEST_CHAIN_PORT = LARGEST_PORT - 2;
const MIN_SEED_BYTES = 32;

type Environment = Readonly<Record<string, string | undefined>>;

export const USAGE = `usage: npm start -- [options]

  --data-dir DIR          where the node keeps everything            (NEURA_DATA_DIR, .neura)
  --artifacts-dir DIR     cache of circuits, keys and contracts      (NEURA_ARTIFACTS_DIR, DIR/artifacts)
  --host ADDRESS          address that the RPC listens on            (NEURA_HOST, 127.0.0.1)
  --port PORT             port of the RPC                            (NEURA_PORT, 8545)
  --chain-port PORT       first of the three local chains' ports     (NEURA_CHAIN_PORT, 8546)
  --size NAME             batch size: ${Object.keys(BATCH_SIZES).join(", ")}      (NEURA_SIZE, local)
  --prover BACKEND        snarkjs, or rapidsnark=PATH of its binary  (NEURA_PROVER, snarkjs)
  --prover-threads N      batches proven at the same time            (NEURA_PROVER_THREADS, 1)
  --data-price-rate RATE  NRX that one coin of home's is worth, for
                          what transactions' bytes cost there; 0: off (NEURA_DATA_PRICE_RATE, 1)
  --state-history BLOCKS  states of the contract lane that can be read: of that many newest blocks,
                          at least ${MIN_STATE_HISTORY_BLOCKS}, or all               (NEURA_STATE_HISTORY, ${DEFAULT_STATE_HISTORY_BLOCKS})
  --log-level LEVEL       trace, debug, info, warn, error            (NEURA_LOG_LEVEL, info)
  --reset                 forget the local network and start afresh

With NEURA_HOME_RPC_URL the node uses deployed contracts instead of a local network: see .env.example.`;

/** Throws a ConfigError that says what to do. */
export function readConfig(args: readonly string[], env: Environment): NodeConfig {
  const { values } = parse(args);
  const text = (option: keyof typeof values, variable: string, otherwise: string): string =>
    String(values[option] ?? (env[variable] || otherwise));
  const size = text("size", "NEURA_SIZE", "local");
  if (!(size in BATCH_SIZES)) {
    throw new ConfigError(`--size is one of ${Object.keys(BATCH_SIZES).join(", ")}, got ${size}`);
  }
  const chainPort = text("chain-port", "NEURA_CHAIN_PORT", "8546");
  const network = readNetwork(env, integer(chainPort, "--chain-port", 1, LARGEST_CHAIN_PORT));
  const reset = values.reset ?? false;
  if (reset && network.kind === "remote") throw new ConfigError("--reset is for local networks only");
  const dataDirectory = resolve(text("data-dir", "NEURA_DATA_DIR", ".neura"));
  return {
    dataDirectory,
    artifactsDirectory: resolve(
      text("artifacts-dir", "NEURA_ARTIFACTS_DIR", join(dataDirectory, "artifacts")),
    ),
    host: text("host", "NEURA_HOST", "127.0.0.1"),
    port: integer(text("port", "NEURA_PORT", "8545"), "--port", 0, LARGEST_PORT),
    size: size as BatchSizeName,
    prover: readProver(text("prover", "NEURA_PROVER", "snarkjs")),
    proverThreads: integer(text("prover-threads", "NEURA_PROVER_THREADS", "1"), "--prover-threads", 1, 256),
    weiPerHomeGwei: readRate(text("data-price-rate", "NEURA_DATA_PRICE_RATE", "1")),
    stateHistoryBlocks: readStateHistory(
      text("state-history", "NEURA_STATE_HISTORY", String(DEFAULT_STATE_HISTORY_BLOCKS)),
    ),
    logLevel: text("log-level", "NEURA_LOG_LEVEL", "info"),
    reset,
    network,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        "data-dir": text,
        "artifacts-dir": text,
        "chain-port": text,
        host: text,
        port: text,
        size: text,
        prover: text,
        "prover-threads": text,
        "data-price-rate": text,
        "state-history": text,
        "log-level": text,
        reset: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function integer(value: string, name: string, least: number, most: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new ConfigError(`${name} must be a whole number from ${least} to ${most}, got ${value}`);
  }
  return number;
}

/** Wei for a gwei, of a decimal number: nothing of it is rounded. */
function readRate(value: string): bigint {
  const [, coins, decimals = ""] = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(value) ?? [];
  if (coins === undefined) {
    throw new ConfigError(
      `--data-price-rate is a number with at most 9 digits before and after the point, got ${value}`,
    );
  }
  return BigInt(coins + decimals.padEnd(9, "0"));
}

function readStateHistory(value: string): number {
  if (value === "all") return Number.POSITIVE_INFINITY;
  return integer(
    value,
    '--state-history must be "all", or it',
    MIN_STATE_HISTORY_BLOCKS,
    Number.MAX_SAFE_INTEGER,
  );
}

function readProver(value: string): NodeConfig["prover"] {
  if (value === "snarkjs") return { backend: "snarkjs" };
  const path = /^rapidsnark=(.+)$/.exec(value)?.[1];
  if (path === undefined) throw new ConfigError(`--prover is snarkjs or rapidsnark=PATH, got ${value}`);
  return { backend: "rapidsnark", path: resolve(path) };
}

function readNetwork(env: Environment, firstChainPort: number): LocalNetwork | RemoteNetwork {
  const isSet = (name: string): boolean => env[name] !== undefined && env[name] !== "";
  if (!isSet("NEURA_HOME_RPC_URL")) return { kind: "local", firstChainPort };
  const required = (name: string): string => {
    if (!isSet(name)) throw new ConfigError(`${name} is not set; see .env.example`);
    return env[name] as string;
  };
  const operatorKey = required("NEURA_OPERATOR_KEY");
  if (!/^0x[0-9a-fA-F]{64}$/.test(operatorKey)) {
    throw new ConfigError("NEURA_OPERATOR_KEY must be a private key of 32 bytes, 0x and 64 hex digits");
  }
  const seedDigits = required("NEURA_LEDGER_SEED").replace(/^0x/, "");
  const ledgerSeed = new Uint8Array(Buffer.from(seedDigits, "hex"));
  // Buffer stops at the first character that is no hex: a typing error must not give another seed.
  if (ledgerSeed.length < MIN_SEED_BYTES || ledgerSeed.length * 2 !== seedDigits.length) {
    throw new ConfigError(`NEURA_LEDGER_SEED must be at least ${MIN_SEED_BYTES} bytes of hex`);
  }
  const setup = (name: string): KeySetup =>
    isSet(name) ? { mode: "imported", zkeyPath: resolve(env[name] as string) } : { mode: "fresh" };
  return {
    kind: "remote",
    ...targetsFromVariables(env),
    terms: readTerms(env),
    operatorKey: operatorKey as `0x${string}`,
    ledgerSeed,
    keys: { batch: setup("NEURA_BATCH_ZKEY"), membership: setup("NEURA_MEMBERSHIP_ZKEY") },
  };
}

function readTerms(env: Environment): SettlementTerms {
  try {
    return termsFromVariables(env);
  } catch (error) {
    throw error instanceof WrongTermError ? new ConfigError(error.message) : error;
  }
}
