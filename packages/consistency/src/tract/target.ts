import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient } from '@onestep/diffusion-core';
import { imageOfStep, stepTo } from '../path/path-step.js';

/** Noise levels of images, [N] each: see `levelsAt`. */
export interface TractLevels {
  s0: tf.Tensor1D;
  s1: tf.Tensor1D;
  s2: tf.Tensor1D;
}

type Denoise = (x: tf.Tensor4D, sigma: tf.Tensor1D) => tf.Tensor4D;

/**
 * The image for which one step of the student from s0 to s2 ends where a step of the teacher to s1, and one of the self-teacher
 * from there, end (Berthelot et al. 2023, section 4). At the lowest level, where s1 = s0, it is the teacher's image.
 *
 * @param x [N, H, W, C] images with noise of the level s0
 * @param teach evaluates the teacher
 * @param selfTeach evaluates the self-teacher
 * @returns [N, H, W, C], constants
 */
export function tractTarget(
  x: tf.Tensor4D,
  { s0, s1, s2 }: TractLevels,
  teach: Denoise,
  selfTeach: Denoise,
): tf.Tensor4D {
  return withoutGradient(() => {
    const first = teach(x, s0);
    const halfway = heunStep(x, first, { s0, s1 }, teach);
    const image = tf.clipByValue(selfTeach(halfway, s1), -1, 1);
    const isThere = tf.equal(perImage(s1), perImage(s2));
    const end = tf.where(isThere, halfway, stepTo(halfway, image, s1, s2));
    const isLowest = tf.equal(perImage(s0), perImage(s1));
    return tf.where(isLowest, first, imageOfStep(x, end, s0, s2));
  });
}

/** A step of Heun's method, Algorithm 1, Karras et al. 2022. @param first the teacher's image of x at s0 */
function heunStep(
  x: tf.Tensor4D,
  first: tf.Tensor4D,
  { s0, s1 }: Pick<TractLevels, 's0' | 's1'>,
  teach: Denoise,
): tf.Tensor4D {
  const euler = stepTo(x, first, s0, s1);
  const [d, further] = [
    tf.div(tf.sub(x, first), perImage(s0)),
    tf.div(tf.sub(euler, teach(euler, s1)), perImage(s1)),
  ] as const;
  return tf.add(x, tf.mul(perImage(tf.sub(s1, s0)), tf.div(tf.add(d, further), 2)));
}
