/** What the commands that need nothing but the chains have in common: options, connections, errors, exit codes. */
import { setTimeout as sleep } from "node:timers/promises";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { type Address, BaseError, getAddress, type Hex, isAddress } from "viem";
import { type ChainIdentity, probeChain } from "../../bridge/chain-probe.ts";
import { L1Reader } from "../../bridge/l1-reader.ts";
import { ConfigError } from "../config.ts";
import { Progress } from "../progress.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A chain, and which contract of it is meant, if that was said. */
export interface ChainChoice {
  readonly rpcUrl: string;
  readonly contract: Address | undefined;
}

export interface ChainOptions {
  readonly home: ChainChoice;
  readonly mirrors: readonly ChainChoice[];
  readonly fromBlock: number;
  readonly isJson: boolean;
}

export const CHAIN_OPTIONS = {
  rpc: { type: "string" },
  mirror: { type: "string", multiple: true },
  contract: { type: "string" },
  "from-block": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const satisfies ParseArgsConfig["options"];

export const CHAIN_USAGE = `  --rpc URL             JSON-RPC of the home chain                  (NEURA_HOME_RPC_URL)
  --contract ADDRESS    the home contract; found by its event if the chain has only one
  --from-block N        block before which the contract did not exist: saves the search from block 0
  --json                print JSON`;

/** Parses arguments. Throws a ConfigError with the usage. */
export function parse<const Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${usage}`);
  }
}

export function chainOptions(
  values: {
    readonly rpc?: string | undefined;
    readonly mirror?: string[] | undefined;
    readonly contract?: string | undefined;
    readonly "from-block"?: string | undefined;
    readonly json?: boolean | undefined;
  },
  env: Environment,
  usage: string,
): ChainOptions {
  const rpcUrl = values.rpc ?? env.NEURA_HOME_RPC_URL ?? "";
  if (rpcUrl === "") throw new ConfigError(`--rpc is missing\n\n${usage}`);
  return {
    home: { rpcUrl: urlOf("--rpc", rpcUrl), contract: addressOf("--contract", values.contract) },
    mirrors: (values.mirror ?? []).map((mirror) => {
      const [url, contract] = mirror.split("#");
      return { rpcUrl: urlOf("--mirror", url ?? ""), contract: addressOf("--mirror", contract) };
    }),
    fromBlock: wholeNumber("--from-block", values["from-block"] ?? "0"),
    isJson: values.json ?? false,
  };
}

function urlOf(option: string, value: string): string {
  if (/^https?:\/\//.test(value) && URL.canParse(value)) return value;
  throw new ConfigError(`${option} must be an http or https URL, got ${value}`);
}

export function addressOf(option: string, value: string | undefined): Address | undefined {
  if (value === undefined) return undefined;
  if (!isAddress(value, { strict: false })) {
    throw new ConfigError(`${option} must be an address, 0x and 40 hex digits, got ${value}`);
  }
  return getAddress(value);
}

export function wholeNumber(option: string, value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && Number.isSafeInteger(number)) return number;
  throw new ConfigError(`${option} must be a whole number, got ${value}`);
}

/** The private key of an option or of the environment; undefined if neither is set. */
export function keyOf(option: string | undefined, env: Environment): Hex | undefined {
  const key = option ?? (env.NEURA_KEY || undefined);
  if (key === undefined || /^0x[0-9a-fA-F]{64}$/.test(key)) return key as Hex | undefined;
  // The value itself is not repeated: it may be a key with a typing error.
  throw new ConfigError("--key (NEURA_KEY) must be a private key of 32 bytes, 0x and 64 hex digits");
}

/** Nobody answers at the URL. */
export class RpcUnreachableError extends Error {
  override readonly name = "RpcUnreachableError";
  readonly code = "RPC_UNREACHABLE";
  constructor(readonly option: string) {
    super(`nobody answers at the URL of ${option}; check the URL and the connection`);
  }
}

const probeAttempts = 3;
const probePauseMs = 500;

export interface ConnectedChain extends ChainIdentity {
  readonly reader: L1Reader;
  readonly rpcUrl: string;
}

/** Throws {@link RpcUnreachableError}. */
export async function connect(
  option: "--rpc" | "--mirror",
  { rpcUrl }: ChainChoice,
): Promise<ConnectedChain> {
  const chain = option === "--rpc" ? "home" : "mirror";
  for (let attempt = 1; attempt <= probeAttempts; attempt++) {
    const identity = await probeChain(rpcUrl);
    if (identity !== null) {
      const endpoint = { chain, rpcUrl, chainId: identity.chainId };
      const wait = async (durationMs: number) => void (await sleep(durationMs));
      const onRetry = (reason: string) => process.stderr.write(`\n  asking again: ${reason}\n`);
      const reader = new L1Reader({ endpoint, sleep: wait, onRetry });
      return { ...identity, rpcUrl, reader };
    }
    if (attempt < probeAttempts) await sleep(probePauseMs);
  }
  throw new RpcUnreachableError(option);
}

/** Runs a command to its exit code: 2 for wrong use, 1 for everything else that goes wrong. The result is on stdout only. */
export async function runCommand(
  usage: string,
  run: (args: readonly string[], env: Environment, progress: Progress) => Promise<number>,
): Promise<never> {
  const args = process.argv.slice(2);
  try {
    if (args.includes("--help")) {
      process.stdout.write(`${usage}\n`);
      process.exit(0);
    }
    process.exit(await run(args, process.env, new Progress(process.stderr, Date.now)));
  } catch (error) {
    process.stderr.write(`\n${textOf(error)}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}

/** Errors of ours have a code and say what to do; viem's have a short text, while the long one would show the RPC's URL. */
function textOf(error: unknown): string {
  if (error instanceof BaseError) return [error.shortMessage, error.details].filter(Boolean).join("\n");
  if (error instanceof Error && "code" in error) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
