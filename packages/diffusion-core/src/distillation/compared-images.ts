import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '../without-gradient.js';

/** What a generator is judged by: its images x_g, and x_t = x_g + sigma noise as two networks denoise it. */
export interface ComparedImages {
  /** x_g, [N, H, W, C] */
  xg: tf.Tensor4D;
  /** The teacher's f_phi(x_t). */
  fPhi: tf.Tensor4D;
  /** That of the score network of the generator's images, f_psi(x_t). */
  fPsi: tf.Tensor4D;
}

/** @returns [N], true where a sample holds no NaN; constants */
export function validSamples({ xg, fPhi, fPsi }: ComparedImages): tf.Tensor1D {
  return withoutGradient(() => {
    const sum = tf.sum(tf.add(tf.add(xg, fPhi), fPsi), [1, 2, 3]);
    return tf.logicalNot(tf.isNaN(sum)) as tf.Tensor1D;
  });
}

/** The same images, with 0 for all pixels of the samples that hold a NaN. */
export function maskSamples({ xg, fPhi, fPsi }: ComparedImages, valid: tf.Tensor1D): ComparedImages {
  const keep = tf.reshape(valid, [-1, 1, 1, 1]);
  const clean = (x: tf.Tensor4D) => tf.where(keep, x, tf.zerosLike(x)) as tf.Tensor4D;
  return { xg: clean(xg), fPhi: clean(fPhi), fPsi: clean(fPsi) };
}

/**
 * Names of the numbers that {@link diagnostics} gives, in order.
 *
 * The generator's loss says nothing about progress, since it goes up and down around zero. These do: `Score_gap`, how
 * far the two score networks are apart, falls as the generator approaches the teacher's distribution.
 */
export const DIAGNOSTICS = ['Score_gap', 'Teacher_distance', 'Loss_weight', 'NaN_samples'] as const;

/**
 * Sums over the samples without NaN: the root mean square over pixels of f_phi - f_psi, that of f_phi - x_g, and the
 * weight; then the number of samples with NaN.
 *
 * @param weight [N] of each sample in the loss
 * @returns [4], constants
 */
export function diagnostics({ xg, fPhi, fPsi }: ComparedImages, weight: tf.Tensor, valid: tf.Tensor1D): tf.Tensor1D {
  return withoutGradient(() => {
    const rms = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.sqrt(tf.mean(tf.squaredDifference(a, b), [1, 2, 3]));
    const sum = (values: tf.Tensor) => tf.sum(tf.where(valid, values, tf.zerosLike(values)));
    const invalid = tf.sum(tf.cast(tf.logicalNot(valid), 'float32'));
    return tf.stack([sum(rms(fPhi, fPsi)), sum(rms(fPhi, xg)), sum(weight), invalid]) as tf.Tensor1D;
  });
}
