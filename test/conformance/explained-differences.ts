/** Tests of the execution APIs that this chain answers otherwise on purpose, and why. */
interface ExplainedDifference {
  /** Names of tests, or of folders with all that is in them. */
  readonly tests: readonly string[];
  readonly reason: string;
}

const explainedDifferences: readonly ExplainedDifference[] = [];

/** Why a test may fail; undefined when it may not. */
export function explanationOf(test: string): string | undefined {
  return explainedDifferences.find(({ tests }) =>
    tests.some((name) => test === name || test.startsWith(`${name}/`)),
  )?.reason;
}
