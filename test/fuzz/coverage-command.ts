/** `npm run coverage:contracts`: lines and branches of the Solidity code that the suites on the chain in memory reach. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { coverageBuild } from "../fixtures/contracts/coverage-build.ts";
import { coverageOf, type FileCoverage } from "./source-coverage.ts";

const SUITES = ["test/e2e/contracts-attacks.test.ts", "test/e2e/contracts-invariants.test.ts"];

const share = (covered: number, all: number): string =>
  all === 0 ? "-" : `${((100 * covered) / all).toFixed(1)} % (${covered}/${all})`;

function row({ name, lines, branches, uncoveredLines, uncoveredBranches }: FileCoverage): string {
  const lineShare = share(lines - uncoveredLines.length, lines);
  const branchShare = share(branches - uncoveredBranches.length, branches);
  return `${name.padEnd(44)}${lineShare.padEnd(22)}${branchShare}`;
}

const directory = mkdtempSync(join(tmpdir(), "neura-coverage-"));
try {
  const build = await coverageBuild();
  const { status } = spawnSync("npx", ["vitest", "run", "--project", "e2e", ...SUITES], {
    stdio: ["ignore", 2, 2],
    env: { ...process.env, CONTRACT_COVERAGE_DIR: directory },
  });
  const recordings = readdirSync(directory).map((file) =>
    JSON.parse(readFileSync(join(directory, file), "utf8")),
  );
  const files = coverageOf(build, recordings);
  const sum = (of: (file: FileCoverage) => number) => files.reduce((total, file) => total + of(file), 0);
  const total: FileCoverage = {
    name: "all",
    lines: sum(({ lines }) => lines),
    branches: sum(({ branches }) => branches),
    uncoveredLines: files.flatMap(({ uncoveredLines }) => uncoveredLines),
    uncoveredBranches: files.flatMap(({ uncoveredBranches }) => uncoveredBranches),
  };
  process.stdout.write(`${"file".padEnd(44)}${"lines".padEnd(22)}branches\n`);
  for (const file of [...files, total]) process.stdout.write(`${row(file)}\n`);
  for (const { name, uncoveredLines, uncoveredBranches } of files) {
    if (uncoveredLines.length > 0) process.stdout.write(`${name}: lines ${uncoveredLines.join(", ")}\n`);
    if (uncoveredBranches.length > 0)
      process.stdout.write(`${name}: branches at ${uncoveredBranches.join(", ")}\n`);
  }
  process.exitCode = status ?? 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
