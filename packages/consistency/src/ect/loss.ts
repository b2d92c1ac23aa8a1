import * as tf from '@tensorflow/tfjs-core';
import { perImage, squaredDistance, withoutGradient } from '@onestep/diffusion-core';
import type { StudentLoss } from '../training/student-step.js';
import { WEIGHTINGS } from './weightings.js';

/** c where the options have 0: the norm's gradient at 0 is then 0 in place of NaN. */
const SMALLEST_C = 1e-8;

/** The smallest noise level at which a network is evaluated. */
const SMALLEST_TIME = 1e-6;

/** Points of N images at the times t and r. */
export interface Points {
  t: tf.Tensor1D;
  r: tf.Tensor1D;
  /** t - r */
  gap: tf.Tensor1D;
}

/**
 * The targets of images: f(x_r, r) as a constant, and the image itself where r = 0.
 *
 * @param r [N] times
 * @param f evaluates the consistency function at times above 0
 * @returns [N, H, W, C]
 */
export function consistencyTarget(
  r: tf.Tensor1D,
  images: tf.Tensor4D,
  f: (r: tf.Tensor1D) => tf.Tensor4D,
): tf.Tensor4D {
  return withoutGradient(() => {
    // The logarithm of 0 in the network's embedding would be infinite.
    const target = f(tf.maximum(r, SMALLEST_TIME) as tf.Tensor1D);
    return tf.where(tf.greater(perImage(r), 0), target, images);
  });
}

/**
 * The distance of each image from its target, sqrt(|a - b|^2 + c^2) - c, over all numbers of an image.
 *
 * @returns [N]
 */
export function huberDistance(images: tf.Tensor4D, target: tf.Tensor4D, c: number): tf.Tensor1D {
  const squares = squaredDistance(images, target);
  return tf.sub(tf.sqrt(tf.add(squares, Math.max(c, SMALLEST_C) ** 2)), c) as tf.Tensor1D;
}

/** The weighted loss of each image, and what {@link consistencyStats} needs. */
export function weightedLoss(
  distance: tf.Tensor1D,
  { t, gap }: Points,
  weighting: keyof typeof WEIGHTINGS,
): Required<Pick<StudentLoss, 'losses' | 'measures'>> {
  const losses = tf.mul(distance, WEIGHTINGS[weighting](t, gap)) as tf.Tensor1D;
  return { losses, measures: { squares: tf.square(losses), distances: distance } };
}
