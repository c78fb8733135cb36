import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Hex } from "../../../../state/evm/types.ts";
import { chainId } from "../../evm/lane-fixture.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const project = fileURLToPath(new URL("hardhat/", import.meta.url));
const cli = path.join(path.dirname(require.resolve("hardhat/package.json")), "internal/cli/bootstrap.js");

export interface HardhatTarget {
  readonly nodeUrl: string;
  readonly anvilUrl: string;
  readonly key: Hex;
  readonly recipient: Hex;
  /** Takes the artifacts, and what hardhat would otherwise write into the home directory. */
  readonly directory: string;
}

/** Compiles once and deploys to both networks; answers what the deployment script printed about each. */
export async function hardhatScript(target: HardhatTarget): Promise<{ node: unknown; anvil: unknown }> {
  const env = {
    ...process.env,
    HOME: target.directory,
    XDG_DATA_HOME: path.join(target.directory, "data"),
    HARDHAT_DISABLE_TELEMETRY_PROMPT: "true",
    OUTPUT: target.directory,
    NODE_URL: target.nodeUrl,
    ANVIL_URL: target.anvilUrl,
    KEY: target.key,
    RECIPIENT: target.recipient,
    CHAIN_ID: String(chainId),
  };
  const hardhat = async (...args: string[]) =>
    (await run(process.execPath, [cli, "--config", "hardhat.config.cjs", ...args], { cwd: project, env }))
      .stdout;
  await hardhat("compile", "--quiet");
  const deploy = async (network: string): Promise<unknown> =>
    JSON.parse(await hardhat("run", "--no-compile", "--network", network, "scripts/deploy.cjs"));
  const [node, anvil] = await Promise.all([deploy("node"), deploy("anvil")]);
  return { node, anvil };
}
