import { failureOf } from "./comparison.ts";
import { explanationOf } from "./explained-differences.ts";
import type { IoTest } from "./io-files.ts";
import type { ConformanceNode } from "./node.ts";

export interface TestResult {
  readonly test: string;
  /** What is different; undefined when the test passed. */
  readonly failure?: string;
  /** Why that is right; undefined when nobody has explained it. */
  readonly explanation?: string;
}

/** Runs the tests in order on one node. */
export async function runConformance(node: ConformanceNode, tests: readonly IoTest[]): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const test of tests) {
    const failure = await failureIn(node, test);
    const explanation = failure === undefined ? undefined : explanationOf(test.name);
    results.push({
      test: test.name,
      ...(failure === undefined ? {} : { failure }),
      ...(explanation === undefined ? {} : { explanation }),
    });
  }
  return results;
}

async function failureIn(
  node: ConformanceNode,
  { exchanges, isShapeOnly }: IoTest,
): Promise<string | undefined> {
  for (const { request, expected } of exchanges) {
    const failure = failureOf(expected, await node.answer(request), isShapeOnly);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

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
    const passed = own.filter(({ failure }) => failure === undefined).length;
    const explained = own.filter(({ explanation }) => explanation !== undefined).length;
    return { method, passed, explained, failed: own.length - passed - explained };
  });
}

const methodOf = (test: string): string => test.split("/")[0] ?? test;
