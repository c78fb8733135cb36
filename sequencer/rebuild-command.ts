import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "./config.ts";
import type { Progress } from "./progress.ts";
import {
  CHAIN_OPTIONS,
  CHAIN_USAGE,
  type ChainChoice,
  type ChainOptions,
  chainOptions,
  connect,
  type Environment,
  parse,
  runCommand,
} from "./recovery/command.ts";
import { HomeFollower } from "./recovery/home-follower.ts";
import type { HomeState } from "./recovery/home-state.ts";
import { type LaneReport, rebuildLane } from "./recovery/lane-report.ts";
import { readMirror } from "./recovery/mirror-follower.ts";
import { describeRebuild, type RebuildReport, rebuildReport, toJson } from "./recovery/rebuild-report.ts";

/** `npm run rebuild`: the whole ledger from the chains alone, and whether it agrees with the contracts. */

const USAGE = `usage: npm run rebuild -- --rpc URL [options]

Rebuilds the ledger from the home chain's events and calldata, checks every root against the contract, and says where it stands.
Exit code 0: everything agrees; 1: something does not, or could not be read; 2: wrong use.

${CHAIN_USAGE}
  --mirror URL[#ADDRESS]  JSON-RPC of a mirror's chain, and its contract if the chain has several; may be repeated
  --lane                execute the contract lane again, too, and compare each batch's last block with the published hash
  --to BLOCK            finalized (the default), or latest
  --out FILE            write the report and all cells to a JSON file
  --help                this text`;

const OPTIONS = {
  ...CHAIN_OPTIONS,
  to: { type: "string" },
  lane: { type: "boolean" },
  out: { type: "string" },
} as const;

async function run(args: readonly string[], env: Environment, progress: Progress): Promise<number> {
  const values = parse(args, OPTIONS, USAGE);
  const options = chainOptions(values, env, USAGE);
  const { to = "finalized", out, lane = false } = values;
  if (to !== "finalized" && to !== "latest") throw new ConfigError(`--to is finalized or latest, got ${to}`);
  const { report, state } = await rebuild(options, { to, lane }, progress);
  if (out !== undefined) writeFileSync(out, `${toJson({ report, cells: cellsOf(state) })}\n`);
  process.stdout.write(`${options.isJson ? toJson(report) : describeRebuild(report)}\n`);
  return report.problems.length === 0 ? 0 : 1;
}

async function rebuild(
  { home: choice, mirrors, fromBlock }: ChainOptions,
  { to, lane }: { readonly to: "finalized" | "latest"; readonly lane: boolean },
  progress: Progress,
): Promise<{ report: RebuildReport; state: HomeState }> {
  const { reader } = await connect("--rpc", choice);
  const { contract } = choice;
  const { home, views } = await progress.step("ledger", async (onProgress) => {
    const latest = (await reader.block("latest")).number;
    const toBlock = to === "latest" ? latest : await reader.finalizedBlockNumber();
    const follower = await HomeFollower.open({ reader, contract, fromBlock, onProgress }, toBlock);
    return { home: follower, views: await follower.readTo(toBlock) };
  });
  const states = [];
  for (const mirror of mirrors) states.push(await mirrorState(mirror, home.state, progress));
  const now = (await reader.block("latest")).timestampSeconds;
  const report = rebuildReport(home, views, states, now);
  const { state } = home;
  return { report: lane ? { ...report, lane: await laneOf(home, progress) } : report, state };
}

/** Its database is of no use afterwards. */
async function laneOf(home: HomeFollower, progress: Progress): Promise<LaneReport> {
  const folder = mkdtempSync(join(tmpdir(), "neura-lane-"));
  try {
    return await progress.step("contract lane", (update) => rebuildLane(home, join(folder, "db"), update));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const mirrorState = (choice: ChainChoice, home: HomeState, progress: Progress) =>
  progress.step("mirror", async (onProgress) => {
    const { reader } = await connect("--mirror", choice);
    const toBlock = (await reader.block("latest")).number;
    return readMirror(reader, home, { contract: choice.contract, toBlock, onProgress });
  });

/** Every cell that holds something: its id and its four fields. */
function cellsOf({ ledger }: HomeState) {
  const ids = Array.from({ length: ledger.cellCount - 1 }, (_, i) => i + 1);
  return ids.map((id) => ({ id, fields: ledger.cell(id) }));
}

await runCommand(USAGE, run);
