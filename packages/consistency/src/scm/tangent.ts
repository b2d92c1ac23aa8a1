import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';
import { SIGMA_DATA } from '../consistency-generator.js';
import type { Angle } from './trig-flow.js';

/** Input of {@link tangentOf}: constants. Images are [N, H, W, C]. */
export interface TangentArgs {
  /** F of the student's present weights. */
  f: tf.Tensor4D;
  /** J = cos t sin t dF / dt along the path. */
  derivative: tf.Tensor4D;
  /** x_t */
  x: tf.Tensor4D;
  /** dx_t / dt */
  slope: tf.Tensor4D;
  angle: Angle;
  /** r, the share of the second term. */
  warmup: tf.Scalar | number;
}

/**
 * The tangent of the consistency function with the factor cos t, Eq. (8) and Algorithm 1, Lu & Song 2024:
 * g = -cos^2 t (sigma_d F - dx_t / dt) - r (cos t sin t x_t + sigma_d J).
 */
export function tangentOf({ f, derivative, x, slope, angle: { cos, sin }, warmup }: TangentArgs): tf.Tensor4D {
  return tf.tidy(() => {
    const first = tf.mul(tf.sub(tf.mul(f, SIGMA_DATA), slope), perImage(tf.square(cos)));
    const second = tf.add(tf.mul(x, perImage(tf.mul(cos, sin) as tf.Tensor1D)), tf.mul(derivative, SIGMA_DATA));
    return tf.neg(tf.add(first, tf.mul(second, warmup))) as tf.Tensor4D;
  });
}

/** Ways to bound a tangent, by name. */
export const TANGENT_BOUNDS = {
  /** g / (rms(g) + c), with the root mean square of an image's pixels. */
  normalize: (g: tf.Tensor4D, c: number) =>
    tf.tidy(() => tf.div(g, tf.add(tf.sqrt(tf.mean(tf.square(g), [1, 2, 3], true)), c)) as tf.Tensor4D),
  /** g cut to [-1, 1]. */
  clip: (g: tf.Tensor4D, _: number) => tf.clipByValue(g, -1, 1) as tf.Tensor4D,
} as const;
