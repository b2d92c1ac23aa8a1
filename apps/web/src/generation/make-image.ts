import * as tf from '@tensorflow/tfjs-core';
import { assertFiniteImages, generateImages, oneHot, type Generator } from '@onestep/diffusion-core';
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

/** Makes one image in one network evaluation. @throws NonFiniteImagesError if the network returns NaN */
export async function makeImage(generator: Generator, request: ImageRequest): Promise<ImageOfNoise> {
  const { classIndex } = request;
  const { shape, data } = latentOf(generator, request);
  const start = performance.now();
  const image = tf.tidy(() => {
    const labels = classIndex === undefined ? undefined : oneHot([classIndex], generator.labelDim);
    return generator.generate(tf.tensor(data, shape), labels);
  });
  const pixels = (await image.data()) as Float32Array;
  image.dispose();
  assertFiniteImages(pixels, 'the student');
  return { pixels, latent: data, milliseconds: performance.now() - start, evaluations: 1 };
}

/** Makes the image of a seed in every class, in one batch. */
export async function makeClasses(generator: Generator, seed: number): Promise<MadeImage> {
  const classes = Array.from({ length: generator.labelDim }, (_, index) => index);
  const start = performance.now();
  const pixels = await generateImages({ generator, seeds: classes.map(() => seed), classes });
  assertFiniteImages(pixels, 'the student');
  return { pixels, milliseconds: performance.now() - start, evaluations: 1 };
}
