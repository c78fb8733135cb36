import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { resetLocalChains, stopLocalChains } from "../bridge/local-chains.ts";
import { BATCH_SIZES } from "../state/ledger/sizes.ts";
import { ConfigError, type NodeConfig, readConfig } from "./config.ts";
import { DEVELOPMENT_KEYS, networkKeys } from "./keys.ts";
import { LOCAL_ACCOUNT, localAccount, localNetwork, type Network, remoteNetwork } from "./network.ts";
import { startNode } from "./node.ts";
import { runNode } from "./node-run.ts";
import { Progress } from "./progress.ts";

/** `npm start`: a node, and without configuration a whole network, on this machine. */

const chainsDirectory = (config: NodeConfig): string => join(config.dataDirectory, "chains");

async function run(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env);
  const { network: choice, dataDirectory, artifactsDirectory } = config;
  const progress = new Progress(process.stderr, Date.now);
  if (config.reset) {
    await resetLocalChains(chainsDirectory(config));
    for (const name of ["db", "deployment.json"])
      await rm(join(dataDirectory, name), { recursive: true, force: true });
  }
  const size = BATCH_SIZES[config.size];
  const keys = await networkKeys({
    size,
    setup: choice.kind === "local" ? DEVELOPMENT_KEYS : choice.keys,
    cacheDirectory: artifactsDirectory,
    threads: availableParallelism(),
    progress,
  });
  const stopping = new AbortController();
  // On, not once: npm passes a terminal's signal on, so one Ctrl-C arrives twice, and the second must not end the clean-up.
  // Before the chains start: a signal that comes while they do must end them too.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopping.abort());
  const network =
    choice.kind === "local"
      ? await localNetwork({ ...choice, dataDirectory, artifactsDirectory, size, keys, progress })
      : remoteNetwork(dataDirectory, size, choice);
  const log = logger(config.logLevel);
  const { signal } = stopping;
  process.exitCode = await runNode({
    start: (onFatal) => startNode({ config, network, artifacts: keys.batch, log, signal, onFatal }),
    onStarted: ({ rpcUrl }, isFirst) => {
      if (isFirst) process.stdout.write(welcome(rpcUrl, network));
    },
    signal,
    now: Date.now,
    log,
  });
  await network.close();
  if (network.isLocal) await stopLocalChains(chainsDirectory(config));
}

function logger(level: string) {
  if (!process.stdout.isTTY) return pino({ level });
  return pino({
    level,
    transport: { target: "pino-pretty", options: { ignore: "pid,hostname", singleLine: true } },
  });
}

function welcome(rpcUrl: string, { home, mirrors, isLocal }: Network): string {
  const chain = (name: string, { rpcUrl: url, chainId, contract }: typeof home | (typeof mirrors)[number]) =>
    `  ${name.padEnd(10)}${contract}  chain ${chainId}${isLocal ? `  ${url}` : ""}`;
  const lines = [
    "",
    `NeuraChain is ready: JSON-RPC at ${rpcUrl}`,
    "",
    chain("home", home),
    ...mirrors.map((mirror) => chain(mirror.name, mirror)),
  ];
  if (isLocal) {
    const account = (index: number) => localAccount(index).address;
    lines.push(
      "",
      "Accounts of the local chains (public keys: never use them elsewhere), mnemonic “test test … junk”:",
      `  ${account(LOCAL_ACCOUNT.deployer)}  index ${LOCAL_ACCOUNT.deployer}, holds all NRX`,
      `  ${account(LOCAL_ACCOUNT.operator)}  index ${LOCAL_ACCOUNT.operator}, the node's operator`,
      `  ${account(LOCAL_ACCOUNT.firstUser)}  index ${LOCAL_ACCOUNT.firstUser}, ETH for you`,
      "",
      "Next, in another terminal:  npm run demo    npm run status",
    );
  }
  return `${lines.join("\n")}\n\n`;
}

try {
  await run();
  process.exit();
} catch (error) {
  const isForPeople = error instanceof ConfigError || (error instanceof Error && "code" in error);
  process.stderr.write(`\n${isForPeople ? (error as Error).message : (error as Error).stack}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}
