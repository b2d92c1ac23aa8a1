import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient } from '@onestep/diffusion-core';
import type { ConsistencyGenerator } from '../consistency-generator.js';
import type { StudentInputs } from '../training/student-step.js';

/** Moves from a noise level to a lower one, [N] each, on the path through x, [N, H, W, C]. */
export type Move = (x: tf.Tensor4D, sigma: tf.Tensor1D, lower: tf.Tensor1D) => tf.Tensor4D;

/** Two points on a path at noise levels t and u < t, and the consistency function at both, which ought to be equal. */
export interface ConsistencyPair {
  /** x_t, [N, H, W, C]. */
  x: tf.Tensor4D;
  /** t, [N]. */
  sigma: tf.Tensor1D;
  /** f(x_t; t) of the student, which is trained, [N, H, W, C]. */
  predicted: tf.Tensor4D;
  /** x_u, a constant, [N, H, W, C]. */
  lowerX: tf.Tensor4D;
  /** u, [N]. */
  lower: tf.Tensor1D;
  /** f(x_u; u) of the target, a constant, [N, H, W, C]. */
  target: tf.Tensor4D;
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
  move: Move,
): ConsistencyPair {
  const [sigma, lower] = tf.unstack(draws.levels!, 1) as [tf.Tensor1D, tf.Tensor1D];
  const x = tf.add(images, tf.mul(perImage(sigma), noise)) as tf.Tensor4D;
  const conditions = { labels, augmentLabels };
  const predicted = student.consistency(x, sigma, { ...conditions, rng: masks[0] });
  const lowerX = withoutGradient(() => move(x, sigma, lower));
  const constant = withoutGradient(() => target.consistency(lowerX, lower, { ...conditions, rng: masks[1] }));
  return { x, sigma, predicted, lowerX, lower, target: constant };
}

/** The mean square of f(x_t; t) - f(x_u; u) over the numbers of an image, [N]. */
export function squaredGaps({ predicted, target }: Pick<ConsistencyPair, 'predicted' | 'target'>): tf.Tensor1D {
  return tf.mean(tf.squaredDifference(predicted, target), [1, 2, 3]);
}
