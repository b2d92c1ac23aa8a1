import * as tf from '@tensorflow/tfjs-core';
import {
  assertFiniteImages,
  checkClass,
  checkLabel,
  generateImages,
  LabelPrior,
  slerp,
  type Generator,
  type Labeled,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import type { ImageOfNoise, ImageRequest, MadeImage } from './calls.js';

/** The latent of a request, from the same stream as that of `onestep generate`. */
export function latentOf(
  generator: Generator,
  { seed, between }: ImageRequest,
): { shape: number[]; data: Float32Array } {
  const { shape, data } = generator.sampleLatents(new Rng(seed), 1);
  if (between === undefined) return { shape, data };
  return { shape, data: slerp(data, generator.sampleLatents(new Rng(between.seed), 1).data, between.mix) };
}

/**
 * The label of a request: that of its class, its label vector, or one that is drawn as `onestep generate` draws it, after
 * the latent of the seed.
 *
 * @returns [1, labelDim]; null for a network without labels
 */
export function labelOf(generator: Generator, { seed, classIndex, label }: ImageRequest): Float32Array | null {
  const { labelDim } = generator;
  if (labelDim === 0) return null;
  if (label !== undefined) {
    checkLabel(generator, label);
    return Float32Array.from(label);
  }
  checkClass(generator, classIndex);
  if (classIndex !== undefined) return new LabelPrior({ labelDim }).vectors([classIndex]);
  const prior = new LabelPrior(generator);
  const stream = new Rng(seed);
  generator.sampleLatents(stream, 1);
  return prior.vectors(prior.draw(stream, 1));
}

/** Uploads a label; undefined for a network without labels. The caller disposes it. */
export function uploadLabel({ labelDim }: Labeled, label: Float32Array | null): tf.Tensor2D | undefined {
  return label === null ? undefined : tf.tensor2d(label, [1, labelDim]);
}

/** Makes one image in one network evaluation. @throws NonFiniteImagesError if the network returns NaN */
export async function makeImage(generator: Generator, request: ImageRequest): Promise<ImageOfNoise> {
  const { shape, data } = latentOf(generator, request);
  const label = labelOf(generator, request);
  const start = performance.now();
  const image = tf.tidy(() => {
    return generator.generate(tf.tensor(data, shape), uploadLabel(generator, label));
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
