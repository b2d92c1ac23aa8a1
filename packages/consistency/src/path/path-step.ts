import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';

/**
 * A step of Euler's method along the straight line from an image x of the noise level t to the image y that it is denoised to:
 * y + (s / t) (x - y), Eq. (1), Karras et al. 2022 with D = y.
 *
 * @param t [N] noise levels, above 0
 * @param s [N] noise levels at the end
 */
export function stepTo(x: tf.Tensor4D, y: tf.Tensor4D, t: tf.Tensor1D, s: tf.Tensor1D): tf.Tensor4D {
  return tf.add(y, tf.mul(perImage(tf.div(s, t)), tf.sub(x, y)));
}

/**
 * The image for which a single step of {@link stepTo} from x at t ends in x_s: (x_s t - x s) / (t - s).
 *
 * @param t [N] noise levels, above those of `s`
 */
export function imageOfStep(x: tf.Tensor4D, xs: tf.Tensor4D, t: tf.Tensor1D, s: tf.Tensor1D): tf.Tensor4D {
  const numerator = tf.sub(tf.mul(xs, perImage(t)), tf.mul(x, perImage(s)));
  return tf.div(numerator, perImage(tf.sub(t, s)));
}
