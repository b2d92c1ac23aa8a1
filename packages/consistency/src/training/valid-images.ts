import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient } from '@onestep/diffusion-core';

/** What the student makes, and what it learns, without the images that are no numbers. */
export interface ValidImages {
  /** [N, H, W, C], 0 where an image is not valid. */
  predicted: tf.Tensor4D;
  /** [N, H, W, C], 0 where an image is not valid. */
  target: tf.Tensor4D;
  /** [N], true where both images are numbers; constants. */
  valid: tf.Tensor1D;
}

/**
 * Sets images that hold NaN or infinity to 0, and their targets with them, so that the gradients of a loss of the others are
 * numbers. The other images are the same, bit for bit.
 *
 * @param predicted the student's images, or what stands for them, [N, H, W, C]
 * @param target of the same shape
 */
export function keepValid(predicted: tf.Tensor4D, target: tf.Tensor4D): ValidImages {
  const valid = withoutGradient(() => tf.isFinite(tf.sum(tf.add(predicted, target), [1, 2, 3])) as tf.Tensor1D);
  const keep = perImage(valid);
  const clean = (x: tf.Tensor4D) => tf.where(keep, x, tf.zerosLike(x)) as tf.Tensor4D;
  return { predicted: clean(predicted), target: clean(target), valid };
}
