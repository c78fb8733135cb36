import { INT8_FORMAT, type Int8Layer, type Int8Network } from "./int8-network.ts";

/** A labelled sample; features are int8. */
export interface Sample {
  readonly features: readonly number[];
  readonly label: number;
}

/** Uniform numbers in [0, 1), the same on every machine: a linear congruential generator modulo 2^32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Fisher-Yates with a seeded generator. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

/** Splits each class in the same proportion. */
export function stratifiedSplit(
  samples: readonly Sample[],
  heldOutFraction: number,
  random: () => number,
): { training: Sample[]; heldOut: Sample[] } {
  const training: Sample[] = [];
  const heldOut: Sample[] = [];
  for (const label of [...new Set(samples.map((sample) => sample.label))].sort((a, b) => a - b)) {
    const group = shuffled(
      samples.filter((sample) => sample.label === label),
      random,
    );
    const heldOutCount = Math.round(group.length * heldOutFraction);
    heldOut.push(...group.slice(0, heldOutCount));
    training.push(...group.slice(heldOutCount));
  }
  return { training: shuffled(training, random), heldOut: shuffled(heldOut, random) };
}

interface FloatLayer {
  readonly weights: number[][];
  readonly biases: number[];
}

export interface TrainingOptions {
  readonly hiddenWidth: number;
  readonly classCount: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly random: () => number;
}

function newLayer(inputs: number, outputs: number, random: () => number): FloatLayer {
  const bound = 2 / inputs;
  return {
    weights: Array.from({ length: outputs }, () =>
      Array.from({ length: inputs }, () => (2 * random() - 1) * bound),
    ),
    biases: new Array<number>(outputs).fill(0),
  };
}

const forward = ({ weights, biases }: FloatLayer, inputs: readonly number[]): number[] =>
  weights.map((row, o) =>
    row.reduce((sum, weight, i) => sum + weight * (inputs[i] as number), biases[o] as number),
  );

function descend(
  { weights, biases }: FloatLayer,
  inputs: readonly number[],
  slopes: readonly number[],
  rate: number,
) {
  for (const [o, slope] of slopes.entries()) {
    biases[o] = (biases[o] as number) - rate * slope;
    const row = weights[o] as number[];
    for (const [i, input] of inputs.entries()) row[i] = (row[i] as number) - rate * slope * input;
  }
}

/**
 * Trains input → hidden (ReLU) → classes by stochastic gradient descent on the squared error. Only +, −, ·, / take part, whose
 * rounding IEEE 754 fixes, so that everybody who trains gets the same model.
 */
function train(
  samples: readonly Sample[],
  scale: FeatureScale,
  options: TrainingOptions,
): [FloatLayer, FloatLayer] {
  const { hiddenWidth, classCount, epochs, learningRate, random } = options;
  const hidden = newLayer(scale.mean.length, hiddenWidth, random);
  const output = newLayer(hiddenWidth, classCount, random);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = learningRate * (1 - epoch / epochs);
    for (const sample of shuffled(samples, random)) {
      const inputs = normalized(sample.features, scale);
      const activations = forward(hidden, inputs).map((value) => Math.max(0, value));
      const errors = forward(output, activations).map((value, o) => value - (o === sample.label ? 1 : 0));
      const hiddenSlopes = activations.map((value, h) =>
        value > 0 ? errors.reduce((sum, error, o) => sum + error * (output.weights[o]?.[h] as number), 0) : 0,
      );
      descend(output, activations, errors, rate);
      descend(hidden, inputs, hiddenSlopes, rate);
    }
  }
  return [hidden, output];
}

interface FeatureScale {
  readonly mean: readonly number[];
  /** Mean distance from the mean. */
  readonly spread: readonly number[];
}

function scaleOf(samples: readonly Sample[]): FeatureScale {
  const width = samples[0]?.features.length ?? 0;
  const average = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const mean = Array.from({ length: width }, (_, i) => average(({ features }) => features[i] as number));
  const spread = mean.map((centre, i) =>
    average(({ features }) => Math.max((features[i] as number) - centre, centre - (features[i] as number))),
  );
  return { mean, spread };
}

const normalized = (features: readonly number[], { mean, spread }: FeatureScale): number[] =>
  features.map((value, i) => (value - (mean[i] as number)) / (spread[i] as number));

/** The layer on raw int8 features: the normalization becomes part of weights and biases. */
function foldScale({ weights, biases }: FloatLayer, { mean, spread }: FeatureScale): FloatLayer {
  const folded = weights.map((row) => row.map((weight, i) => weight / (spread[i] as number)));
  return {
    weights: folded,
    biases: biases.map((bias, o) =>
      (folded[o] as number[]).reduce((sum, weight, i) => sum - weight * (mean[i] as number), bias),
    ),
  };
}

const largest = (values: readonly number[]): number =>
  values.reduce((max, value) => Math.max(max, value, -value), 0);

/** int8 weights and int32 biases of a layer whose inputs are `inputScale` real units per step. */
function quantize({ weights, biases }: FloatLayer, inputScale: number) {
  const weightScale = largest(weights.flat()) / 127;
  const sumScale = weightScale * inputScale;
  return {
    weights: weights.map((row) => row.map((weight) => Math.round(weight / weightScale))),
    biases: biases.map((bias) => Math.round(bias / sumScale)),
    sumScale,
  };
}

/** The fraction multiplier / 2^shift nearest to a factor below 1, with a 15-bit multiplier. */
function fractionOf(factor: number): { multiplier: number; shift: number } {
  let shift = 1;
  while (shift < 31 && Math.round(factor * 2 ** (shift + 1)) < 2 ** 15) shift += 1;
  return { multiplier: Math.round(factor * 2 ** shift), shift };
}

/** Trains a network and brings it to integers. The scale of the hidden layer comes from the training samples. */
export function trainInt8Network(
  description: Pick<Int8Network, "name" | "inputs" | "classes">,
  samples: readonly Sample[],
  options: Omit<TrainingOptions, "classCount">,
): Int8Network {
  const scale = scaleOf(samples);
  const [hiddenLayer, outputLayer] = train(samples, scale, {
    ...options,
    classCount: description.classes.length,
  });
  const hidden = foldScale(hiddenLayer, scale);
  const activationScale =
    largest(samples.flatMap(({ features }) => forward(hidden, features).map((v) => Math.max(0, v)))) / 127;
  const first = quantize(hidden, 1);
  const second = quantize(outputLayer, activationScale);
  const layers: Int8Layer[] = [
    { weights: first.weights, biases: first.biases, rescale: fractionOf(first.sumScale / activationScale) },
    { weights: second.weights, biases: second.biases, rescale: null },
  ];
  return { format: INT8_FORMAT, ...description, layers };
}
