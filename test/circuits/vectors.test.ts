import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { templateCircuit } from "../../circuits/mains.ts";
import { TestCircuit } from "../support/batch-witness-check.ts";

interface Vectors {
  readonly cells: readonly { type: string; fields: Record<string, unknown>; words: string[]; leaf: string }[];
  readonly keys: readonly { about: string; x: string; y: string; usable: boolean }[];
  readonly messages: readonly unknown[];
  readonly streams: readonly { name: string; words: string[]; commitment: string; challenge: string; evaluation: string }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/ledger.json", import.meta.url), "utf8"),
) as Vectors;

describe("shared vectors", () => {
  it("placeholder", () => expect(vectors).toBeDefined());
});
