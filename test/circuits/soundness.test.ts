/**
 * The quick part of the two soundness runs (docs/SOUNDNESS.md). Whole: `npm run soundness:deletion`, `npm run soundness:flip`.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Notices,
  readNotices,
  replays,
  type Subject,
  searchOf,
  soundnessSubjects,
} from "../soundness/deletion-run.ts";
import type { Deletion } from "../soundness/deletion-search.ts";
import { EXPLANATIONS } from "../soundness/explained-survivors.ts";
import { explain } from "../soundness/explanations.ts";
import { runFlips } from "../soundness/flip-run.ts";
import { SeededRandom } from "../support/seeded-random.ts";

/** Besides the batches that notice most. */
const BATCHES_AT_RANDOM = 6;
const BATCHES_THAT_NOTICE_MOST = 6;

let subjects: readonly Subject[];
let deletions: readonly Deletion[];
let notices: Notices;

beforeAll(async () => {
  subjects = await soundnessSubjects();
  deletions = subjects.flatMap((subject) => subject.deletions);
  notices = readNotices();
});

function chosenBatches(): string[] {
  const counts = new Map<string, number>();
  for (const { batch } of Object.values(notices)) counts.set(batch, (counts.get(batch) ?? 0) + 1);
  const ranked = [...counts].sort(([, a], [, b]) => b - a).map(([batch]) => batch);
  const random = new SeededRandom(9);
  const others = Array.from({ length: BATCHES_AT_RANDOM }, () => random.pick(ranked));
  return [...new Set([...ranked.slice(0, BATCHES_THAT_NOTICE_MOST), ...others])];
}

interface RuleRow {
  readonly rule: string;
  readonly file: string;
  /** The line, or the beginning of a long one before "…", or the term. */
  readonly line: string;
  /** The sum that the term is taken out of. */
  readonly sum: string | undefined;
  readonly batch: string;
}

const RULE =
  /^\| (?<rule>.+?) \| (?<file>\S+\.circom): `(?<line>[^`]+)`(?: in `(?<sum>[^`]+)`)? \| (?<batch>.+?) \|$/gm;

/** The table of docs/SOUNDNESS.md: rule, constraint, forged batch. */
function ruleRows(): RuleRow[] {
  const page = readFileSync(new URL("../../docs/SOUNDNESS.md", import.meta.url), "utf8");
  return [...page.matchAll(RULE)].map(({ groups }) => groups as unknown as RuleRow);
}

/** Names of the deletions that a row speaks of: one, if the row is right. */
function linesOf({ file, line, sum }: RuleRow): string[] {
  return deletions
    .map(({ statement }) => statement.name)
    .filter((name) => {
      const [path, , ...rest] = name.split(": ");
      const [text = "", ofSum] = rest.join(": ").split(", a term of ");
      if (path !== file) return false;
      if (sum !== undefined) return text === line && ofSum?.replace(/^signal /, "") === sum;
      if (ofSum !== undefined) return false;
      return line.endsWith("…") ? text.startsWith(line.slice(0, -1)) : text === line;
    });
}

describe("the table of rules", () => {
  it("names for each rule one constraint that exists, and the batch that only this constraint stops", () => {
    const rows = ruleRows();
    const wrong = rows.filter((row) => {
      const [name, ...others] = linesOf(row);
      if (name === undefined || others.length > 0) return true;
      return notices[name]?.batch !== row.batch || notices[name]?.effect === "refuses an honest batch";
    });
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThan(300);
  });
});

describe("a circuit without one of its lines", () => {
  it("is noticed, or the line is explained to be harmless, for every line and every term of a sum", () => {
    const unnoticed = deletions
      .map(({ statement }) => statement.name)
      .filter((name) => notices[name] === undefined);
    const about = EXPLANATIONS.filter((each) => each.about === "deletion");
    const { unexplained, stale } = explain(unnoticed, about, (name) => name);
    expect(unexplained).toEqual([]);
    expect(stale).toEqual([]);
    const lines = new Set(deletions.map(({ statement }) => statement.name));
    expect(Object.keys(notices).filter((name) => !lines.has(name))).toEqual([]);
  });

  it("accepts the forgery that is on record, which the whole circuit refuses", () => {
    let replayed = 0;
    for (const batch of chosenBatches()) {
      const subject = subjects.find(({ catalogue }) => catalogue.some(([name]) => name === batch));
      const builder = subject?.catalogue.find(([name]) => name === batch);
      if (subject === undefined || builder === undefined)
        throw new Error(`notices.json names "${batch}", which no catalogue has`);
      const search = searchOf(subject, builder);
      for (const deletion of subject.deletions) {
        const notice = notices[deletion.statement.name];
        if (notice?.batch !== batch) continue;
        expect(replays(search, deletion, notice), deletion.statement.name).toBe(true);
        const overrides = search.overridesOf(notice.set);
        if (overrides === null || notice.effect === "refuses an honest batch") continue;
        expect(
          search.isForged({ ...deletion, constraints: new Set() }, overrides),
          deletion.statement.name,
        ).toBe(false);
        replayed += 1;
      }
    }
    expect(replayed).toBeGreaterThan(100);
  });
});

describe("a valid assignment", () => {
  it("satisfies the constraints with no value changed, but for those that are explained", async () => {
    const report = await runFlips({ seed: 3, sample: 60, batches: 2 }, EXPLANATIONS);
    expect(report.forged).toEqual([]);
    expect(report.survivors.unexplained).toEqual([]);
    expect(report.alternatives.unexplained).toEqual([]);
    expect(report.singleFlips).toBeGreaterThan(5_000);
  });
});
