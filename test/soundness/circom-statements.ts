/**
 * The statements of circom templates, as far as constraints are concerned: where each `<==`, `===` and checking
 * component stands, and the terms of the sums in it. A reader of the subset of circom that the circuits and circomlib use.
 */

/** A place in a template that makes constraints. */
export interface CircomStatement {
  readonly template: string;
  readonly start: number;
  /** Just behind the semicolon. */
  readonly end: number;
  readonly text: string;
  /** Signals that it gives, without indices. */
  readonly targets: readonly string[];
  /** `===` alone checks; everything else gives a signal its value. */
  readonly isCheck: boolean;
  /** The statement stands in a block or behind a `for` or `if`: no signal can be declared beside it. */
  readonly isNested: boolean;
  /** ... and without braces of its own. */
  readonly needsBraces: boolean;
}

export interface CircomTemplate {
  readonly name: string;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly statements: readonly CircomStatement[];
  /** Signals that are given by `<--`. */
  readonly hints: readonly string[];
}

/** The source with comments as spaces, so that places stay. */
export const blankComments = (source: string): string =>
  source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, " "));

const OPENING = "([{";
const CLOSING = ")]}";

/** Index behind the bracket that closes the one at `at`. */
export function behindGroup(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (OPENING.includes(text.charAt(i))) depth++;
    if (CLOSING.includes(text.charAt(i)) && --depth === 0) return i + 1;
  }
  throw new SyntaxError(`no bracket closes the one at ${at}; correct the circuit`);
}

function behindSemicolon(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (OPENING.includes(text.charAt(i))) depth++;
    if (CLOSING.includes(text.charAt(i))) depth--;
    if (depth === 0 && text[i] === ";") return i + 1;
  }
  throw new SyntaxError(`the statement at ${at} does not end; correct the circuit`);
}

const behindSpaces = (text: string, at: number): number => {
  const found = text.slice(at).search(/\S/);
  return found < 0 ? text.length : at + found;
};

/** A component without a name, of which no output is used. */
const CHECKING_COMPONENT = /^[A-Z]\w*\s*\([^;]*\)\s*\(/;

/** Names before `<==` or behind `==>`: one signal, a tuple, or a part of a component or bus. */
function targetsOf(text: string): string[] {
  const side = text.includes("==>") ? text.split("==>")[1] : text.split("<==")[0];
  if (!text.includes("<==") && !text.includes("==>")) return [];
  const names = (side ?? "")
    .replaceAll(/\[[^\]]*\]/g, "")
    .replaceAll(/\bsignal\b|\b(?:in|out)put\b|\w+\(\)/g, "");
  return names.split(/[(),;\s]+/).filter((name) => name !== "");
}

class TemplateReader {
  readonly statements: CircomStatement[] = [];
  readonly hints: string[] = [];
  readonly #text: string;
  readonly #template: string;

  constructor(text: string, template: string) {
    this.#text = text;
    this.#template = template;
  }

