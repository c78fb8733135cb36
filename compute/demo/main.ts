/** The demo: the whole life of one AI task on a running local network. `npm run demo -- --help` says how to call it. */
import { parseArgs } from "node:util";
import { NeuraClient } from "../../sdk/index.ts";
import { Checks } from "./checks.ts";
import {
  checkBatch,
  checkMoney,
  checkOperations,
  checkResult,
  checkTaskUnderRoots,
  claimOnHome,
  settlementReaders,
} from "./outcome.ts";
import { nrx } from "./people.ts";
import { Progress } from "./progress.ts";
import { batchTable, failureLines, rootTable, toJson } from "./report.ts";
import { play, type Role, TERMS } from "./story.ts";

const USAGE = `demo [--rpc URL] [--json]
Plays one AI task on a network that \`npm start\` runs: deposits, a model, a task, a worker and a verifier process, settlement on three
chains, a withdrawal. Ends with code 0 only if every figure is as it must be.
  --rpc URL  the node's JSON-RPC, http://127.0.0.1:8545 by default
  --json     one JSON object on standard output, progress on standard error`;

async function runDemo(client: NeuraClient, print: (line: string) => void) {
  const checks = new Checks();
  const progress = new Progress(client, print);
  const info = await client.chainInfo();
  const readers = await settlementReaders(info);
  const names = readers.map(({ name }) => name).join(", ");
  progress.step("network found", `chain ${info.chainId}, settles on ${names}`);

  const story = await play(client, progress);
  checks.equal("worker and verifier processes ended with code", story.agentExitCodes, [0, 0]);
  progress.step("every operation is in a block", "waiting for proofs, and for finality on home");
  const finished = await progress.allFinalized();
  checkOperations(finished, info, checks);

  const claimTransaction = await claimOnHome(client, story, checks);
  progress.step(
    "withdrawal claimed on home",
    `${nrx(TERMS.withdrawalUnits)}, transaction ${claimTransaction}`,
  );
  const accuracy = await checkResult(client, story, checks);
  await checkMoney(client, story, finished, checks);
  const numbers = new Set(finished.flatMap(({ operation }) => operation.batchNumber ?? []));
  const reports = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    reports.push(await checkBatch(client, number, readers, checks));
  }
  const shared = await checkTaskUnderRoots(client, story.taskId, readers, checks);

  const roles = Object.entries(story.people) as [Role, (typeof story.people)[Role]][];
  return {
    ok: checks.failed.length === 0,
    info,
    elapsedSeconds: progress.elapsedSeconds(),
    accounts: await Promise.all(
      roles.map(async ([role, { account, wallet }]) => ({
        role,
        id: await account.id(),
        l1Address: wallet.address,
        balanceUnits: (await account.state())?.balanceUnits,
      })),
    ),
    modelId: story.modelId,
    taskId: story.taskId,
    accuracy,
    plainWallet: { address: story.plainWallet, balanceWei: await client.getEvmBalanceWei(story.plainWallet) },
    claimTransaction,
    operations: finished.map(({ label, operation }) => ({ label, ...operation })),
    reports,
    shared,
    checks: checks.all,
    failed: checks.failed,
  };
}

type Outcome = Awaited<ReturnType<typeof runDemo>>;

function printOutcome({ info, reports, shared, plainWallet, checks, failed, ...outcome }: Outcome): void {
  const lines = [
    "",
    ...batchTable(reports),
    "",
    ...rootTable(info, shared.batchNumber, shared.roots),
    "",
    `model ${outcome.modelId}, task ${outcome.taskId}: accepted; ${(100 * outcome.accuracy).toFixed(0)} % of the flowers named rightly`,
    `plain wallet ${plainWallet.address}: ${plainWallet.balanceWei} wei in the contract lane (re-executable, not proven)`,
    `${checks.length - failed.length} of ${checks.length} checks passed in ${outcome.elapsedSeconds.toFixed(0)} s`,
    ...failureLines(failed),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function printJson({ info, reports, failed: _failed, ...outcome }: Outcome): void {
  const { chainId, homeChainId, homeContract, mirrors } = info;
  const batches = reports.map(({ batch, gasUsed, roots }) => ({ ...batch, gasUsed, roots }));
  const network = { chainId, homeChainId, homeContract, mirrors };
  process.stdout.write(`${toJson({ ...outcome, network, batches })}\n`);
}

const { values } = parseArgs({
  options: {
    rpc: { type: "string", default: "http://127.0.0.1:8545" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
} else {
  // Leaving by exit() lets the worker and verifier processes be ended too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  const progressOutput = values.json ? process.stderr : process.stdout;
  try {
    const outcome = await runDemo(new NeuraClient(values.rpc), (line) => progressOutput.write(`${line}\n`));
    if (values.json) printJson(outcome);
    else printOutcome(outcome);
    process.exitCode = outcome.ok ? 0 : 1;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (values.json) process.stdout.write(`${toJson({ ok: false, error: message })}\n`);
    process.stderr.write(`the demo failed: ${message}\n`);
    // Waits for operations may still be pending; there is nothing left for them to do.
    process.exit(1);
  }
}
