import * as tf from '@tensorflow/tfjs-core';
import { silu } from '@onestep/nn';

/** Added to magnitudes before a division. */
const EPSILON = 1e-4;
/** Magnitude of SiLU of standard normal numbers. */
const SILU_MAGNITUDE = 0.596;

/**
 * Normalizes vectors to an average magnitude of 1 per element, Eq. (66), Karras et al. 2024.
 *
 * @param x of any shape
 * @param axes those of the vectors' elements
 */
export function normalizeMagnitude<T extends tf.Tensor>(x: T, axes: number[]): T {
  const size = axes.reduce((product, axis) => product * x.shape.at(axis)!, 1);
  const norm = tf.sqrt(tf.sum(tf.square(x), axes, true));
  return tf.div(x, tf.add(tf.mul(norm, 1 / Math.sqrt(size)), EPSILON)) as T;
}

/** SiLU, scaled to keep the magnitude of normal numbers: Eq. (81), Karras et al. 2024. */
export function mpSilu<T extends tf.Tensor>(x: T): T {
  return tf.mul(silu(x), 1 / SILU_MAGNITUDE) as T;
}

/** ((1 - t) a + t b) / sqrt((1 - t)^2 + t^2), Eq. (88), Karras et al. 2024. */
export function mpSum<T extends tf.Tensor>(a: T, b: T, t: number): T {
  const norm = Math.hypot(1 - t, t);
  return tf.add(tf.mul(a, (1 - t) / norm), tf.mul(b, t / norm)) as T;
}

/** Concatenates channels such that both inputs keep their weight t, Eq. (103), Karras et al. 2024. */
export function mpConcat(a: tf.Tensor4D, b: tf.Tensor4D, t: number): tf.Tensor4D {
  const [nA, nB] = [a.shape[3], b.shape[3]];
  const scale = Math.sqrt((nA + nB) / ((1 - t) ** 2 + t ** 2));
  const parts = [tf.mul(a, (scale * (1 - t)) / Math.sqrt(nA)), tf.mul(b, (scale * t) / Math.sqrt(nB))];
  return tf.concat(parts, 3) as tf.Tensor4D;
}
