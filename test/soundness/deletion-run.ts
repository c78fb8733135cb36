/** Takes out every line of the circuits that makes constraints, one at a time, and finds out what notices. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { SeededRandom } from "../support/seeded-random.ts";
import { Assignment, inputValues } from "./assignment.ts";
import type { CaseBuilder } from "./catalogue.ts";
import { FAILING } from "./catalogue-failing.ts";
import { MEMBERSHIPS } from "./catalogue-membership.ts";
import { REFUSED } from "./catalogue-refused.ts";
import { VALID } from "./catalogue-valid.ts";
import type { ConstraintProgram } from "./constraint-program.ts";
import { type Deletion, DeletionSearch, deletionsOf, type Recipe } from "./deletion-search.ts";
import { type ExplainedRun, type Explanation, explain } from "./explanations.ts";
import { BATCH_STATEMENT, batchProgram, MEMBERSHIP_PUBLIC, membershipProgram } from "./soundness-circuit.ts";

/** How a missing line shows: the batch of the catalogue, and what a forger sets in it. */
export interface Notice {
  readonly batch: string;
  readonly effect: "accepts what it must refuse" | "another result" | "refuses an honest batch";
  readonly set: Recipe;
}
export type Notices = Readonly<Record<string, Notice>>;

export interface DeletionReport {
  readonly deletions: number;
  readonly terms: number;
  readonly notices: Notices;
  readonly survivors: ExplainedRun<string>;
  readonly attempts: number;
}

export interface DeletionOptions {
  /** Notices of an earlier run: tried before anything is searched. */
  readonly known: Notices;
  /** Only lines of these places in the list. */
  readonly from: number;
  readonly to: number;
  /** Only lines that neither a notice that still holds nor an explanation covers. */
  readonly onlyNew: boolean;
  /** Only batches whose names match. */
  readonly batches: RegExp;
  readonly onProgress?: (line: string, notices: Notices) => void;
}

const NOTICES = path.join(import.meta.dirname, "notices.json");
export const readNotices = (): Notices => JSON.parse(readFileSync(NOTICES, "utf8")) as Notices;
export const noticesPath = NOTICES;

const isQueued = ([name]: CaseBuilder): boolean => name.startsWith("queue");
/** The cheapest batches to forge first: without signatures. */
export const CATALOGUE: readonly CaseBuilder[] = [
  ...VALID.filter(isQueued),
  ...FAILING,
  ...REFUSED,
  ...VALID.filter((builder) => !isQueued(builder)),
];

/** The search over one batch of the catalogue. */
export function searchOf({ program, publicSignals }: Subject, [name, build]: CaseBuilder): DeletionSearch {
  const { input, allowed, twin, isHonestInPublic = false } = build();
  const assignment = new Assignment(program, inputValues(program, input));
  if ((allowed === null) !== assignment.violated.length > 0) {
    throw new Error(`the circuit and the ledger differ about "${name}"; find out which is wrong`);
  }
  const honest = (): readonly bigint[] => {
    const { values, violated } = new Assignment(program, inputValues(program, twin ?? input));
    if (isHonestInPublic && violated.length > 0)
      throw new Error(`the circuit refuses the honest twin of "${name}"; correct the case`);
    return values;
  };
  const seed = [...name].reduce((sum, letter) => sum * 31n + BigInt(letter.charCodeAt(0)), 7n);
  return new DeletionSearch(
    assignment,
    {
      allowed,
      honest: twin === undefined ? null : honest,
      honestSignals: isHonestInPublic ? publicSignals : null,
    },
    new SeededRandom(seed),
  );
}

/** Does the notice still hold? Not if the circuit has no such signals any more. */
export function replays(search: DeletionSearch, deletion: Deletion, notice: Notice): boolean {
  const overrides = search.overridesOf(notice.set);
  if (overrides === null) return false;
  if (notice.effect === "refuses an honest batch") return search.failsHonestly(deletion, overrides);
  return search.isForged(deletion, overrides);
}

/** A circuit with the batches, or claims, that are tried on it, and the lines that are its own. */
export interface Subject {
  readonly program: ConstraintProgram;
  readonly publicSignals: RegExp;
  readonly catalogue: readonly CaseBuilder[];
  readonly deletions: readonly Deletion[];
}

/** A line of a template that both circuits have counts twice: each circuit must notice it by itself. */
const inMembership = ({ statement, ...rest }: Deletion): Deletion => {
  if (statement.file === "membership.circom") return { statement, ...rest };
  return { ...rest, statement: { ...statement, name: `${statement.name} (in the membership circuit)` } };
};

