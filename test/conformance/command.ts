/** `npm run conformance -- DIR [--json]` */
import { parseArgs } from "node:util";
import { readIoTests } from "./io-files.ts";
import { startConformanceNode } from "./node.ts";
import { countByMethod, runConformance, type TestResult } from "./run.ts";

const usage = `npm run conformance -- DIR [--json]

Replays the .io files below DIR (format of the execution APIs) against the RPC of a node that imports DIR/genesis.json and, if it
is there, DIR/chain.rlp. Exit code 1 if a test fails that test/conformance/explained-differences.ts does not explain.
`;

function printTable(results: readonly TestResult[]): void {
  const lines = ["passed  explained  failed  method"];
  for (const { method, passed, explained, failed } of countByMethod(results)) {
    lines.push(
      `${String(passed).padStart(6)}  ${String(explained).padStart(9)}  ${String(failed).padStart(6)}  ${method}`,
    );
  }
  const failures = results.filter(({ failure }) => failure !== undefined);
  for (const { test, failure, explanation } of failures) {
    lines.push("", `${explanation === undefined ? "FAILED" : "explained"}  ${test}`, `  ${failure}`);
    if (explanation !== undefined) lines.push(`  because ${explanation}`);
  }
  const unexplained = failures.filter(({ explanation }) => explanation === undefined).length;
  lines.push(
    "",
    `${results.length - failures.length} passed, ${failures.length - unexplained} explained, ${unexplained} failed`,
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
    if (results.some(({ failure, explanation }) => failure !== undefined && explanation === undefined))
      process.exitCode = 1;
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
