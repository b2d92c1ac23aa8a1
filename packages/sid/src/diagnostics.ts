import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '@onestep/diffusion-core';
import type { SidGeneratorLoss, SidGeneratorLossArgs } from './generator-loss.js';

/**
 * Names of the numbers that {@link diagnostics} gives, in order.
 *
 * The generator's loss says nothing about progress, since it goes up and down around zero. These do: `Score_gap`, how
 * far the two score networks are apart, falls as the generator approaches the teacher's distribution.
 */
export const DIAGNOSTICS = ['Score_gap', 'Teacher_distance', 'Loss_weight', 'NaN_samples'] as const;

/**
 * Sums over the samples without NaN: the root mean square over pixels of f_phi - f_psi, that of f_phi - x_g, and the
 * weight w; then the number of samples with NaN.
 *
 * @returns [4], constants
 */
export function diagnostics(
  { xg, fPhi, fPsi }: SidGeneratorLossArgs,
  { weight, valid }: SidGeneratorLoss,
): tf.Tensor1D {
  return withoutGradient(() => {
    const rms = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.sqrt(tf.mean(tf.squaredDifference(a, b), [1, 2, 3]));
    const sum = (values: tf.Tensor) => tf.sum(tf.where(valid, values, tf.zerosLike(values)));
    const invalid = tf.sum(tf.cast(tf.logicalNot(valid), 'float32'));
    return tf.stack([sum(rms(fPhi, fPsi)), sum(rms(fPhi, xg)), sum(weight), invalid]) as tf.Tensor1D;
  });
}
