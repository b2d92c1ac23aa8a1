import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient } from '@onestep/diffusion-core';
import { stepTo } from '../path/path-step.js';

/** Noise levels of a step of the student: its start, its middle, and its end, [N] each. */
export interface StepLevels {
  start: tf.Tensor1D;
  middle: tf.Tensor1D;
  end: tf.Tensor1D;
}

/**
 * The image for which one step of the student ends where two of the teacher do, Eq. (8), Salimans & Ho 2022:
 *
 *     x' = y1 + (t' / t) (x - y1),  x'' = y2 + (t'' / t') (x' - y2),  target = (x'' - (t'' / t) x) / (1 - t'' / t)
 *
 * It is a mean of the teacher's two images y1 and y2, and computed as one: in the formula the noise cancels.
 *
 * @param x [N, H, W, C] noisy images
 * @param teach evaluates the teacher
 * @returns [N, H, W, C], constants
 */
export function twoStepTarget(
  x: tf.Tensor4D,
  { start, middle, end }: StepLevels,
  teach: (x: tf.Tensor4D, sigma: tf.Tensor1D) => tf.Tensor4D,
): tf.Tensor4D {
  return withoutGradient(() => {
    const first = teach(x, start);
    const second = teach(stepTo(x, first, start, middle), middle);
    // (1 - t'' / t') / (1 - t'' / t)
    const share = tf.div(tf.mul(tf.sub(middle, end), start), tf.mul(tf.sub(start, end), middle));
    return tf.add(first, tf.mul(perImage(share), tf.sub(second, first)));
  });
}
