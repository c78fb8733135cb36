import { answerDifferences, type Difference } from "./comparison.ts";
import { explain } from "./explained-differences.ts";
import type { IoTest } from "./io-files.ts";
import type { ConformanceNode } from "./node.ts";

export interface TestResult {
  readonly test: string;
  /** Nothing when the test passed. */
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly difference: string;
  /** Why that is right; undefined when nobody has explained it. */
  readonly reason?: string;
}

/** Runs the tests in order on one node. */
export async function runConformance(node: ConformanceNode, tests: readonly IoTest[]): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const test of tests) {
    const found = await differencesIn(node, test);
    results.push({ test: test.name, failures: found.map((difference) => failureOf(test.name, difference)) });
  }
  return results;
}

function failureOf(test: string, { path, text }: Difference): Failure {
  const reason = explain(test, path);
  return reason === undefined ? { difference: text } : { difference: text, reason };
}

async function differencesIn(
  node: ConformanceNode,
  { exchanges, isShapeOnly }: IoTest,
): Promise<Difference[]> {
  for (const { request, expected } of exchanges) {
    const found = answerDifferences(expected, await node.answer(request), isShapeOnly);
    if (found.length > 0) return found;
  }
  return [];
}

export const isPassed = ({ failures }: TestResult): boolean => failures.length === 0;
/** Every difference has its reason. */
export const isExplained = ({ failures }: TestResult): boolean =>
  failures.length > 0 && failures.every(({ reason }) => reason !== undefined);

export interface MethodCount {
  readonly method: string;
  readonly passed: number;
  readonly explained: number;
  readonly failed: number;
}

export function countByMethod(results: readonly TestResult[]): MethodCount[] {
  const methods = [...new Set(results.map(({ test }) => methodOf(test)))];
  return methods.map((method) => {
    const own = results.filter(({ test }) => methodOf(test) === method);
    const passed = own.filter(isPassed).length;
    const explained = own.filter(isExplained).length;
    return { method, passed, explained, failed: own.length - passed - explained };
  });
}

const methodOf = (test: string): string => test.split("/")[0] ?? test;
