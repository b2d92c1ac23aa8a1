import * as tf from '@tensorflow/tfjs-core';
import { classLabels, type ClassChoice } from '../conditions/class-labels.js';
import type { Generator } from '../generator.js';
import { ImageStreams } from '../images/image-streams.js';

/** Arguments of {@link generateImages}. */
export interface GenerateImagesArgs extends ClassChoice {
  generator: Generator;
  /** One per image, integers from 0. */
  seeds: readonly number[];
}

/**
 * Generates images from seeds in one network evaluation. Each image draws from its own stream (latent, then a label if
 * it is random), so it is the same image in any batch.
 *
 * @returns [N, H, W, C] row-major, about [-1, 1], not clipped
 * @throws RangeError if the generator has no such class, or `classes` is not one per seed
 */
export async function generateImages({ generator, seeds, ...choice }: GenerateImagesArgs): Promise<Float32Array> {
  const streams = new ImageStreams(seeds);
  const latents = streams.map((rng) => generator.sampleLatents(rng, 1));
  const labels = classLabels(streams, generator, choice);
  const images = tf.tidy(() => {
    const z = tf.concat(latents.map(({ data, shape }) => tf.tensor(data, shape)));
    return generator.generate(z, labels);
  });
  try {
    return (await images.data()) as Float32Array;
  } finally {
    tf.dispose(labels === undefined ? images : [images, labels]);
  }
}
