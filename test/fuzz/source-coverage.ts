/** From the instructions that ran to the lines and branches of the Solidity files. */
import type { CodeMap, CoverageBuild, SyntaxNode } from "../fixtures/contracts/coverage-build.ts";
import type { Hits } from "../fixtures/contracts/coverage-recorder.ts";

export interface FileCoverage {
  readonly name: string;
  readonly lines: number;
  readonly branches: number;
  readonly uncoveredLines: readonly number[];
  /** Branches of conditions on these lines that were never taken; a line stands here once for each. */
  readonly uncoveredBranches: readonly number[];
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Ranges of one file whose instructions ran, and the outcomes of conditional jumps by the range of their condition. */
interface FileHits {
  readonly ran: Map<string, Range>;
  readonly outcomes: Map<string, Set<"taken" | "passed">>;
}

/** Statements whose own code tells whether they ran; blocks and conditions are looked at through their parts. */
const STATEMENTS: ReadonlySet<string> = new Set([
  "ExpressionStatement",
  "Return",
  "RevertStatement",
  "EmitStatement",
  "VariableDeclarationStatement",
  "InlineAssembly",
]);
const CONDITIONS: ReadonlySet<string> = new Set(["IfStatement", "Conditional"]);
const PUSH1 = 0x60;
const PUSH32 = 0x7f;

export function coverageOf(
  build: CoverageBuild,
  recordings: readonly Readonly<Record<string, Hits>>[],
): FileCoverage[] {
  const byFile = new Map<number, FileHits>();
  for (const recording of recordings) {
    for (const [code, hits] of Object.entries(recording)) {
      const map = codeMapOf(build, code.slice(2));
      if (map !== undefined) addHits(byFile, map, hits);
    }
  }
  return Object.entries(build.files)
    .map(([id, { name, ast }]) => {
      const hits = byFile.get(Number(id)) ?? { ran: new Map(), outcomes: new Map() };
      return fileCoverage(name, ast, build.sources[name] ?? "", hits);
    })
    .filter(({ lines }) => lines > 0)
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** The compiled code that this is: with values in the place of immutables' zeros, or with arguments behind it. */
function codeMapOf({ contracts }: CoverageBuild, code: string): CodeMap | undefined {
  for (const { creation, runtime } of Object.values(contracts)) {
    if (creation.object !== "" && code.startsWith(creation.object)) return creation;
    if (runtime.object !== "" && isDeployedFrom(code, runtime.object)) return runtime;
  }
  return undefined;
}

function isDeployedFrom(code: string, object: string): boolean {
  if (code.length !== object.length) return false;
  for (let i = 0; i < code.length; i++) if (code[i] !== object[i] && object[i] !== "0") return false;
  return true;
}

function addHits(byFile: Map<number, FileHits>, map: CodeMap, { pcs, taken, passed }: Hits): void {
  const places = placesOf(map.sourceMap);
  const instructions = instructionsOf(map.object);
  const placeOf = (pc: number) => places[instructions.get(pc) ?? -1];
  const fileOf = (file: number): FileHits => {
    const known = byFile.get(file);
    if (known !== undefined) return known;
    const made: FileHits = { ran: new Map(), outcomes: new Map() };
    byFile.set(file, made);
    return made;
  };
  for (const pc of pcs) {
    const place = placeOf(pc);
    if (place !== undefined) fileOf(place.file).ran.set(keyOf(place), place);
  }
  for (const [outcome, jumps] of [
    ["taken", taken],
    ["passed", passed],
  ] as const) {
    for (const pc of jumps) {
      const place = placeOf(pc);
      if (place === undefined) continue;
      const { outcomes } = fileOf(place.file);
      outcomes.set(keyOf(place), (outcomes.get(keyOf(place)) ?? new Set()).add(outcome));
    }
  }
}

const keyOf = ({ start, end }: Range): string => `${start}:${end}`;

/** Number of the instruction at each place of the code. */
function instructionsOf(object: string): Map<number, number> {
  const bytes = Buffer.from(object, "hex");
  const instructions = new Map<number, number>();
  for (let pc = 0, index = 0; pc < bytes.length; pc++, index++) {
    instructions.set(pc, index);
    const opcode = bytes[pc] ?? 0;
    if (opcode >= PUSH1 && opcode <= PUSH32) pc += opcode - PUSH1 + 1;
  }
  return instructions;
}

/** Source maps leave out what is as it was for the instruction before. */
function placesOf(sourceMap: string): (Range & { file: number })[] {
  let [start, length, file] = [0, 0, -1];
  return sourceMap.split(";").map((item) => {
    const [s, l, f] = item.split(":");
    if (s) start = Number(s);
    if (l) length = Number(l);
    if (f) file = Number(f);
    return { start, end: start + length, file };
  });
}

function fileCoverage(
  name: string,
  ast: SyntaxNode,
  text: string,
  { ran, outcomes }: FileHits,
): FileCoverage {
  const ranges = [...ran.values()];
  const lineOf = (offset: number): number =>
    Buffer.from(text).subarray(0, offset).toString().split("\n").length;
  const lines = new Map<number, boolean>();
  const uncoveredBranches: number[] = [];
  let branches = 0;
  const demand = ({ start, end }: Range): void => {
    const line = lineOf(start);
    const hasRun = ranges.some((range) => range.start >= start && range.end <= end);
    lines.set(line, (lines.get(line) ?? true) && hasRun);
  };
  walk(ast, (node) => {
    const range = rangeOf(node);
    if (STATEMENTS.has(node.nodeType)) demand(range);
    if (!CONDITIONS.has(node.nodeType)) return;
    demand(rangeOf(node.condition));
    branches += 2;
    const seen = outcomes.get(keyOf(range))?.size ?? 0;
    for (let missing = seen; missing < 2; missing++) uncoveredBranches.push(lineOf(range.start));
  });
  const uncoveredLines = [...lines].filter(([, isCovered]) => !isCovered).map(([line]) => line);
  return {
    name,
    lines: lines.size,
    branches,
    uncoveredLines: uncoveredLines.sort((a, b) => a - b),
    uncoveredBranches,
  };
}

function rangeOf({ src }: SyntaxNode): Range {
  const [start = 0, length = 0] = String(src).split(":").map(Number);
  return { start, end: start + length };
}

function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  if (node === null || typeof node !== "object") return;
  if (Array.isArray(node)) {
    for (const part of node) walk(part, visit);
    return;
  }
  if (typeof node.nodeType === "string") visit(node);
  // Assembly counts as one statement: its own tree has another shape.
  if (node.nodeType === "InlineAssembly") return;
  for (const part of Object.values(node)) walk(part, visit);
}
