import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient } from '@onestep/diffusion-core';
import type { ConsistencyGenerator } from '../consistency-generator.js';
import type { StudentInputs } from '../training/student-step.js';

/** Two evaluations of a consistency function on one path, which ought to be equal. */
export interface ConsistencyPair {
  /** f(x_t; t) of the student, which is trained, [N, H, W, C]. */
  predicted: tf.Tensor4D;
  /** f(x_u; u) of the target at a lower noise level u, a constant, [N, H, W, C]. */
  target: tf.Tensor4D;
  /** t, [N]. */
  sigma: tf.Tensor1D;
  /** u, [N]. */
  lower: tf.Tensor1D;
}

/**
 * Evaluates the student at x_t = x_0 + t z, and the target at a lower noise level of the same path, with the same dropout masks.
 *
 * @param inputs with t and u as `draws.levels`, [N, 2]
 * @param move from x_t to x_u
 */
export function evaluatePair(
  { images, noise, labels, augmentLabels, draws, masks }: StudentInputs,
  { student, target }: { student: ConsistencyGenerator; target: ConsistencyGenerator },
  move: (x: tf.Tensor4D, sigma: tf.Tensor1D, lower: tf.Tensor1D) => tf.Tensor4D,
): ConsistencyPair {
  const [sigma, lower] = tf.unstack(draws.levels!, 1) as [tf.Tensor1D, tf.Tensor1D];
  const x = tf.add(images, tf.mul(perImage(sigma), noise)) as tf.Tensor4D;
  const conditions = { labels, augmentLabels };
  const predicted = student.consistency(x, sigma, { ...conditions, rng: masks[0] });
  const constant = withoutGradient(() =>
    target.consistency(move(x, sigma, lower), lower, { ...conditions, rng: masks[1] }),
  );
  return { predicted, target: constant, sigma, lower };
}

/** The sum over a batch of the mean square of f(x_t; t) - f(x_u; u), for {@link consistencyGap}. */
export function sumOfGaps({ predicted, target }: ConsistencyPair): tf.Scalar {
  return tf.sum(tf.mean(tf.squaredDifference(predicted, target), [1, 2, 3]));
}
