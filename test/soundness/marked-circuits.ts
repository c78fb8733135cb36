/**
 * A copy of the circuits in which every statement that makes constraints is preceded by a mark: a constraint that nothing
 * else has the form of, and that carries the statement's number. So one compilation without simplification tells which
 * line of source each constraint comes from. Terms of sums get a signal of their own, and can be taken out by themselves.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { packagesDirectory } from "../../circuits/sources.ts";
import { blankComments, type CircomTemplate, templatesOf, termsOf } from "./circom-statements.ts";

const CIRCUITS = path.resolve(import.meta.dirname, "../../circuits");
const LIBRARY = "circomlib/circuits";

export const MARK_SIGNAL = "soundness_mark";
const TERM_SIGNAL = "soundness_term";
/** Constraints behind this mark belong to no statement; the numbers of statements begin behind it. */
const END_OF_TEMPLATE = 1;

/** A line of the circuits, or one term of the sum in it. */
export interface MarkedStatement {
  readonly number: number;
  /** Says what it is, and stays the same when other lines change. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly template: string;
  readonly isCheck: boolean;
  readonly isTerm: boolean;
  /** Part of circomlib: deleted by nobody. */
  readonly isLibrary: boolean;
  /** Signals that it gives, without indices; besides them, it gives inputs of components without a name. */
  readonly targets: readonly string[];
  /** Signals that are hints in the template. */
  readonly hints: readonly string[];
}

export interface MarkedCircuits {
  readonly directory: string;
  readonly statements: ReadonlyMap<number, MarkedStatement>;
}

interface Insertion {
  readonly at: number;
  readonly until: number;
  readonly text: string;
}

const markOf = (number: number): string => `${MARK_SIGNAL} * (${MARK_SIGNAL} + ${number}) === 0; `;
const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
/** Says what the term is, so that a record of it outlasts edits of other lines. */
const termSignal = (name: string): string =>
  `${TERM_SIGNAL}_${createHash("sha256").update(name).digest("hex").slice(0, 10)}`;

class Marker {
  readonly statements = new Map<number, MarkedStatement>();
  readonly #names = new Map<string, number>();

  mark(file: string, source: string, isLibrary: boolean): string {
    const text = blankComments(source);
    const insertions: Insertion[] = [];
    for (const template of templatesOf(text)) {
      const declaration = ` signal ${MARK_SIGNAL}; ${MARK_SIGNAL} <-- 0; `;
      insertions.push(insertionAt(template.bodyStart, declaration));
      this.#markTemplate(template, file, text, isLibrary, insertions);
      insertions.push(insertionAt(template.bodyEnd, markOf(END_OF_TEMPLATE)));
    }
    return applied(text, insertions);
  }

  #markTemplate(
    template: CircomTemplate,
    file: string,
    text: string,
    isLibrary: boolean,
    into: Insertion[],
  ): void {
    for (const statement of template.statements) {
      const line = text.slice(0, statement.start).split("\n").length;
      const facts = { file, line, template: template.name, isLibrary, hints: template.hints };
      const whole = oneLine(statement.text);
      const terms = isLibrary || statement.isNested ? [] : termsOf(statement.text);
      let before = "";
      const replacements: Insertion[] = [];
      for (const { start, end } of terms) {
        const term = oneLine(statement.text.slice(start, end));
        const sum = statement.isCheck ? whole : whole.split("<==")[0]?.trim();
        const name = this.#unique(`${file}: ${template.name}: ${term}, a term of ${sum}`);
        const signal = termSignal(name);
        const number = this.#add({ ...facts, name, targets: [signal], isCheck: false, isTerm: true });
        before += `${markOf(number)}signal ${signal} <== ${term}; `;
        replacements.push({ at: statement.start + start, until: statement.start + end, text: signal });
      }
      const name = this.#unique(`${file}: ${template.name}: ${whole}`);
      const { needsBraces, isCheck, targets } = statement;
      const number = this.#add({ ...facts, name, targets, isCheck, isTerm: false });
      into.push(insertionAt(statement.start, `${needsBraces ? "{ " : ""}${before}${markOf(number)}`));
      into.push(...replacements);
      if (needsBraces) into.push(insertionAt(statement.end, " }"));
    }
  }

  /** Counts among equal names only: what comes before in the file does not matter. */
  #unique(name: string): string {
    const rank = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, rank);
    return rank === 1 ? name : `${name} (${rank})`;
  }

  #add(statement: Omit<MarkedStatement, "number">): number {
    const number = END_OF_TEMPLATE + 1 + this.statements.size;
    this.statements.set(number, { ...statement, number });
    return number;
  }
}

const insertionAt = (at: number, text: string): Insertion => ({ at, until: at, text });

function applied(text: string, insertions: readonly Insertion[]): string {
  let result = "";
  let from = 0;
  for (const { at, until, text: inserted } of [...insertions].sort((a, b) => a.at - b.at)) {
    result += text.slice(from, at) + inserted;
    from = until;
  }
  return result + text.slice(from);
}

/** Writes the marked copy, circomlib included, below `directory`. */
export function markedCircuits(directory: string): MarkedCircuits {
  const marker = new Marker();
  const outputs = new Map<string, string>();
  const own = (readdirSync(CIRCUITS, { recursive: true }) as string[]).filter((f) => f.endsWith(".circom"));
  for (const file of own.sort())
    outputs.set(file, marker.mark(file, readFileSync(path.join(CIRCUITS, file), "utf8"), false));
  const library = path.join(packagesDirectory(), LIBRARY);
  for (const file of readdirSync(library).filter((f) => f.endsWith(".circom") && !f.includes("old"))) {
    const name = path.join(LIBRARY, file);
    outputs.set(name, marker.mark(name, readFileSync(path.join(library, file), "utf8"), true));
  }
  const hash = createHash("sha256")
    .update(JSON.stringify([...outputs]))
    .digest("hex")
    .slice(0, 16);
  const copy = path.join(directory, `marked-sources-${hash}`);
  for (const [file, text] of outputs) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    writeFileSync(path.join(copy, file), text);
  }
  return { directory: copy, statements: marker.statements };
}
