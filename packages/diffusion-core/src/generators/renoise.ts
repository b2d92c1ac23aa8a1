import * as tf from '@tensorflow/tfjs-core';

/** Arguments of {@link generateByRenoising}. */
export interface RenoisingArgs {
  /** Estimates the clean images: f(x; sigma). @param sigma [N], the same level for all images */
  predict(x: tf.Tensor4D, sigma: tf.Tensor1D): tf.Tensor4D;
  /** Unit noise, [N, H, W, C]. */
  z: tf.Tensor4D;
  /** Images that the first noise is added to. Left out, none: the noise alone. */
  start?: tf.Tensor4D;
  /** Noise levels, falling. */
  levels: readonly number[];
  /** Unit noise of each step after the first, [N, H, W, C]. */
  noise: readonly tf.Tensor4D[];
  /** Level epsilon of the noise that the clean images already have. Default: 0. */
  boundary?: number;
  /** Changes the clean images of a step, such as by clipping them, or by restoring their known part. */
  edit?(images: tf.Tensor4D, step: number): tf.Tensor4D;
}

/**
 * Makes images by estimating clean ones, adding noise of a lower level, and estimating again: Algorithm 1, Song et al. 2023.
 * For j = 0, 1, ...: x_0 = f(x; sigma_j); x = x_0 + sqrt(sigma_{j+1}^2 - epsilon^2) n_{j+1}.
 *
 * @returns [N, H, W, C], the clean images of the last step
 * @throws RangeError if there is not one noise for each level after the first
 */
export function generateByRenoising(args: RenoisingArgs): tf.Tensor4D {
  const { predict, z, start, levels, noise, boundary = 0, edit = (images) => images } = args;
  if (levels.length === 0 || noise.length !== levels.length - 1) {
    throw new RangeError(
      `${levels.length} noise levels take noise for ${Math.max(levels.length - 1, 0)} steps, not ${noise.length}.`,
    );
  }
  return tf.tidy(() => {
    const estimate = (x: tf.Tensor4D, step: number) =>
      edit(predict(x, tf.fill([x.shape[0]], levels[step]!) as tf.Tensor1D), step);
    const first = tf.mul<tf.Tensor4D>(z, levels[0]!);
    let images = estimate(start === undefined ? first : tf.add(start, first), 0);
    for (let step = 1; step < levels.length; step++) {
      const scale = Math.sqrt(Math.max(levels[step]! ** 2 - boundary ** 2, 0));
      images = estimate(tf.add(images, tf.mul(noise[step - 1]!, scale)), step);
    }
    return images;
  });
}