  /** Reads the statement at `at`; returns the place behind it. */
  read(at: number, isNested: boolean, needsBraces: boolean): number {
    const from = behindSpaces(this.#text, at);
    if (this.#text[from] === "{") {
      const end = behindGroup(this.#text, from);
      this.readAll(from + 1, end - 1, true);
      return end;
    }
    const keyword = /^(for|while|if|else)\b/.exec(this.#text.slice(from, from + 6))?.[1];
    if (keyword !== undefined) return this.#readControlled(from, keyword);
    const end = behindSemicolon(this.#text, from);
    this.#note(from, end, isNested, needsBraces);
    return end;
  }

  readAll(from: number, to: number, isNested: boolean): void {
    let at = behindSpaces(this.#text, from);
    while (at < to) at = behindSpaces(this.#text, this.read(at, isNested, false));
  }

  #readControlled(from: number, keyword: string): number {
    let at = behindSpaces(this.#text, from + keyword.length);
    if (keyword !== "else") at = behindGroup(this.#text, at);
    const end = this.read(at, true, true);
    const next = behindSpaces(this.#text, end);
    const hasElse = keyword === "if" && /^else\b/.test(this.#text.slice(next, next + 5));
    return hasElse ? this.#readControlled(next, "else") : end;
  }

  #note(start: number, end: number, isNested: boolean, needsBraces: boolean): void {
    const text = this.#text.slice(start, end);
    const hint = /^(?:signal\s+(?:output\s+)?)?(\w+)[^<]*<--/.exec(text)?.[1];
    if (hint !== undefined) this.hints.push(hint);
    const gives = text.includes("<==") || text.includes("==>");
    const isCheck = !gives && text.includes("===");
    if (!gives && !isCheck && !CHECKING_COMPONENT.test(text)) return;
    const targets = targetsOf(text);
    this.statements.push({
      template: this.#template,
      start,
      end,
      text,
      targets,
      isCheck,
      isNested,
      needsBraces,
    });
  }
}

/** All templates of a source file whose comments are blanked. */
export function templatesOf(text: string): CircomTemplate[] {
  return [...text.matchAll(/\btemplate\s+(?:parallel\s+)?(\w+)\s*\([^)]*\)\s*\{/g)].map((match) => {
    const name = match[1] as string;
    const bodyStart = (match.index as number) + match[0].length;
    const bodyEnd = behindGroup(text, bodyStart - 1) - 1;
    const reader = new TemplateReader(text, name);
    reader.readAll(bodyStart, bodyEnd, false);
    return { name, bodyStart, bodyEnd, statements: reader.statements, hints: reader.hints };
  });
}

/** A summand in a statement: its place in the statement's text, without its sign. */
export interface Term {
  readonly start: number;
  readonly end: number;
}

/** What begins a list: an array, or the inputs of a component, `Name(parameters)(inputs)`. */
const LIST = /^\s*(?:\[|\w+\s*\([^()]*\)\s*\()/;

/** The terms of every sum in a statement: right of `<==`, or on either side of `===`. */
export function termsOf(statement: string): Term[] {
  const end = statement.lastIndexOf(";");
  const check = statement.indexOf("===");
  const gives = statement.indexOf("<==");
  if (gives >= 0) return sideTerms(statement, gives + 3, end);
  if (check < 0) return [];
  return [...sideTerms(statement, 0, check), ...sideTerms(statement, check + 3, end)];
}

/** Of the whole, of the factors in brackets, of array elements, or of the inputs of a component. */
function sideTerms(text: string, from: number, to: number): Term[] {
  const list = LIST.exec(text.slice(from, to))?.[0];
  if (list === undefined) return sumTerms(text, from, to);
  const open = from + list.length - 1;
  return splitAt(text, open + 1, behindGroup(text, open) - 1, /^,/).flatMap(({ start, end }) =>
    sideTerms(text, start, end),
  );
}

/** Pieces between separators that stand outside of brackets. */
function splitAt(text: string, from: number, to: number, separator: RegExp): Term[] {
  const pieces: Term[] = [];
  let start = from;
  for (let i = from; i < to; i++) {
    if (OPENING.includes(text.charAt(i))) i = behindGroup(text, i) - 1;
    else if (separator.test(text.slice(i, i + 3))) {
      pieces.push({ start, end: i });
      start = i + 1;
    }
  }
  return [...pieces, { start, end: to }];
}

function sumTerms(text: string, from: number, to: number): Term[] {
  const pieces = splitAt(text, from, to, /^[+-] /).map(({ start, end }) => trimmed(text, start, end));
  // 1 - x is the negation of a bit, not a sum.
  const isNegation = pieces.length === 2 && text.slice(pieces[0]?.start, pieces[0]?.end) === "1";
  if (pieces.length > 1 && !isNegation) return pieces.filter(({ start, end }) => end > start);
  return pieces.flatMap(({ start, end }) => innerTerms(text, start, end));
}

/** Terms of the factors in brackets of one product. */
function innerTerms(text: string, from: number, to: number): Term[] {
  const found: Term[] = [];
  for (let i = from; i < to; i++) {
    if (!OPENING.includes(text.charAt(i))) continue;
    const end = behindGroup(text, i);
    const isFactor = text[i] === "(" && !/[\w)\]]/.test(text.slice(from, i).trimEnd().slice(-1));
    if (isFactor) found.push(...sumTerms(text, i + 1, end - 1));
    i = end - 1;
  }
  return found;
}

function trimmed(text: string, start: number, end: number): Term {
  const piece = text.slice(start, end);
  return { start: start + (piece.length - piece.trimStart().length), end: start + piece.trimEnd().length };
}
