/**
 * `npm run soundness:deletion -- [--from I --to J] [--new] [--batches REGEX] [--search] [--update] [--json]`
 * Takes out each line of the circuits that makes constraints, and each term of their sums, and says what notices. Exits
 * with 1 if a survivor has no explanation or an explanation no survivor. `--update` writes what was found to notices.json
 * as it goes, so an interrupted run goes on; `--search` ignores it and looks for everything again;
 * `--new` looks for lines only that no explanation covers, and no notice that still holds: it tries each.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  type DeletionReport,
  type Notices,
  noticesPath,
  readNotices,
  runDeletions,
  soundnessSubjects,
} from "./deletion-run.ts";
import { EXPLANATIONS } from "./explained-survivors.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: "0" },
    to: { type: "string", default: "100000" },
    new: { type: "boolean", default: false },
    batches: { type: "string", default: "" },
    search: { type: "boolean", default: false },
    update: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const startedMs = performance.now();
const secondsSoFar = (): number => Math.round((performance.now() - startedMs) / 1000);
const isPart = values.from !== "0" || values.to !== "100000" || values.new || values.batches !== "";
const known: Notices = values.search ? {} : readNotices();

function save(notices: Notices, isComplete: boolean): void {
  if (!values.update) return;
  const all = isPart || !isComplete ? { ...known, ...notices } : notices;
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(noticesPath, `${JSON.stringify(sorted, null, 2)}\n`);
}

function print(report: DeletionReport): void {
  const { deletions, terms, notices, survivors, attempts } = report;
  const effects = new Map<string, number>();
  for (const { effect } of Object.values(notices)) effects.set(effect, (effects.get(effect) ?? 0) + 1);
  const lines = [
    `${deletions} deletions (${deletions - terms} lines, ${terms} terms), ${attempts} forgeries tried, ${secondsSoFar()} s`,
    ...[...effects].map(([effect, count]) => `  ${count} noticed: without it the circuit ${effect}`),
    ...survivors.explained.flatMap(({ reason, survivors: names }) => [
      `  ${names.length} harmless: ${reason}`,
      ...names.map((name) => `      ${name}`),
    ]),
    ...survivors.unexplained.map((name) => `  NOTHING NOTICES: ${name}`),
    ...(isPart ? [] : survivors.stale.map(({ survivors: name }) => `  EXPLAINED BUT NOTICED: ${name}`)),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

const report = runDeletions(
  await soundnessSubjects(),
  {
    known,
    from: Number(values.from),
    to: Number(values.to),
    onlyNew: values.new,
    batches: new RegExp(values.batches),
    onProgress: (line, notices) => {
      process.stderr.write(`${secondsSoFar()} s: ${line}\n`);
      save(notices, false);
    },
  },
  EXPLANATIONS,
);
save(report.notices, true);
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else print(report);
const isClean = report.survivors.unexplained.length === 0 && (isPart || report.survivors.stale.length === 0);
process.exitCode = isClean ? 0 : 1;
