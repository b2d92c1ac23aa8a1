import * as tf from '@tensorflow/tfjs-core';
import { Parameter, type Layout } from '@onestep/nn';
import type { Rng } from '@onestep/random';

/**
 * A parameter with normally distributed initial values.
 *
 * @param rng draws them; null for zeros, to be loaded
 * @param shape in memory layout
 */
export function normalParameter(
  rng: Rng | null,
  shape: number[],
  { scale = 1, ...options }: { scale?: number; layout?: Layout; trainable?: boolean } = {},
): Parameter {
  if (rng === null) return new Parameter(tf.zeros(shape), options);
  const values = rng.normal(tf.util.sizeFromShape(shape));
  if (scale !== 1) values.forEach((value, i) => (values[i] = value * scale));
  return new Parameter(tf.tensor(values, shape), options);
}
