import { parseArgs } from "node:util";
import type { NodeStatus } from "./node-status.ts";

/** `npm run status`: the pipeline of a running node on one screen. */

const REQUEST_TIMEOUT_MS = 5_000;
/** Without a new block, an open batch or a proof for this long while work waits, something is stuck. */
const STUCK_AFTER_SECONDS = 180;

async function fetchStatus(url: string): Promise<NodeStatus> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "neura_status", params: [] }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const answer = (await response.json()) as { result?: NodeStatus; error?: { message: string } };
  if (answer.result === undefined) throw new Error(answer.error?.message ?? "the node gave no status");
  return answer.result;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

/** What keeps the pipeline from moving, in words; empty when nothing does. */
function problemsOf(status: NodeStatus): string[] {
  const { mempool, head, batches, watcher, chains } = status;
  const problems = [];
  const waiting = mempool.operations + mempool.transactions + watcher.entriesWaiting;
  if (head.waitsFor !== null) problems.push(`blocks wait for ${head.waitsFor}`);
  else if (waiting > 0 && head.ageSeconds > STUCK_AFTER_SECONDS)
    problems.push("operations wait, but no block is built");
  if (watcher.queue.isOverdue) {
    problems.push(
      `entry ${watcher.queue.oldest?.index} of home's queue is overdue: anyone may make batches with it now, and home takes only a few more of this node's without it`,
    );
  }
  if (watcher.error !== null) problems.push(`home queue: ${watcher.error}`);
  for (const { name, error } of chains) if (error !== null) problems.push(`${name}: ${error}`);
  if (batches.closed - batches.proven > 10) {
    problems.push(
      `${batches.closed - batches.proven} batches wait for their proof: the prover is slower than the load`,
    );
  }
  return problems;
}

/** Until when the oldest entry that is not settled may wait. */
function queueLine({ watcher: { queue }, atMs }: NodeStatus): string {
  if (queue.oldest === null) return "nothing waits for a batch at home";
  const leftSeconds = queue.oldest.deadlineSeconds - Math.round(atMs / 1000);
  const when = leftSeconds >= 0 ? `due in ${duration(leftSeconds)}` : `overdue for ${duration(-leftSeconds)}`;
  return `${queue.unsettled} not settled, the oldest is entry ${queue.oldest.index}, ${when}`;
}

const gwei = (wei: string): string => `${Number((Number(wei) / 1e9).toPrecision(3))} gwei`;

/** What the contract lane charges now, and home, on which it depends. */
function feesLine({ dataPrice: { baseFeeWei, dataPriceWei, homeGasPriceWei } }: NodeStatus): string {
  const home = homeGasPriceWei === null ? "home's gas price not read" : `${gwei(homeGasPriceWei)} on home`;
  return `base fee ${gwei(baseFeeWei)}, data price ${gwei(dataPriceWei)} (${home})`;
}

function screen(status: NodeStatus): string {
  const { mempool, head, states, batches, lastProof, watcher, chains } = status;
  const row = (label: string, value: string) => `  ${label.padEnd(14)}${value}`;
  const proof =
    lastProof === null
      ? "none yet"
      : `${lastProof.witnessSeconds.toFixed(1)} s witness, ${lastProof.proveSeconds.toFixed(1)} s proof`;
  const problems = problemsOf(status);
  return [
    `NeuraChain node, up ${duration(Math.round((status.atMs - status.startedAtMs) / 1000))}`,
    "",
    row("mempool", `${mempool.operations} operations, ${mempool.transactions} transactions wait`),
    row(
      "head",
      `block ${head.block}, ${duration(head.ageSeconds)} old; states can be read from block ${states.oldestBlock} on`,
    ),
    row("fees", feesLine(status)),
    row("closed", `batch ${batches.closed}`),
    row("proven", `batch ${batches.proven}, ${batches.closed - batches.proven} wait (last: ${proof})`),
    row("settled", `batch ${batches.settled}, ${batches.proven - batches.settled} wait`),
    row("finalized", `batch ${batches.finalized}`),
    row(
      "home queue",
      `${watcher.entriesRead} read up to block ${watcher.homeBlock}, ${watcher.entriesWaiting} wait`,
    ),
    row("", queueLine(status)),
    "",
    `  ${"chain".padEnd(12)}${"state".padEnd(12)}${"accepted".padStart(9)}${"final".padStart(9)}${"lag".padStart(6)}${"gas of last".padStart(14)}`,
    ...chains.map(
      ({ name, state, accepted, finalized, lag, lastGasUsed, waitsFor }) =>
        `  ${name.padEnd(12)}${state.padEnd(12)}${String(accepted).padStart(9)}${String(finalized).padStart(9)}${String(lag).padStart(6)}${String(lastGasUsed ?? "").padStart(14)}${waitsFor === null ? "" : `  waits for ${waitsFor}`}`,
    ),
    "",
    ...(problems.length === 0 ? ["  nothing is stuck"] : problems.map((problem) => `  ! ${problem}`)),
  ].join("\n");
}

const { values } = parseArgs({
  options: { rpc: { type: "string", default: "http://127.0.0.1:8545" }, json: { type: "boolean" } },
});
try {
  const status = await fetchStatus(values.rpc);
  process.stdout.write(`${values.json ? JSON.stringify(status) : screen(status)}\n`);
} catch (error) {
  process.stderr.write(
    `no node answers at ${values.rpc}: ${(error as Error).message}\nstart one with: npm start\n`,
  );
  process.exitCode = 1;
}
