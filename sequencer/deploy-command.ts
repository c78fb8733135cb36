import { availableParallelism } from "node:os";
import { deploy, describeDryRun, dryRun } from "../bridge/deploy.ts";
import { BATCH_SIZES } from "../state/ledger/sizes.ts";
import { ConfigError, readConfig } from "./config.ts";
import { networkKeys } from "./keys.ts";
import { deploymentOptions } from "./network.ts";
import { Progress } from "./progress.ts";

/** `npm run deploy`: puts the contracts on the chains of the environment; `--dry-run` only says what it would send. */

const DRY_RUN = "--dry-run";

try {
  const args = process.argv.slice(2);
  const config = readConfig(
    args.filter((arg) => arg !== DRY_RUN),
    process.env,
  );
  const { network, dataDirectory, artifactsDirectory } = config;
  if (network.kind === "local") {
    throw new ConfigError(
      "NEURA_HOME_RPC_URL is not set (see .env.example); a local network is deployed by npm start",
    );
  }
  const size = BATCH_SIZES[config.size];
  const progress = new Progress(process.stderr, Date.now);
  const keys = await networkKeys({
    size,
    setup: network.keys,
    cacheDirectory: artifactsDirectory,
    threads: availableParallelism(),
    progress,
  });
  const options = await deploymentOptions({ dataDirectory, artifactsDirectory, size, remote: network, keys });
  if (args.includes(DRY_RUN)) {
    process.stdout.write(`${describeDryRun(await dryRun(options))}\n`);
  } else {
    const { home, mirrors } = await progress.step("deployment", (update) =>
      deploy({ ...options, onProgress: (message) => update(message, 0, 0) }),
    );
    const lines = [`home ${home.rollup} on chain ${home.chainId}, token ${home.token}`];
    for (const { name, mirror, chainId } of mirrors) lines.push(`${name} ${mirror} on chain ${chainId}`);
    process.stdout.write(`${lines.join("\n")}\nstart the node with: npm start\n`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}
