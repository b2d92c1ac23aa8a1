import * as tf from '@tensorflow/tfjs-core';

/**
 * The generator's non-saturating loss for each image, -log sigmoid(logit) = softplus(-logit) (Goodfellow et al. 2014).
 *
 * @param logits of generated images, [N, 1]
 * @returns [N]
 */
export function nonSaturatingLoss(logits: tf.Tensor2D): tf.Tensor1D {
  return perImage(tf.softplus(tf.neg(logits)));
}

/**
 * The discriminator's loss for each generated image, -log(1 - sigmoid(logit)) = softplus(logit) (Goodfellow et al. 2014).
 *
 * @param logits of generated images, [N, 1]
 * @returns [N]
 */
export function fakeLoss(logits: tf.Tensor2D): tf.Tensor1D {
  return perImage(tf.softplus(logits));
}

/**
 * The discriminator's loss for each real image, -log sigmoid(logit) = softplus(-logit) (Goodfellow et al. 2014).
 *
 * @param logits of real images, [N, 1]
 * @returns [N]
 */
export function realLoss(logits: tf.Tensor2D): tf.Tensor1D {
  return perImage(tf.softplus(tf.neg(logits)));
}

/**
 * The squared norm of the discriminator's gradient at each real image, R1 without its weight gamma / 2 (Mescheder et al. 2018,
 * Eq. 9): |d sum_j D(x)_j / d x_i|^2. The logits of a minibatch share statistics, so that the sum has terms of other images.
 *
 * @param images real images, [N, H, W, C]
 * @param discriminate the logits of images, [N, 1], augmentation included
 * @returns the logits, [N, 1], and the penalties, [N], which can be differentiated
 */
export function r1Penalty(
  images: tf.Tensor4D,
  discriminate: (images: tf.Tensor4D) => tf.Tensor2D,
): { logits: tf.Tensor2D; penalties: tf.Tensor1D } {
  const differentiate = tf.valueAndGrad((x: tf.Tensor) => discriminate(x as tf.Tensor4D));
  const { value: logits, grad } = differentiate(images, tf.ones([images.shape[0], 1]));
  return { logits: logits as tf.Tensor2D, penalties: tf.sum(tf.square(grad), [1, 2, 3]) };
}

/**
 * The lengths |J' y| of the generator's paths, with J = d image / d w and y unit noise over sqrt(H W) (Karras et al. 2020, Eq. 4). With
 * a w for each layer, its square is averaged over the layers.
 *
 * @param ws [N, layers, wDim]
 * @param noise unit noise, [N, H, W, C]
 * @param synthesize images of ws, [N, H, W, C]
 * @returns [N], which can be differentiated
 */
export function pathLengths(
  ws: tf.Tensor3D,
  noise: tf.Tensor4D,
  synthesize: (ws: tf.Tensor3D) => tf.Tensor4D,
): tf.Tensor1D {
  const [, height, width] = noise.shape as [number, number, number, number];
  const differentiate = tf.valueAndGrad((w) => synthesize(w as tf.Tensor3D));
  const { grad } = differentiate(ws, tf.div<tf.Tensor4D>(noise, Math.sqrt(height * width)));
  return tf.sqrt(tf.mean(tf.sum(tf.square(grad), 2), 1)) as tf.Tensor1D;
}

/**
 * The path-length penalty (|J' y| - a)^2 of each image (Karras et al. 2020, Eq. 4), with a the running mean of the lengths: this
 * batch included, through which gradients flow.
 *
 * @param lengths [N]
 * @param mean running mean before this batch
 * @param decay share of this batch in the running mean
 * @returns the penalties, [N], and the new running mean
 */
export function pathLengthPenalty(
  lengths: tf.Tensor1D,
  mean: tf.Scalar,
  decay: number,
): { penalties: tf.Tensor1D; mean: tf.Scalar } {
  const next: tf.Scalar = tf.add(mean, tf.mul(decay, tf.sub(tf.mean(lengths), mean)));
  return { penalties: tf.square(tf.sub(lengths, next)) as tf.Tensor1D, mean: next };
}

function perImage(losses: tf.Tensor): tf.Tensor1D {
  return tf.reshape(losses, [-1]);
}
