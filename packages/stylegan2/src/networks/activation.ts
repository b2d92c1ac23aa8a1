import * as tf from '@tensorflow/tfjs-core';
import { leakyRelu } from '@onestep/nn';

/** Slope of the leaky ReLU for negative inputs. */
export const SLOPE = 0.2;
/**
 * What a leaky ReLU's output is multiplied by. Leaky ReLU is homogeneous, lrelu(g x) = g lrelu(x) for g > 0, so that layers multiply
 * their weights by the gain and not their activations.
 */
export const LRELU_GAIN = Math.SQRT2;

/**
 * Leaky ReLU of values that already contain the gain.
 *
 * @param limit of the absolute value afterward; null for none
 */
export function activate<T extends tf.Tensor>(x: T, limit: number | null): T {
  return clamp(leakyRelu(x, SLOPE), limit);
}

/** Limits the absolute value. */
export function clamp<T extends tf.Tensor>(x: T, limit: number | null): T {
  return limit === null ? x : tf.clipByValue(x, -limit, limit);
}
