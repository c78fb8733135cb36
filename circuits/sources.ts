/**
 * Which files a circuit is made of: follows circom `include` lines the way the compiler does (beside the including
 * file first, then each library directory in order), so that a cache key covers every byte that is compiled.
 */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);

/** A circuit's main: a `.circom` file with a main component, or its text. */
export type CircuitSource = { readonly path: string } | { readonly text: string };

/** The directories of one compilation on this machine. */
export interface SourceTree {
  /** Our own circuits. */
  readonly circuitsDirectory: string;
  /** The folder that contains the circomlib package. */
  readonly packagesDirectory: string;
}

/** An `include` names a file that exists neither beside the including file nor in a library directory. */
export class CircuitIncludeError extends Error {
  readonly code = "CIRCUIT_INCLUDE_NOT_FOUND";
  constructor(
    readonly include: string,
    readonly includedFrom: string,
    readonly searched: readonly string[],
  ) {
    super(
      `${includedFrom} includes "${include}", which is in none of: ${searched.join(", ")}; correct the include`,
    );
  }
}

export function packagesDirectory(): string {
  return path.dirname(path.dirname(require.resolve("circomlib/package.json")));
}

export function packageVersion(name: string): string {
  return (require(`${name}/package.json`) as { version: string }).version;
}

/** Library directories in the order in which the compiler searches them. */
function libraryDirectories(tree: SourceTree): string[] {
  return [
    tree.circuitsDirectory,
    tree.packagesDirectory,
    path.join(tree.packagesDirectory, "circomlib/circuits"),
  ];
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/[^\n]*/g, "");
}

function includesOf(source: string): string[] {
  return [...withoutComments(source).matchAll(/\binclude\s+"([^"]+)"\s*;/g)].map((match) => match[1] ?? "");
}

function labelOf(file: string, tree: SourceTree): string {
  const own = path.relative(tree.circuitsDirectory, file);
  return own.startsWith("..") ? `package:${path.relative(tree.packagesDirectory, file)}` : own;
}

function isFile(candidate: string): boolean {
  return statSync(candidate, { throwIfNoEntry: false })?.isFile() ?? false;
}

function resolveInclude(include: string, fromFile: string | null, libraries: readonly string[]): string {
  const searched = fromFile === null ? libraries : [path.dirname(fromFile), ...libraries];
  const found = searched.map((directory) => path.resolve(directory, include)).find(isFile);
  if (found === undefined) throw new CircuitIncludeError(include, fromFile ?? "the main source", searched);
  return found;
}

/** SHA-256 over the main source and every file it includes, and over `settings` (compiler version and flags). */
export function hashSources(source: CircuitSource, tree: SourceTree, settings: readonly string[]): string {
  const libraries = libraryDirectories(tree);
  const contents = new Map<string, string>();
  const mainFile = "path" in source ? path.resolve(tree.circuitsDirectory, source.path) : null;
  const mainText = "path" in source ? readFileSync(mainFile ?? "", "utf8") : source.text;
  const queue = includesOf(mainText).map((include) => resolveInclude(include, mainFile, libraries));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (contents.has(file)) continue;
    const text = readFileSync(file, "utf8");
    contents.set(file, createHash("sha256").update(text).digest("hex"));
    for (const include of includesOf(text)) queue.push(resolveInclude(include, file, libraries));
  }
  // Paths relative to the tree, sorted: the same sources hash alike wherever the checkout is.
  const files = [...contents].map(([file, digest]) => `${labelOf(file, tree)} ${digest}`).sort();
  return createHash("sha256")
    .update(JSON.stringify([settings, mainText, files]))
    .digest("hex");
}
