import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { deriveLedgerKey, LedgerAccount, NeuraClient, poll } from "../sdk/index.ts";
import { type Log, problemOf, runAgent } from "./agent.ts";

/** What a worker or verifier process was started with. */
export interface AgentProcess {
  readonly client: NeuraClient;
  readonly account: LedgerAccount;
  readonly models: readonly number[];
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly nowSeconds: () => bigint;
}

const DEFAULT_RPC = "http://127.0.0.1:8545";
const NODE_TIMEOUT_MS = 10 * 60_000;

const nowSeconds = (): bigint => BigInt(Math.floor(Date.now() / 1000));

/** Lines of JSON for programs, or of text for people; on standard output. */
function lineLog(name: string, asJson: boolean): Log {
  return (event, values) => {
    const fields = Object.entries(values).map(([key, value]) => [
      key,
      typeof value === "bigint" ? String(value) : value,
    ]);
    const line = asJson
      ? JSON.stringify({ agent: name, event, ...Object.fromEntries(fields) })
      : `${new Date().toISOString()} ${name} ${event} ${fields.map(([key, value]) => `${key}=${value}`).join(" ")}`;
    process.stdout.write(`${line}\n`);
  };
}

/** The wallet's key comes from the environment or a file: arguments are visible to every user of the machine. */
function walletKey(environment: NodeJS.ProcessEnv): `0x${string}` {
  const { NEURA_WALLET_KEY: key, NEURA_WALLET_KEY_FILE: file } = environment;
  const text = (key ?? (file === undefined ? "" : readFileSync(file, "utf8"))).trim();
  if (isHex(text) && text.length === 66) return text;
  throw new TypeError(
    "set NEURA_WALLET_KEY, or NEURA_WALLET_KEY_FILE to a file's path: a private key of 32 bytes in hex, 0x first",
  );
}

const modelIds = (list: string): number[] =>
  list.split(",").map((text) => {
    const id = Number(text);
    if (Number.isSafeInteger(id) && id > 0) return id;
    throw new TypeError(`--models takes ids of models, separated by commas, not "${text}"`);
  });

/** Runs an agent until SIGTERM or SIGINT; the exit code is 0 then, and 1 after an error. */
export async function runAgentProcess(
  name: string,
  usage: string,
  tickOf: (started: AgentProcess) => () => Promise<void>,
): Promise<void> {
  let log = lineLog(name, process.argv.includes("--json"));
  try {
    const { values } = parseArgs({
      options: {
        rpc: { type: "string", default: DEFAULT_RPC },
        models: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return void process.stdout.write(`${usage}\n`);
    log = lineLog(name, values.json);
    const stop = new AbortController();
    for (const event of ["SIGTERM", "SIGINT"] as const)
      process.once(event, () => stop.abort(new Error(event)));
    const { signal } = stop;
    try {
      const client = new NeuraClient(values.rpc);
      const wallet = privateKeyToAccount(walletKey(process.env));
      const network = await poll("the node to answer", () => client.chainInfo(), {
        timeoutMs: NODE_TIMEOUT_MS,
        signal,
      });
      const account = new LedgerAccount(client, await deriveLedgerKey(wallet, network), nowSeconds);
      const models = values.models === undefined ? [] : modelIds(values.models);
      await runAgent(account, tickOf({ client, account, models, log, signal, nowSeconds }), { log, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    log("stopped", {});
  } catch (error) {
    log("failed", problemOf(error));
    process.exitCode = 1;
  }
}
