/**
 * What each kind of op costs: every op slot pays for the rules of all kinds, so the cost of a kind is what the rules are
 * cheaper without it, from real compilations. What kinds share (slots, splits, a payout, a key check) is not in it.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type CompileOptions, compileCircuit } from "./compile.ts";
import { templateCircuit } from "./mains.ts";

export interface KindCost {
  readonly kind: string;
  /** Constraints of an op slot that only this kind needs. */
  readonly constraints: number;
}

const CIRCUITS = import.meta.dirname;
const INDEX = "ops/index.circom";
/** Telling a kind from the others: one comparison. */
const DECODING = 2;
/** Each compilation is a process of its own. */
const COMPILATIONS_AT_A_TIME = 2;

const kindName = (template: string): string => template.charAt(0).toLowerCase() + template.slice(1);

/** Compiles the rules with all kinds, and without each; cached like every compilation. */
export async function measureKinds(how: Omit<CompileOptions, "name" | "source">): Promise<KindCost[]> {
  const index = readFileSync(path.join(CIRCUITS, INDEX), "utf8");
  const rules = templateCircuit("execute.circom", "Rules()");
  const { constraints: all } = await compileCircuit({ ...how, ...rules });
  const measure = async ([line, template]: readonly [string, string]): Promise<KindCost> => {
    const without = index.replace(line, line.replace(template, "Noop"));
    const circuitsDirectory = variantOf(how.cacheDirectory, template, without);
    const { constraints } = await compileCircuit({
      ...how,
      ...rules,
      name: `Rules-without-${template}`,
      circuitsDirectory,
    });
    return { kind: kindName(template), constraints: DECODING + all - constraints };
  };
  const kinds = [...index.matchAll(/^ {4}of\[\d+\] <== (\w+)\(\)\(s\);$/gm)].flatMap(
    ([line, template = "Noop"]) => (template === "Noop" ? [] : [[line, template] as const]),
  );
  const costs: KindCost[] = [];
  for (let i = 0; i < kinds.length; i += COMPILATIONS_AT_A_TIME)
    costs.push(...(await Promise.all(kinds.slice(i, i + COMPILATIONS_AT_A_TIME).map(measure))));
  return costs;
}

/** The circuits with another index of rules. */
function variantOf(cacheDirectory: string, template: string, index: string): string {
  const directory = path.join(cacheDirectory, "rules-without", template);
  mkdirSync(directory, { recursive: true });
  cpSync(CIRCUITS, directory, {
    recursive: true,
    filter: (file) => !/\.(ts|json)$/.test(file),
  });
  writeFileSync(path.join(directory, INDEX), index);
  return directory;
}
