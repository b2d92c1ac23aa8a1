import * as tf from '@tensorflow/tfjs-core';
import type { Generator } from '../generator.js';
import { classLabels } from '../samplers/class-labels.js';
import { ImageStreams } from '../samplers/image-streams.js';

/** Which images to make. */
export interface GenerateImagesArgs {
  generator: Generator;
  /** One an image. */
  seeds: readonly number[];
  /** The class of every image; left out, a random class each (if the generator has classes). */
  classIndex?: number;
}

/**
 * Makes images by their seeds in one network evaluation. Each image draws from its own stream (latent, then a label
 * if it is random), so it is the same image in any batch.
 *
 * @returns [N, H, W, C] row-major, in [-1, 1] (not cut)
 */
export async function generateImages({ generator, seeds, classIndex }: GenerateImagesArgs): Promise<Float32Array> {
  const streams = new ImageStreams(seeds);
  const latents = streams.each((rng) => generator.sampleLatents(rng, 1));
  const labels = classLabels(streams, generator.labelDim, classIndex);
  const images = tf.tidy(() => {
    const z = tf.concat(latents.map(({ data, shape }) => tf.tensor(data, shape)));
    return generator.generate(z, labels);
  });
  try {
    return (await images.data()) as Float32Array;
  } finally {
    tf.dispose([images, ...(labels ? [labels] : [])]);
  }
}
