import * as tf from '@tensorflow/tfjs-core';
import { perImage, type DenoisingLossArgs } from '@onestep/diffusion-core';

/**
 * (D(y + n; sigma) - y)^2 / sigma^2: the squared error of the noise that the denoiser implies. It is the loss of the VP
 * and VE columns of Table 1, Karras et al. 2022.
 *
 * @returns [N, H, W, C], unreduced
 */
export function noisePredictionLoss({ denoiser, images, sigma, noise, conditions }: DenoisingLossArgs): tf.Tensor4D {
  return tf.tidy(() => {
    const sigma4 = perImage(sigma);
    const noisy = tf.add(images, tf.mul(sigma4, noise)) as tf.Tensor4D;
    const denoised = denoiser.denoise(noisy, sigma, conditions);
    return tf.div(tf.square(tf.sub(denoised, images)), tf.square(sigma4)) as tf.Tensor4D;
  });
}
