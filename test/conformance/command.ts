/** `npm run conformance -- DIR [--json]` */
import { parseArgs } from "node:util";
import { readIoTests } from "./io-files.ts";
import { startConformanceNode } from "./node.ts";
import { countByMethod, isExplained, isPassed, runConformance, type TestResult } from "./run.ts";

const usage = `npm run conformance -- DIR [--json]

Replays the .io files below DIR (format of the execution APIs) against the RPC of a node that imports DIR/genesis.json and, if it
is there, DIR/chain.rlp. Exit code 1 if a test fails that test/conformance/explained-differences.ts does not explain.
`;

const maxShownDifferences = 5;

function printTable(results: readonly TestResult[]): void {
  const lines = ["passed  explained  failed  method"];
  for (const { method, passed, explained, failed } of countByMethod(results)) {
    lines.push(
      `${String(passed).padStart(6)}  ${String(explained).padStart(9)}  ${String(failed).padStart(6)}  ${method}`,
    );
  }
  const failed = results.filter((result) => !isPassed(result));
  for (const result of failed) {
    lines.push("", `${isExplained(result) ? "explained" : "FAILED"}  ${result.test}`);
    const shown = result.failures.filter(({ reason }) => reason === undefined || isExplained(result));
    for (const { difference } of shown.slice(0, maxShownDifferences)) lines.push(`  ${difference}`);
    if (shown.length > maxShownDifferences) lines.push(`  and ${shown.length - maxShownDifferences} more`);
    for (const reason of new Set(result.failures.flatMap(({ reason }) => reason ?? []))) {
      lines.push(`  because ${reason}`);
    }
  }
  const explained = failed.filter(isExplained).length;
  lines.push(
    "",
    `${results.length - failed.length} passed, ${explained} explained, ${failed.length - explained} failed`,
  );
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function main(directory: string, isJson: boolean): Promise<void> {
  const tests = await readIoTests(directory);
  if (tests.length === 0) throw new Error(`no .io files below ${directory}: name the folder of the tests`);
  const node = await startConformanceNode(directory);
  try {
    const results = await runConformance(node, tests);
    if (isJson) process.stdout.write(`${JSON.stringify({ methods: countByMethod(results), results })}\n`);
    else printTable(results);
    if (results.some((result) => !isPassed(result) && !isExplained(result))) process.exitCode = 1;
  } finally {
    await node.close();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});
const [directory] = positionals;
if (values.help || directory === undefined || positionals.length > 1) {
  process.stderr.write(usage);
  process.exitCode = values.help ? 0 : 1;
} else {
  try {
    await main(directory, values.json);
  } catch (error) {
    process.stderr.write(`the tests could not be run: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
