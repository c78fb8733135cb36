/**
 * `npm run soundness:flip -- [--seed S] [--sample N] [--batches B] [--json]`
 * Changes values of valid assignments: one at a time in the proven circuit, and private inputs and hints with everything
 * that depends on them computed again. Exits with 1 if a changed assignment satisfies the constraints with another result, or if a
 * survivor has no explanation or an explanation no survivor.
 */
import { parseArgs } from "node:util";
import { EXPLANATIONS } from "./explained-survivors.ts";
import type { ExplainedRun } from "./explanations.ts";
import { runFlips } from "./flip-run.ts";
import type { Survivor } from "./flip-search.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    sample: { type: "string", default: "400" },
    batches: { type: "string", default: "40" },
    json: { type: "boolean", default: false },
  },
});

const startedMs = performance.now();
const secondsSoFar = (): number => Math.round((performance.now() - startedMs) / 1000);

function linesOf(title: string, { explained, unexplained, stale }: ExplainedRun<Survivor>): string[] {
  const names = (survivors: readonly Survivor[]) => [
    ...new Set(survivors.map(({ signal }) => signal.replaceAll(/\[\d+\]/g, "[]").replaceAll(/#\d+/g, ""))),
  ];
  return [
    ...explained.flatMap(({ reason, survivors }) => [
      `  ${survivors.length} ${title}, harmless: ${reason}`,
      ...names(survivors).map((name) => `      ${name}`),
    ]),
    ...unexplained.map(({ signal, batch }) => `  UNEXPLAINED (${title}): ${signal} of ${batch}`),
    ...stale.map(({ survivors }) => `  EXPLAINED BUT REFUSED (${title}): ${survivors}`),
  ];
}

const report = await runFlips(
  {
    seed: Number(values.seed),
    sample: Number(values.sample),
    batches: Number(values.batches),
    onProgress: (line) => process.stderr.write(`${secondsSoFar()} s: ${line}\n`),
  },
  EXPLANATIONS,
);
const { survivors, alternatives, forged } = report;
const bigints = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
if (values.json) process.stdout.write(`${JSON.stringify(report, bigints, 2)}\n`);
else {
  const lines = [
    `${report.assignments} assignments, ${report.positions} positions, ${report.singleFlips} single flips, ${report.recomputedFlips} changes computed again, ${secondsSoFar()} s`,
    ...forged.map(({ signal, batch, to }) => `  FORGED: ${signal} = ${to} of ${batch}`),
    ...linesOf("single flips", survivors),
    ...linesOf("other choices", alternatives),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
const open = [survivors, alternatives].some((run) => run.unexplained.length + run.stale.length > 0);
process.exitCode = open || forged.length > 0 ? 1 : 0;
