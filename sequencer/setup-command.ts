import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { BATCH_SIZES } from "../state/ledger/sizes.ts";
import { ConfigError, readConfig } from "./config.ts";
import { DEVELOPMENT_KEYS, networkKeys } from "./keys.ts";
import { Progress } from "./progress.ts";

/** `npm run setup`: compiles the circuits and makes their keys ahead of the first start. */

const FRESH_KEYS = { batch: { mode: "fresh" }, membership: { mode: "fresh" } } as const;

const { values } = parseArgs({
  options: {
    fresh: { type: "boolean" },
    size: { type: "string" },
    "data-dir": { type: "string" },
    "artifacts-dir": { type: "string" },
  },
});
const passOn = (["size", "data-dir", "artifacts-dir"] as const).flatMap((name) =>
  values[name] === undefined ? [] : [`--${name}`, values[name]],
);
try {
  const config = readConfig(passOn, { ...process.env, NEURA_HOME_RPC_URL: undefined });
  const keys = await networkKeys({
    size: BATCH_SIZES[config.size],
    setup: values.fresh ? FRESH_KEYS : DEVELOPMENT_KEYS,
    cacheDirectory: config.artifactsDirectory,
    threads: availableParallelism(),
    progress: new Progress(process.stderr, Date.now),
  });
  for (const [name, { zkeyPath, zkeySha256, constraints, origin }] of Object.entries(keys)) {
    process.stdout.write(
      `${name}: ${constraints} constraints, ${origin} keys\n  ${zkeyPath}\n  sha256 ${zkeySha256}\n`,
    );
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}
