import { classOf, type Int8Network, infer } from "./int8-network.ts";

/** Bounds of one task: inputs of at most 64 KiB, in at most 1024 samples. */
const MAX_SAMPLES = 1024;

/** The requester's bytes are no input for the model: the task cannot be done. */
export class InputFormatError extends Error {
  override readonly name = "InputFormatError";
  readonly code = "wrong-input-format";
  constructor(
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `the task's input must be ${expected}, is ${actual}. Post the task again with an input that fits the model.`,
    );
  }
}

/** Input bytes of a task: the samples one after the other, one int8 for each input of the model. */
export function encodeSamples(samples: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(Int8Array.from(samples.flat()), (value) => value & 0xff);
}

export function decodeSamples(bytes: Uint8Array, width: number): number[][] {
  const count = bytes.length / width;
  if (!Number.isInteger(count) || count < 1 || count > MAX_SAMPLES) {
    throw new InputFormatError(`1 to ${MAX_SAMPLES} samples of ${width} bytes`, `${bytes.length} bytes`);
  }
  const values = [...new Int8Array(bytes.slice().buffer)];
  return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width));
}

export interface Prediction {
  readonly classIndex: number;
  /** int32 sums of the last layer. */
  readonly outputs: readonly number[];
}

/**
 * Runs a model on a task's input. The result bytes are a function of model and input: for each sample the class as one byte, then
 * the outputs as big-endian int32.
 */
export function runInference(network: Int8Network, input: Uint8Array): Uint8Array {
  const samples = decodeSamples(input, network.inputs.length);
  const stride = 1 + 4 * network.classes.length;
  const result = new DataView(new ArrayBuffer(samples.length * stride));
  for (const [index, sample] of samples.entries()) {
    const outputs = infer(network, sample);
    result.setUint8(index * stride, classOf(outputs));
    for (const [i, value] of outputs.entries()) result.setInt32(index * stride + 1 + 4 * i, value);
  }
  return new Uint8Array(result.buffer);
}

export function decodePredictions(network: Int8Network, result: Uint8Array): Prediction[] {
  const width = network.classes.length;
  const stride = 1 + 4 * width;
  if (result.length % stride !== 0) {
    throw new RangeError(`a result has ${stride} bytes for each sample, got ${result.length} bytes`);
  }
  const view = new DataView(result.buffer, result.byteOffset, result.byteLength);
  return Array.from({ length: result.length / stride }, (_, index) => ({
    classIndex: view.getUint8(index * stride),
    outputs: Array.from({ length: width }, (_unused, i) => view.getInt32(index * stride + 1 + 4 * i)),
  }));
}
