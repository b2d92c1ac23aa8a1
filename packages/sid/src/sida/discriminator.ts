import * as tf from '@tensorflow/tfjs-core';

/** Logits beyond this bound move the student no further. */
const MAX_LOGIT = 10;

/**
 * The logits of the discriminator: the mean over the channels of the last feature map of the fake score network's encoder. The
 * discriminator has no weights of its own.
 *
 * @param features [N, R, R, C]
 * @returns [N, R, R]
 */
export function encoderLogits(features: tf.Tensor4D): tf.Tensor3D {
  return tf.mean(features, 3);
}

/**
 * The discriminator's loss, 1/2 [softplus(-logit of a real image) + softplus(logit of a generated one)], averaged over the map
 * of logits.
 *
 * @param real logits of real images, [N, R, R]
 * @param fake logits of generated images, [N, R, R]
 * @returns [N]
 */
export function discriminatorLoss({ real, fake }: Record<'real' | 'fake', tf.Tensor3D>): tf.Tensor1D {
  return tf.tidy(() => {
    const [onReal, onFake] = [tf.softplus(tf.neg(real)), tf.softplus(fake)];
    return tf.mul(tf.add(tf.mean(onReal, [1, 2]), tf.mean(onFake, [1, 2])), 0.5) as tf.Tensor1D;
  });
}

/**
 * The student's loss against the discriminator, softplus(-logit), averaged over the map of logits. Logits are clamped to +-10,
 * so that the gradient is 0 beyond.
 *
 * @param logits of the student's images, [N, R, R]
 * @returns [N]
 */
export function ganLoss(logits: tf.Tensor3D): tf.Tensor1D {
  return tf.tidy(() => tf.mean(tf.softplus(tf.neg(tf.clipByValue(logits, -MAX_LOGIT, MAX_LOGIT))), [1, 2]));
}
