import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';
import type { NoisyImages } from './discriminator.js';
import { NOISE_TABLE } from './noise-table.js';

/** x + sigma noise. */
export function addNoise(images: tf.Tensor4D, sigma: tf.Tensor1D, noise: tf.Tensor4D): NoisyImages {
  return { x: tf.add(images, tf.mul(perImage(sigma), noise)), sigma };
}

/** Clean images, for which a network is asked at the lowest noise level. */
export function lowestNoise(images: tf.Tensor4D): NoisyImages {
  return { x: images, sigma: tf.fill([images.shape[0]], NOISE_TABLE[0]!) };
}
