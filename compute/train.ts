/** Trains the demo's model: `node --import tsx compute/train.ts`. Every run writes the same bytes. */
import { writeFileSync } from "node:fs";
import { IRIS_INPUTS, IRIS_SEED, irisClasses, irisSplit } from "./data/iris.ts";
import { classOf, type Int8Network, infer } from "./model/int8-network.ts";
import { type Sample, seededRandom, trainInt8Network } from "./model/training.ts";

const HIDDEN_WIDTH = 8;
const EPOCHS = 300;
const LEARNING_RATE = 0.02;

export function trainIris(): Int8Network {
  return trainInt8Network(
    { name: "iris-int8", inputs: IRIS_INPUTS, classes: irisClasses() },
    irisSplit().training,
    {
      hiddenWidth: HIDDEN_WIDTH,
      epochs: EPOCHS,
      learningRate: LEARNING_RATE,
      random: seededRandom(IRIS_SEED),
    },
  );
}

/** One row of weights a line, so that the file can be read. */
export function networkText({ layers, ...rest }: Int8Network): string {
  const row = (numbers: readonly number[]): string => `[${numbers.join(", ")}]`;
  const layerText = layers.map(({ weights, biases, rescale }) =>
    [
      "    {",
      '      "weights": [',
      weights.map((numbers) => `        ${row(numbers)}`).join(",\n"),
      "      ],",
      `      "biases": ${row(biases)},`,
      rescale === null
        ? '      "rescale": null'
        : `      "rescale": { "multiplier": ${rescale.multiplier}, "shift": ${rescale.shift} }`,
      "    }",
    ].join("\n"),
  );
  const head = Object.entries(rest).map(([name, value]) =>
    Array.isArray(value)
      ? `  "${name}": [${value.map((item) => JSON.stringify(item)).join(", ")}],`
      : `  "${name}": ${JSON.stringify(value)},`,
  );
  return ["{", ...head, '  "layers": [', layerText.join(",\n"), "  ]", "}", ""].join("\n");
}

export function accuracyOf(network: Int8Network, samples: readonly Sample[]): number {
  const right = samples.filter(({ features, label }) => classOf(infer(network, features)) === label);
  return right.length / samples.length;
}

if (import.meta.filename === process.argv[1]) {
  const network = trainIris();
  const { training, heldOut } = irisSplit();
  const path = new URL("data/iris-int8.json", import.meta.url);
  writeFileSync(path, networkText(network));
  console.log(
    `accuracy: training ${accuracyOf(network, training)}, held out ${accuracyOf(network, heldOut)}`,
  );
}
