import * as tf from '@tensorflow/tfjs-core';

/** Logits beyond this bound, on either side, give the student no gradient (as published with SiDA). */
export const LOGIT_BOUND = 10;

/**
 * The logits of a discriminator without weights of its own: the mean over the channels of a feature map, such as the last one of
 * the fake score network's encoder. Large for real images (SiDA, Zhou et al. 2025).
 *
 * @param features [N, h, w, C]
 * @returns one logit for each place of the map, float32, [N, h, w]
 */
export function meanLogit(features: tf.Tensor4D): tf.Tensor3D {
  return tf.tidy(() => tf.mean<tf.Tensor3D>(tf.cast(features, 'float32'), 3));
}

/**
 * The discriminator's loss: half the binary cross-entropy of calling the real images real, and half that of calling the
 * student's images fake, (softplus(-l_real) + softplus(l_fake)) / 2, as a mean over the logits of a sample.
 *
 * @param logits [N, ...], of N real images and N of the student
 * @returns [N]
 */
export function discriminatorLoss({ real, fake }: { real: tf.Tensor; fake: tf.Tensor }): tf.Tensor1D {
  return tf.tidy(() => tf.div(tf.add(meanOfSample(tf.softplus(tf.neg(real))), meanOfSample(tf.softplus(fake))), 2));
}

/**
 * The student's adversarial loss: the binary cross-entropy of having its images called real, softplus(-l), as a mean over the
 * logits of a sample. The gradient is 0 where a logit is out of bounds.
 *
 * @param logits of the student's images, [N, ...]
 * @param bound logits are clamped to [-bound, bound] first
 * @returns [N]
 */
export function generatorLogitLoss(logits: tf.Tensor, bound = LOGIT_BOUND): tf.Tensor1D {
  return tf.tidy(() => meanOfSample(tf.softplus(tf.neg(tf.clipByValue(logits, -bound, bound)))));
}

function meanOfSample(values: tf.Tensor): tf.Tensor1D {
  return tf.mean<tf.Tensor1D>(tf.reshape(values, [values.shape[0]!, -1]), 1);
}
