/** Survivors of the runs and the reasons why they are harmless, which are committed: an unknown survivor is a finding. */

export interface Explanation {
  readonly about: "single" | "recomputed" | "deletion";
  /** A regular expression over the whole name of what survives. */
  readonly survivors: string;
  readonly reason: string;
}

export interface ExplainedRun<T> {
  readonly explained: readonly { readonly reason: string; readonly survivors: readonly T[] }[];
  readonly unexplained: readonly T[];
  /** Explanations of what does not survive: to be taken off the list. */
  readonly stale: readonly Explanation[];
}

export function explain<T>(
  survivors: readonly T[],
  explanations: readonly Explanation[],
  nameOf: (survivor: T) => string,
): ExplainedRun<T> {
  const groups = explanations.map((explanation) => ({ explanation, survivors: [] as T[] }));
  const unexplained: T[] = [];
  const patterns = explanations.map(({ survivors: pattern }) => new RegExp(`^(?:${pattern})$`));
  for (const survivor of survivors) {
    const index = patterns.findIndex((pattern) => pattern.test(nameOf(survivor)));
    (groups[index]?.survivors ?? unexplained).push(survivor);
  }
  return {
    explained: groups
      .filter((group) => group.survivors.length > 0)
      .map((group) => ({ reason: group.explanation.reason, survivors: group.survivors })),
    unexplained,
    stale: groups.filter((group) => group.survivors.length === 0).map((group) => group.explanation),
  };
}
