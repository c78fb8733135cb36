/** Compares answers as hive's rpc-compat does: texts of errors do not count, numbers are compared as numbers. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const maxQuotedCharacters = 120;
const quote = (value: Json | undefined): string =>
  (JSON.stringify(value) ?? "nothing").slice(0, maxQuotedCharacters);

/** The first difference, as "path: expected …, got …"; undefined when there is none. */
export function difference(expected: Json, actual: Json | undefined, path = ""): string | undefined {
  const here = path === "" ? "the answer" : path;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length)
      return `${here}: expected ${expected.length} items, got ${actual.length}`;
    return first(expected.map((item, index) => () => difference(item, actual[index], `${path}[${index}]`)));
  }
  if (isObject(expected) && isObject(actual)) {
    const isError = path === "error" || path.endsWith(".error");
    const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    const compared = names.filter(
      (name) => !(isError && name === "message" && name in expected && name in actual),
    );
    return first(
      compared.map((name) => () => field(expected, actual, name, path === "" ? name : `${path}.${name}`)),
    );
  }
  return Object.is(expected, actual)
    ? undefined
    : `${here}: expected ${quote(expected)}, got ${quote(actual)}`;
}

function field(
  expected: { readonly [key: string]: Json },
  actual: { readonly [key: string]: Json },
  name: string,
  path: string,
): string | undefined {
  const [wanted, given] = [expected[name], actual[name]];
  if (wanted === undefined) return `${path}: expected nothing, got ${quote(given)}`;
  if (given === undefined) return `${path}: expected ${quote(wanted)}, got nothing`;
  return difference(wanted, given, path);
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Kinds of values instead of values: what the recorded answer and the given one both have must be of one kind. */
export function shapeDifference(
  expected: Json,
  actual: Json | undefined,
  path = "result",
): string | undefined {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const [sample] = expected;
    if (sample === undefined) return undefined;
    return first(actual.map((item, index) => () => shapeDifference(sample, item, `${path}[${index}]`)));
  }
  if (isObject(expected) && isObject(actual)) {
    const names = Object.keys(expected).filter((name) => name in actual);
    return first(
      names.map((name) => () => shapeDifference(expected[name] ?? null, actual[name], `${path}.${name}`)),
    );
  }
  const [wanted, given] = [kindOf(expected), kindOf(actual)];
  return wanted === given || expected === null || actual === null
    ? undefined
    : `${path}: expected ${wanted}, got ${given}`;
}

function kindOf(value: Json | undefined): string {
  if (typeof value === "string" && /^0x[0-9a-fA-F]*$/.test(value)) return "a hex string";
  if (Array.isArray(value)) return "an array";
  return value === undefined ? "nothing" : `a ${typeof value}`;
}

/** What keeps an answer from being the expected one; undefined when it is. */
export function failureOf(
  expected: string,
  actual: string | undefined,
  isShapeOnly: boolean,
): string | undefined {
  if (actual === undefined) return "no answer";
  const wanted = JSON.parse(expected) as Json;
  const given = JSON.parse(actual) as Json;
  if (isShapeOnly && isObject(wanted) && isObject(given) && given.error === undefined) {
    return shapeDifference(wanted.result ?? null, given.result);
  }
  return difference(wanted, given);
}
