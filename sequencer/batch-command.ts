import { setTimeout as sleep } from "node:timers/promises";
import { batchCircuit } from "../circuits/mains.ts";
import type { CircuitArtifacts } from "../prover/artifacts.ts";
import { ProverPool } from "../prover/pool.ts";
import { ConfigError } from "./config.ts";
import type { Progress } from "./progress.ts";
import type { PlannedBatch } from "./recovery/batch-plan.ts";
import { type BatchesOutcome, type DeployedCircuit, runBatches } from "./recovery/batch-run.ts";
import {
  CHAIN_OPTIONS,
  CHAIN_USAGE,
  type ConnectedChain,
  chainOptions,
  connect,
  type Environment,
  keyOf,
  parse,
  runCommand,
} from "./recovery/command.ts";
import { HomeFollower } from "./recovery/home-follower.ts";
import { L1Wallet } from "./recovery/l1-wallet.ts";
import {
  ARTIFACTS_USAGE,
  artifactsDirectory,
  deployedArtifacts,
  type KeyChoice,
} from "./recovery/proving.ts";
import { toJson } from "./recovery/rebuild-report.ts";
import { describeStanding, describeTime } from "./recovery/standing.ts";

/** `npm run batch`: batches of what waits in the home queue, built, proven and submitted by anyone. */

const USAGE = `usage: npm run batch -- --rpc URL [options]

Past the deadline of the first waiting entry anyone may submit batches. This rebuilds the ledger from the home chain, builds a batch
of the waiting entries, proves it and sends it, until no entry is overdue. What a batch earns is paid to its sender at once.
Exit code 0: done; 1: not possible, or not yet; 2: wrong use.

${CHAIN_USAGE}
  --key KEY             private key that pays for the transactions  (NEURA_KEY)
  --all                 until the queue is empty: waits for the deadlines of what is not overdue yet
  --batch-zkey FILE     proving key of the batch circuit; local chains need none
${ARTIFACTS_USAGE}
  --help                this text`;

const OPTIONS = {
  ...CHAIN_OPTIONS,
  key: { type: "string" },
  all: { type: "boolean" },
  "batch-zkey": { type: "string" },
  "artifacts-dir": { type: "string" },
} as const;

async function run(args: readonly string[], env: Environment, progress: Progress): Promise<number> {
  const values = parse(args, OPTIONS, USAGE);
  const { home, fromBlock, isJson } = chainOptions(values, env, USAGE);
  const key = keyOf(values.key, env);
  if (key === undefined) throw new ConfigError(`--key is missing\n\n${USAGE}`);
  const chain = await connect("--rpc", home);
  const { reader } = chain;
  const latestBlock = async () => (await reader.block("latest")).number;
  const prover = new BatchProver(chain, progress, {
    option: "--batch-zkey",
    zkeyPath: values["batch-zkey"],
    cacheDirectory: artifactsDirectory(values["artifacts-dir"], env),
  });
  try {
    const outcome = await runBatches({
      open: () =>
        progress.step("ledger", async (onProgress) => {
          const toBlock = await latestBlock();
          const { contract } = home;
          const follower = await HomeFollower.open({ reader, contract, fromBlock, onProgress }, toBlock);
          await follower.readTo(toBlock);
          return follower;
        }),
      latestBlock,
      prove: (planned, circuit) => prover.prove(planned, circuit),
      wallet: new L1Wallet(key, chain),
      isUntilEmpty: values.all ?? false,
      sleep: async (durationMs) => void (await sleep(durationMs)),
      onEvent: (message) => process.stderr.write(`  ${message}\n`),
    });
    process.stdout.write(`${isJson ? toJson(outcome) : describe(outcome)}\n`);
    return outcome.end === "empty" || outcome.sent.length > 0 ? 0 : 1;
  } finally {
    await prover.close();
  }
}

/** Proves batches with the deployed key, which is fetched when the first batch needs it. */
class BatchProver {
  readonly #pool = new ProverPool({ threads: 1 });
  readonly #chain: ConnectedChain;
  readonly #progress: Progress;
  readonly #key: KeyChoice;
  #artifacts: CircuitArtifacts | undefined;

  constructor(chain: ConnectedChain, progress: Progress, key: KeyChoice) {
    this.#chain = chain;
    this.#progress = progress;
    this.#key = key;
  }

  async prove({ number, proofInput: input }: PlannedBatch, { size, verifier }: DeployedCircuit) {
    const circuit = batchCircuit(size);
    this.#artifacts ??= await deployedArtifacts(this.#chain, verifier, circuit, this.#key, this.#progress);
    const job = { ...this.#artifacts, input };
    const { proof } = await this.#progress.step(`proof of batch ${number}`, () => this.#pool.prove(job));
    return proof;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

function describe({ sent, end, standing, waiting, chainTimeSeconds }: BatchesOutcome): string {
  const lines = sent.map(
    ({ number, entries, noOps, gasUsed, transactionHash }) =>
      `batch ${number}: ${countOf(entries)}, ${noOps} of them no-ops, ${gasUsed} gas, transaction ${transactionHash}`,
  );
  if (end === "empty") lines.push("the queue is empty");
  if (end === "frozen") lines.push("the ledger is frozen: no batch is accepted any more; use npm run escape");
  if (end === "not yet") lines.push(notYet(standing, waiting, sent.length, chainTimeSeconds));
  return lines.join("\n");
}

const countOf = (entries: number): string => (entries === 1 ? "1 entry" : `${entries} entries`);

function notYet(standing: BatchesOutcome["standing"], waiting: number, sent: number, now: bigint): string {
  if (standing.phase !== "running" || standing.firstDeadline === undefined)
    return describeStanding(standing, now);
  const from = describeTime(standing.firstDeadline + 1n, now);
  const what = sent > 0 ? "no entry is overdue any more" : "not allowed yet";
  return `${what}: ${waiting} wait, and anyone may submit batches from ${from}`;
}

await runCommand(USAGE, run);
