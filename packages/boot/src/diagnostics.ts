import * as tf from '@tensorflow/tfjs-core';
import { momentsFromSums, withoutGradient, type Moments } from '@onestep/diffusion-core';
import type { Bootstrap } from './boot-loss.js';

/** Number of parts of the time from t_min (0) to t_max (1) with statistics of their own. */
export const TIME_BINS = 5;

/** Measures of each image, root mean squares over its pixels. */
const MEASURES = ['Bootstrap_increment', 'Relative_increment', 'Teacher_distance'] as const;

/**
 * The part of the time that each image is in.
 *
 * @param t [N], from 0 at t_min to 1 at t_max
 * @returns N * TIME_BINS numbers, one-hot
 */
export function timeBins(t: ArrayLike<number>): Float32Array {
  const bins = new Float32Array(t.length * TIME_BINS);
  for (let i = 0; i < t.length; i++) bins[i * TIME_BINS + binOf(t[i]!)] = 1;
  return bins;
}

/**
 * Sums, over the images in each part of the time, of three measures and of their squares: |y_s - y_t|, the size
 * of the increment (1 - r) (f - y_t); the same relative to |y_t|; and |f - y_t|, the distance of the student
 * from the teacher's image.
 *
 * @param bins [N, TIME_BINS]
 * @returns [TIME_BINS, 6], constants
 */
export function incrementSums({ y, f, target }: Bootstrap, bins: tf.Tensor2D): tf.Tensor2D {
  return withoutGradient(() => {
    const rms = (x: tf.Tensor) => tf.sqrt(tf.mean(tf.square(x), [1, 2, 3]));
    const increment = rms(tf.sub(target, y));
    const relative = tf.div(increment, tf.add(rms(y), 1e-8));
    const measured = tf.stack([increment, relative, rms(tf.sub(f, y))], 1);
    const values = tf.concat([measured, tf.square(measured)], 1) as tf.Tensor2D;
    return tf.matMul(bins, values, true) as tf.Tensor2D;
  });
}

/**
 * Moments of the measures of {@link incrementSums} by name: `Bootstrap_increment/t0.0-0.2` and so on. Where the
 * increments vanish, the student has stopped following the path.
 *
 * @param t [N] times, from 0 at t_min to 1 at t_max
 */
export function incrementMoments(t: ArrayLike<number>, sums: ArrayLike<number>): Record<string, Moments> {
  const moments: Record<string, Moments> = {};
  const counts = new Array<number>(TIME_BINS).fill(0);
  for (let i = 0; i < t.length; i++) counts[binOf(t[i]!)]! += 1;
  const columns = 2 * MEASURES.length;
  MEASURES.forEach((name, k) =>
    counts.forEach((count, bin) => {
      const at = bin * columns + k;
      if (count > 0)
        moments[`${name}/${binName(bin)}`] = momentsFromSums(count, sums[at]!, sums[at + MEASURES.length]!);
    }),
  );
  return moments;
}

/**
 * Sums the two losses over the samples where both are numbers, and counts the others.
 *
 * @param bootstrap [N]
 * @param boundary [N]
 * @param residual a sum that stands between them and the count
 * @returns [4], constants
 */
export function sumLosses(bootstrap: tf.Tensor1D, boundary: tf.Tensor1D, residual: tf.Scalar): tf.Tensor1D {
  return withoutGradient(() => {
    const both = tf.add(bootstrap, boundary);
    // x - x is 0 for numbers and NaN for everything else.
    const invalid = tf.isNaN(tf.sub(both, both));
    const sum = (losses: tf.Tensor1D) => tf.sum(tf.where(invalid, tf.zerosLike(losses), losses));
    return tf.stack([sum(bootstrap), sum(boundary), residual, tf.sum(tf.cast(invalid, 'float32'))]) as tf.Tensor1D;
  });
}

/**
 * |g(eps, t_max) - f(sigma_max eps; sigma_max)|, the root mean square over pixels, summed over the images; a constant.
 */
export function boundaryResidual(signal: tf.Tensor4D, f: tf.Tensor4D): tf.Scalar {
  return withoutGradient(() => tf.sum(tf.sqrt(tf.mean(tf.squaredDifference(signal, f), [1, 2, 3]))) as tf.Scalar);
}

function binOf(t: number): number {
  return Math.min(Math.floor(t * TIME_BINS), TIME_BINS - 1);
}

function binName(bin: number): string {
  return `t${(bin / TIME_BINS).toFixed(1)}-${((bin + 1) / TIME_BINS).toFixed(1)}`;
}
