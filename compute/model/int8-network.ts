/**
 * A feed-forward network in integers only: int8 inputs and weights, int32 sums, and one rational factor per layer that brings the
 * sums back to int8. No floating-point rounding takes part, so every machine computes the same bits, and a verifier can compare
 * results byte by byte.
 */
export interface Int8Layer {
  /** One row for each output; int8. */
  readonly weights: readonly (readonly number[])[];
  /** int32, one for each output. */
  readonly biases: readonly number[];
  /**
   * A hidden layer's outputs are max(0, round(sum · multiplier / 2^shift)), at most 127. The last layer has none: its sums
   * are the result.
   */
  readonly rescale: { readonly multiplier: number; readonly shift: number } | null;
}

export interface Int8Network {
  readonly format: typeof INT8_FORMAT;
  readonly name: string;
  /** What the inputs are, in their order. */
  readonly inputs: readonly string[];
  /** What the outputs are, in their order. */
  readonly classes: readonly string[];
  readonly layers: readonly Int8Layer[];
}

export const INT8_FORMAT = "neura-int8-network-v1";

const INT8_MIN = -128;
const INT8_MAX = 127;
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
/** sum · multiplier stays below 2^53, where doubles are exact integers. */
const MAX_MULTIPLIER = 2 ** 15 - 1;
const MAX_SHIFT = 31;
const MAX_LAYERS = 16;
const MAX_WIDTH = 1024;
const MAX_MODEL_BYTES = 4 * 1024 * 1024;

/** The bytes are no network of the documented form. */
class ModelFormatError extends Error {
  override readonly name = "ModelFormatError";
  readonly code = "wrong-model-format";
  constructor(
    readonly part: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`${part}: expected ${expected}, got ${actual}. Publish the model in the format ${INT8_FORMAT}.`);
  }
}

function demandPart(condition: boolean, part: string, expected: string, actual: unknown): asserts condition {
  if (!condition)
    throw new ModelFormatError(part, expected, JSON.stringify(actual)?.slice(0, 80) ?? "nothing");
}

const isInteger = (value: unknown, min: number, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

function names(value: unknown, part: string): string[] {
  const fits = Array.isArray(value) && value.length >= 1 && value.length <= MAX_WIDTH;
  demandPart(fits && value.every((name) => typeof name === "string"), part, `1 to ${MAX_WIDTH} names`, value);
  return value as string[];
}

function parseLayer(value: unknown, width: number, isLast: boolean, part: string): Int8Layer {
  demandPart(typeof value === "object" && value !== null, part, "an object", value);
  const { weights, biases, rescale } = value as Record<string, unknown>;
  const rowCount = Array.isArray(weights) ? weights.length : 0;
  demandPart(rowCount >= 1 && rowCount <= MAX_WIDTH, `${part}.weights`, `1 to ${MAX_WIDTH} rows`, weights);
  for (const row of weights as unknown[]) {
    const fits = Array.isArray(row) && row.length === width;
    demandPart(
      fits && row.every((weight) => isInteger(weight, INT8_MIN, INT8_MAX)),
      `${part}.weights`,
      `rows of ${width} int8`,
      row,
    );
  }
  const hasBiases = Array.isArray(biases) && biases.length === rowCount;
  demandPart(
    hasBiases && biases.every((bias) => isInteger(bias, INT32_MIN, INT32_MAX)),
    `${part}.biases`,
    `${rowCount} int32`,
    biases,
  );
  demandPart(
    (rescale === null) === isLast,
    `${part}.rescale`,
    isLast ? "null in the last layer" : "a factor",
    rescale,
  );
  if (rescale !== null) {
    const { multiplier, shift } = rescale as Record<string, unknown>;
    const fits = isInteger(multiplier, 1, MAX_MULTIPLIER) && isInteger(shift, 1, MAX_SHIFT);
    demandPart(
      fits,
      `${part}.rescale`,
      `multiplier up to ${MAX_MULTIPLIER}, shift up to ${MAX_SHIFT}`,
      rescale,
    );
  }
  return { weights, biases, rescale } as Int8Layer;
}

/** Reads a network and checks every number of it. Throws a ModelFormatError. */
export function parseNetwork(bytes: Uint8Array): Int8Network {
  demandPart(bytes.length <= MAX_MODEL_BYTES, "model", `at most ${MAX_MODEL_BYTES} bytes`, bytes.length);
  const text = new TextDecoder().decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ModelFormatError("model", "JSON", text.slice(0, 80));
  }
  demandPart(typeof value === "object" && value !== null, "model", "an object", value);
  const { format, name, inputs, classes, layers } = value as Record<string, unknown>;
  demandPart(format === INT8_FORMAT, "format", INT8_FORMAT, format);
  demandPart(typeof name === "string", "name", "a string", name);
  const inputNames = names(inputs, "inputs");
  const classNames = names(classes, "classes");
  const depth = Array.isArray(layers) ? layers.length : 0;
  demandPart(depth >= 1 && depth <= MAX_LAYERS, "layers", `1 to ${MAX_LAYERS} layers`, layers);
  const parsed: Int8Layer[] = [];
  for (const [index, layer] of (layers as unknown[]).entries()) {
    const width = parsed.at(-1)?.biases.length ?? inputNames.length;
    parsed.push(parseLayer(layer, width, index === depth - 1, `layers[${index}]`));
  }
  const outputs = parsed.at(-1)?.biases.length;
  demandPart(outputs === classNames.length, "classes", `${outputs} names`, classNames);
  return { format: INT8_FORMAT, name, inputs: inputNames, classes: classNames, layers: parsed };
}

/** round(value · multiplier / 2^shift), halves up. Exact: the product is below 2^53, and 2^shift a power of two. */
const rescaled = (value: number, { multiplier, shift }: { multiplier: number; shift: number }): number =>
  Math.floor((value * multiplier + 2 ** (shift - 1)) / 2 ** shift);

function runLayer({ weights, biases, rescale }: Int8Layer, inputs: readonly number[]): number[] {
  return weights.map((row, output) => {
    let sum = biases[output] as number;
    for (let i = 0; i < row.length; i++) sum += (row[i] as number) * (inputs[i] as number);
    if (sum < INT32_MIN || sum > INT32_MAX) throw new RangeError(`a sum of the network leaves int32: ${sum}`);
    return rescale === null ? sum : Math.min(INT8_MAX, Math.max(0, rescaled(sum, rescale)));
  });
}

/** The int32 sums of the last layer for one sample of int8 inputs. */
export function infer(network: Int8Network, sample: readonly number[]): number[] {
  const fits =
    sample.length === network.inputs.length && sample.every((v) => isInteger(v, INT8_MIN, INT8_MAX));
  if (!fits) throw new RangeError(`a sample is ${network.inputs.length} int8, got [${sample.join(", ")}]`);
  return network.layers.reduce<readonly number[]>(
    (values, layer) => runLayer(layer, values),
    sample,
  ) as number[];
}

/** Index of the greatest output; of equal ones the first. */
export const classOf = (outputs: readonly number[]): number => outputs.indexOf(Math.max(...outputs));
