import * as tf from '@tensorflow/tfjs-core';
import { classLabels, type ClassChoice } from '../conditions/class-labels.js';
import type { Generator } from '../generator.js';
import { ImageStreams } from '../images/image-streams.js';
import { evaluateGenerator } from './evaluate-generator.js';
import { settleLevels, type StepChoice } from './settle-levels.js';

/** Arguments of {@link generateImages}. */
export interface GenerateImagesArgs extends ClassChoice, StepChoice {
  generator: Generator;
  /** One per image, integers from 0. */
  seeds: readonly number[];
}

/**
 * Generates images from seeds, in one network evaluation per step. Each image draws from its own stream (latent, then a
 * label if it is random, then the noise of each further step), so it is the same image in any batch.
 *
 * @returns [N, H, W, C] row-major, about [-1, 1], not clipped
 * @throws RangeError if the generator has no such class or steps, or `classes` is not one per seed
 */
export async function generateImages(args: GenerateImagesArgs): Promise<Float32Array> {
  const { generator, seeds, steps, levels, ...choice } = args;
  const settled = settleLevels(generator, { steps, levels });
  const streams = new ImageStreams(seeds);
  const latents =
    generator.latentOf === undefined
      ? streams.map((rng) => generator.sampleLatents(rng, 1))
      : seeds.map((seed) => generator.latentOf!(seed));
  const labels = classLabels(streams, generator, choice);
  const images = tf.tidy(() => {
    const noise = (settled ?? []).slice(1).map(() => drawNoise(generator, streams));
    return evaluateGenerator(generator, settled, { z: joinLatents(latents), labels, noise });
  });
  try {
    return (await images.data()) as Float32Array;
  } finally {
    tf.dispose(labels === undefined ? images : [images, labels]);
  }
}

/** Latents [1, ...] as one tensor [N, ...], joined on the host: an engine that replays has nothing else to compute then. */
function joinLatents(latents: readonly { shape: readonly number[]; data: Float32Array }[]): tf.Tensor {
  const [, ...shape] = latents[0]!.shape;
  const length = latents[0]!.data.length;
  const data = new Float32Array(latents.length * length);
  for (const [i, latent] of latents.entries()) data.set(latent.data, i * length);
  return tf.tensor(data, [latents.length, ...shape]);
}

/** Unit noise of one step, [N, H, W, C]. */
function drawNoise({ imgResolution, imgChannels }: Generator, streams: ImageStreams): tf.Tensor4D {
  const noise = streams.normal(imgResolution ** 2 * imgChannels);
  return tf.tensor4d(noise, [streams.count, imgResolution, imgResolution, imgChannels]);
}