export async function soundnessSubjects(): Promise<Subject[]> {
  const batch = await batchProgram();
  const membership = await membershipProgram();
  return [
    {
      program: batch,
      publicSignals: BATCH_STATEMENT,
      catalogue: CATALOGUE,
      deletions: deletionsOf(batch),
    },
    {
      program: membership,
      publicSignals: MEMBERSHIP_PUBLIC,
      catalogue: MEMBERSHIPS,
      deletions: deletionsOf(membership).map(inMembership),
    },
  ];
}

class DeletionRun {
  readonly #subject: Subject;
  readonly #options: DeletionOptions;
  readonly notices: Record<string, Notice> = {};
  open: Deletion[];
  attempts = 0;

  constructor(subject: Subject, options: DeletionOptions) {
    this.#subject = subject;
    this.#options = options;
    this.open = [...subject.deletions];
  }

  /** Tries out what is known; then searches, batch by batch. */
  run(): void {
    const known = (deletion: Deletion) => this.#options.known[deletion.statement.name];
    this.#eachBatch(
      "replays",
      (search, batch) => (deletion) => {
        const notice = known(deletion);
        return notice?.batch === batch && replays(search, deletion, notice) ? notice : null;
      },
      (batch) => this.open.some((deletion) => known(deletion)?.batch === batch),
    );
    // Counts only if no batch shows more than that.
    const stricter = new Map<string, Notice>();
    this.#eachBatch("searches", (search, batch) => (deletion) => {
      const { name } = deletion.statement;
      const set = search.notice(deletion);
      if (set === null && !stricter.has(name)) {
        const overrides = search.removal(deletion);
        if (overrides !== null && search.failsHonestly(deletion, overrides))
          stricter.set(name, { batch, effect: "refuses an honest batch", set: search.recipe(overrides) });
      }
      if (set === null) return null;
      const effect = search.mustBeRefused ? "accepts what it must refuse" : "another result";
      return { batch, effect, set };
    });
    for (const [name, notice] of stricter) this.notices[name] ??= notice;
    this.open = this.open.filter(({ statement }) => this.notices[statement.name] === undefined);
  }

  #eachBatch(
    phase: string,
    judge: (search: DeletionSearch, batch: string) => (deletion: Deletion) => Notice | null,
    isWanted: (batch: string) => boolean = () => this.open.length > 0,
  ): void {
    const { catalogue } = this.#subject;
    for (const [i, builder] of catalogue.entries()) {
      const [batch] = builder;
      if (!isWanted(batch) || !this.#options.batches.test(batch)) continue;
      const search = searchOf(this.#subject, builder);
      const verdict = judge(search, batch);
      this.open = this.open.filter((deletion) => {
        const notice = verdict(deletion);
        if (notice !== null) this.notices[deletion.statement.name] = notice;
        return notice === null;
      });
      this.attempts += search.tries;
      const place = `${phase}: batch ${i + 1} of ${catalogue.length}`;
      this.#options.onProgress?.(`${place}, ${this.open.length} lines open: ${batch}`, this.notices);
    }
  }
}

export function runDeletions(
  subjects: readonly Subject[],
  options: DeletionOptions,
  explanations: readonly Explanation[],
): DeletionReport {
  const notices: Record<string, Notice> = {};
  const open: string[] = [];
  let attempts = 0;
  const about = explanations.filter((each) => each.about === "deletion");
  const isExplained = (name: string) => explain([name], about, (each) => each).unexplained.length === 0;
  const isOld = (name: string) => options.onlyNew && isExplained(name) && options.known[name] === undefined;
  const all = subjects
    .flatMap(({ deletions }) => deletions)
    .slice(options.from, options.to)
    .filter(({ statement }) => !isOld(statement.name));
  for (const subject of subjects) {
    const deletions = subject.deletions.filter((deletion) => all.includes(deletion));
    const onProgress = (line: string, found: Notices): void =>
      options.onProgress?.(line, { ...notices, ...found });
    const run = new DeletionRun({ ...subject, deletions }, { ...options, onProgress });
    run.run();
    Object.assign(notices, run.notices);
    open.push(...run.open.map(({ statement }) => statement.name));
    attempts += run.attempts;
  }
  return {
    deletions: all.length,
    terms: all.filter(({ statement }) => statement.isTerm).length,
    notices,
    survivors: explain(open, about, (name) => name),
    attempts,
  };
}
