import * as tf from '@tensorflow/tfjs-core';
import { checkClass, oneHot, type Generator } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import type { ImageOfNoise, ImageRequest, MadeImage } from './calls.js';
import { slerp } from './slerp.js';

/** The latent of a request, from the same stream as that of `onestep generate`. */
export function latentOf(
  generator: Generator,
  { seed, between }: ImageRequest,
): { shape: number[]; data: Float32Array } {
  const { shape, data } = generator.sampleLatents(new Rng(seed), 1);
  if (between === undefined) return { shape, data };
  return { shape, data: slerp(data, generator.sampleLatents(new Rng(between.seed), 1).data, between.mix) };
}

/** One image in one network evaluation. */
export async function makeImage(generator: Generator, request: ImageRequest): Promise<ImageOfNoise> {
  const { classIndex } = request;
  checkClass(generator.labelDim, classIndex);
  const { shape, data } = latentOf(generator, request);
  const start = performance.now();
  const image = tf.tidy(() => {
    const labels = classIndex === undefined ? undefined : oneHot([classIndex], generator.labelDim);
    return generator.generate(tf.tensor(data, shape), labels);
  });
  const pixels = (await image.data()) as Float32Array;
  image.dispose();
  return { pixels, latent: data, milliseconds: performance.now() - start, evaluations: 1 };
}

/** The image of a seed in every class, in one batch. */
export async function makeClasses(generator: Generator, seed: number): Promise<MadeImage> {
  const n = generator.labelDim;
  const { shape, data } = latentOf(generator, { seed });
  const start = performance.now();
  const images = tf.tidy(() => {
    const z = tf.tile(tf.tensor(data, shape), [n, ...shape.slice(1).map(() => 1)]);
    const labels = oneHot(
      Array.from({ length: n }, (_, c) => c),
      n,
    );
    return generator.generate(z, labels);
  });
  const pixels = (await images.data()) as Float32Array;
  images.dispose();
  return { pixels, milliseconds: performance.now() - start, evaluations: 1 };
}
