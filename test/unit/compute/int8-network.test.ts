import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { irisSamples, irisSplit } from "../../../compute/data/iris.ts";
import {
  decodePredictions,
  decodeSamples,
  encodeSamples,
  runInference,
} from "../../../compute/model/inference.ts";
import { classOf, type Int8Network, infer, parseNetwork } from "../../../compute/model/int8-network.ts";
import { accuracyOf, networkText, trainIris } from "../../../compute/train.ts";
import { contentElementOf } from "../../../sdk/index.ts";

const irisBytes = new Uint8Array(
  readFileSync(new URL("../../../compute/data/iris-int8.json", import.meta.url)),
);
const iris = parseNetwork(irisBytes);

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Small enough to compute by hand. */
const tiny: Int8Network = {
  format: "neura-int8-network-v1",
  name: "tiny",
  inputs: ["a", "b"],
  classes: ["x", "y"],
  layers: [
    { weights: [[2, -1], [127, 127]], biases: [5, 0], rescale: { multiplier: 3, shift: 1 } }, // biome-ignore format: one row a neuron
    { weights: [[1, 0], [-1, 1]], biases: [-4, 0], rescale: null }, // biome-ignore format: one row a neuron
  ],
};

describe("infer", () => {
  it("computes sums, rounds halves up, and clamps to 0..127", () => {
    // Hidden: 2·3 − 1·4 + 5 = 7 → 10.5 → 11; 127·7 = 889 → 127. Outputs: 11 − 4, −11 + 127.
    expect(infer(tiny, [3, 4])).toEqual([7, 116]);
    // Hidden: −2·5 + 1·5 + 5 = 0 → 0; 127·(−5 − 5) → 0.
    expect(infer(tiny, [-5, -5])).toEqual([-4, 0]);
    // Hidden: 2·(−3) + 5 = −1 → −1.5 → −1 → 0.
    expect(infer(tiny, [-3, 0])).toEqual([-4, 0]);
  });

  it("refuses a sample of another width or range", () => {
    for (const sample of [[1], [1, 2, 3], [1, 128], [1, -129], [1, 0.5]]) {
      expect(() => infer(tiny, sample)).toThrow(RangeError);
    }
  });

  it("takes the first of equal outputs", () => {
    expect(classOf([3, 9, 9])).toBe(1);
  });
});

describe("the iris model", () => {
  it("gives the golden outputs, computed with exact fractions by another program", () => {
    expect(infer(iris, [51, 35, 14, 2])).toEqual([12919, -241, 15]);
    expect(infer(iris, [70, 32, 47, 14])).toEqual([55, 12751, 76]);
    expect(infer(iris, [63, 33, 60, 25])).toEqual([-323, -4758, 17807]);
  });

  it("has the golden content element", () => {
    expect(contentElementOf(irisBytes)).toBe(
      124870057541515544915656163250103369683548261610397025066939080553135776243n,
    );
  });

  it("is what training gives, byte by byte", () => {
    expect(networkText(trainIris())).toBe(new TextDecoder().decode(irisBytes));
  });

  it("classifies at least 95 % of the flowers that it never saw", () => {
    const { training, heldOut } = irisSplit();
    expect(heldOut).toHaveLength(30);
    expect(training).toHaveLength(120);
    expect([...training, ...heldOut].map(({ features }) => features.join()).sort()).toEqual(
      irisSamples()
        .map(({ features }) => features.join())
        .sort(),
    );
    expect(accuracyOf(iris, heldOut)).toBeGreaterThanOrEqual(0.95);
    expect(accuracyOf(iris, training)).toBeGreaterThanOrEqual(0.95);
  });
});

describe("parseNetwork", () => {
  const [first, second] = tiny.layers;
  const wrong: Record<string, unknown> = {
    "no JSON": "{",
    "null instead of a network": null,
    "another format": { ...tiny, format: "onnx" },
    "a weight beyond int8": { ...tiny, layers: [{ ...first, weights: [[2, 128], [1, 1]] }, second] }, // biome-ignore format: one row a neuron
    "a fractional weight": { ...tiny, layers: [{ ...first, weights: [[2, 0.5], [1, 1]] }, second] }, // biome-ignore format: one row a neuron
    "a row of another width": { ...tiny, layers: [{ ...first, weights: [[2], [1]] }, second] },
    "a bias beyond int32": { ...tiny, layers: [{ ...first, biases: [2 ** 31, 0] }, second] },
    "a hidden layer without a factor": { ...tiny, layers: [{ ...first, rescale: null }, second] },
    "a last layer with a factor": { ...tiny, layers: [first, { ...second, rescale: first?.rescale }] },
    "a factor beyond 15 bits": {
      ...tiny,
      layers: [{ ...first, rescale: { multiplier: 32768, shift: 1 } }, second],
    },
    "a shift of 0": { ...tiny, layers: [{ ...first, rescale: { multiplier: 1, shift: 0 } }, second] },
    "fewer names of classes than outputs": { ...tiny, classes: ["x"] },
    "no layers": { ...tiny, layers: [] },
  };

  it("reads what was written", () => {
    expect(parseNetwork(bytesOf(tiny))).toEqual(tiny);
  });

  for (const [what, value] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : bytesOf(value);
      expect(() => parseNetwork(bytes)).toThrow(expect.objectContaining({ code: "wrong-model-format" }));
    });
  }
});

describe("runInference", () => {
  it("gives class and outputs of every sample", () => {
    const input = encodeSamples([[3, 4], [-5, -5]]); // biome-ignore format: one sample a row
    expect([...input]).toEqual([3, 4, 251, 251]);
    const result = runInference(tiny, input);
    expect(Buffer.from(result).toString("hex")).toBe("010000000700000074" + "01fffffffc00000000");
    expect(decodePredictions(tiny, result)).toEqual([
      { classIndex: 1, outputs: [7, 116] },
      { classIndex: 1, outputs: [-4, 0] },
    ]);
  });

  it("refuses an input that is empty, cut or too long", () => {
    for (const length of [0, 5, 4 * 1025]) {
      expect(() => decodeSamples(new Uint8Array(length), 4)).toThrow(
        expect.objectContaining({ code: "wrong-input-format" }),
      );
    }
  });
});
