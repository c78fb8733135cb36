/** Compares answers as hive's rpc-compat does: texts of errors do not count, numbers are compared as numbers. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const maxQuotedCharacters = 120;
const quote = (value: Json | undefined): string =>
  (JSON.stringify(value) ?? "nothing").slice(0, maxQuotedCharacters);

/** One place where two answers differ. */
export interface Difference {
  /** As "result[0].hash"; empty for the answer as a whole. */
  readonly path: string;
  readonly text: string;
}

export function differences(expected: Json, actual: Json | undefined, path = ""): Difference[] {
  const differs = (text: string): Difference[] => [
    { path, text: `${path === "" ? "the answer" : path}: ${text}` },
  ];
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length)
      return differs(`expected ${expected.length} items, got ${actual.length}`);
    return expected.flatMap((item, index) => differences(item, actual[index], `${path}[${index}]`));
  }
  if (isObject(expected) && isObject(actual)) {
    const isError = path === "error" || path.endsWith(".error");
    const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return names
      .filter((name) => !(isError && name === "message" && name in expected && name in actual))
      .flatMap((name) =>
        differences(expected[name] as Json, actual[name], path === "" ? name : `${path}.${name}`),
      );
  }
  return Object.is(expected, actual) ? [] : differs(`expected ${quote(expected)}, got ${quote(actual)}`);
}

/** Kinds of values instead of values: what the recorded answer and the given one both have must be of one kind. */
export function shapeDifferences(expected: Json, actual: Json | undefined, path = "result"): Difference[] {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const [sample] = expected;
    if (sample === undefined) return [];
    return actual.flatMap((item, index) => shapeDifferences(sample, item, `${path}[${index}]`));
  }
  if (isObject(expected) && isObject(actual)) {
    const names = Object.keys(expected).filter((name) => name in actual);
    return names.flatMap((name) => shapeDifferences(expected[name] ?? null, actual[name], `${path}.${name}`));
  }
  const [wanted, given] = [kindOf(expected), kindOf(actual)];
  if (wanted === given || expected === null || actual === null) return [];
  return [{ path, text: `${path}: expected ${wanted}, got ${given}` }];
}

function kindOf(value: Json | undefined): string {
  if (typeof value === "string" && /^0x[0-9a-fA-F]*$/.test(value)) return "a hex string";
  if (Array.isArray(value)) return "an array";
  return value === undefined ? "nothing" : `a ${typeof value}`;
}

/** Everything in which an answer is not the expected one. */
export function answerDifferences(
  expected: string,
  actual: string | undefined,
  isShapeOnly: boolean,
): Difference[] {
  if (actual === undefined) return [{ path: "", text: "no answer" }];
  const wanted = JSON.parse(expected) as Json;
  const given = JSON.parse(actual) as Json;
  if (isShapeOnly && isObject(wanted) && isObject(given) && given.error === undefined) {
    return shapeDifferences(wanted.result ?? null, given.result);
  }
  return differences(wanted, given);
}
