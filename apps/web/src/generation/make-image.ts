import * as tf from '@tensorflow/tfjs-core';
import {
  assertFiniteImages,
  checkClass,
  checkLabel,
  generateImages,
  isMultiStep,
  LabelPrior,
  settleLevels,
  slerp,
  type Generator,
  type Labeled,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import type { ClassesRequest, ImageOfNoise, ImageRequest, MadeImage } from './calls.js';
import { chooseImages } from './choose-images.js';

/** The latent of a request, from the same stream as that of `onestep generate`. */
export function latentOf(
  generator: Generator,
  { seed, between }: ImageRequest,
): { shape: number[]; data: Float32Array } {
  const ofSeed = (one: number) => generator.latentOf?.(one) ?? generator.sampleLatents(new Rng(one), 1);
  const { shape, data } = ofSeed(seed);
  return { shape, data: between === undefined ? data : slerp(data, ofSeed(between.seed).data, between.mix) };
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

/**
 * The unit noise of the steps after the first, as `onestep generate` draws it: after the latent, and after the label if that is
 * drawn. Between two seeds, that of both is mixed like their latents.
 */
function noiseOf(generator: Generator, request: ImageRequest, count: number): Float32Array[] {
  const { imgResolution, imgChannels, labelDim } = generator;
  const { classIndex, label, between } = request;
  const isLabelDrawn = labelDim > 0 && classIndex === undefined && label === undefined;
  const noiseOfSeed = (seed: number) => {
    const stream = new Rng(seed);
    generator.sampleLatents(stream, 1);
    if (isLabelDrawn) new LabelPrior(generator).draw(stream, 1);
    return Array.from({ length: count }, () => stream.normal(imgResolution ** 2 * imgChannels));
  };
  const noise = noiseOfSeed(request.seed);
  if (between === undefined) return noise;
  const other = noiseOfSeed(between.seed);
  return noise.map((values, step) => slerp(values, other[step]!, between.mix));
}

/** Makes one image, in one network evaluation for each step. @throws NonFiniteImagesError if the network returns NaN */
export async function makeImage(network: Generator, request: ImageRequest): Promise<ImageOfNoise> {
  const generator = chooseImages(network, request);
  const { shape, data } = latentOf(generator, request);
  const label = labelOf(generator, request);
  const levels = settleLevels(generator, { steps: request.steps });
  const noise = noiseOf(generator, request, (levels?.length ?? 1) - 1);
  const start = performance.now();
  const image = tf.tidy(() => {
    const [z, labels] = [tf.tensor(data, shape), uploadLabel(generator, label)];
    if (levels === null || !isMultiStep(generator)) return generator.generate(z, labels);
    const { imgResolution: size, imgChannels } = generator;
    const uploaded = noise.map((values) => tf.tensor4d(values, [1, size, size, imgChannels]));
    return generator.generateInSteps(z, levels, uploaded, labels);
  });
  const pixels = (await image.data()) as Float32Array;
  image.dispose();
  assertFiniteImages(pixels, 'the student');
  return { pixels, latent: data, milliseconds: performance.now() - start, evaluations: levels?.length ?? 1 };
}

/** Makes the image of a seed in every class, in one batch. */
export async function makeClasses(network: Generator, request: ClassesRequest): Promise<MadeImage> {
  const { seed, steps = 1 } = request;
  const generator = chooseImages(network, request);
  const classes = Array.from({ length: generator.labelDim }, (_, index) => index);
  const start = performance.now();
  const pixels = await generateImages({ generator, seeds: classes.map(() => seed), classes, steps });
  assertFiniteImages(pixels, 'the student');
  return { pixels, milliseconds: performance.now() - start, evaluations: steps };
}
