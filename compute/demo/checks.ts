/** One claim of the demo, with what was seen. */
export interface Check {
  readonly claim: string;
  readonly ok: boolean;
  readonly expected: string;
  readonly actual: string;
}

/** Collects every claim, so that a failed run shows all that is wrong and not only the first thing. */
export class Checks {
  readonly all: Check[] = [];

  equal(claim: string, actual: unknown, expected: unknown): void {
    const text = (value: unknown): string =>
      Array.isArray(value) ? value.map(String).join(", ") : String(value);
    this.all.push({
      claim,
      ok: text(actual) === text(expected),
      expected: text(expected),
      actual: text(actual),
    });
  }

  true(claim: string, holds: boolean, actual: unknown = holds): void {
    this.all.push({ claim, ok: holds, expected: "true", actual: String(actual) });
  }

  get failed(): Check[] {
    return this.all.filter(({ ok }) => !ok);
  }
}
