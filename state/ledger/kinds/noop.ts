import type { Rule } from "../rule.ts";

/** Padding. */
export const noop: Rule = { kind: "noop", parts: [], slots: () => ({}), execute: () => ({}) };
