import {
  generateImages,
  sampleImages,
  toUint8,
  type Denoiser,
  type Generator,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { generatorOf, openNetwork, type GeneratorOptions } from '../networks/load-network.js';
import { adviseSampling } from '../memory/advise-sampling.js';
import { randomLabels, type RandomLabelOptions } from './random-labels.js';
import type { EvaluatedImages, ImageRequest } from './trials.js';

/** Options of {@link studentImages}. */
export interface StudentImagesOptions {
  /** Largest number of images at a time. */
  batch?: number;
  /** Where labels are drawn from. Left out, the labels that the network was trained on. */
  drawnFrom?: TrainingLabels;
}

/** Options of {@link teacherImages}. */
export interface TeacherImagesOptions extends StudentImagesOptions {
  /** Steps of the EDM sampler. */
  steps: number;
}

/** Options of {@link networkImages}: how a network generates images. */
export interface NetworkImagesOptions extends GeneratorOptions, RandomLabelOptions {
  steps: number;
  batch: number;
}

/** Images of the network in a file. */
export interface NetworkImages extends EvaluatedImages {
  labelDim: number;
  /** Lines for the user about how they are generated. */
  notes: string[];
}

const BATCH = 64;

/** Network evaluations per image of the EDM sampler: Heun's method takes two per step, except for the last step. */
export function evaluationsOf(steps: number): number {
  return 2 * steps - 1;
}

/** Images of a one-step generator, with random labels. @param name of the generator, for reports */
export function studentImages(
  name: string,
  generator: Generator,
  { batch = BATCH, drawnFrom }: StudentImagesOptions = {},
): EvaluatedImages {
  return {
    format: generator,
    description: `by ${name}, 1 network evaluation each`,
    async *open(request) {
      const { signal, onProgress } = request;
      let done = 0;
      for (const seeds of seedsOf(request, batch)) {
        signal.throwIfAborted();
        const images = toUint8(await generateImages({ generator, seeds, drawnFrom }), name);
        onProgress?.((done += seeds.length));
        yield { images, count: seeds.length };
      }
    },
  };
}

/** Images of a diffusion model with the EDM sampler, with random labels. @param name of the model, for reports */
export function teacherImages(
  name: string,
  denoiser: Denoiser,
  { steps, batch = BATCH, drawnFrom }: TeacherImagesOptions,
): EvaluatedImages {
  return {
    format: denoiser,
    description: `by ${name}, ${evaluationsOf(steps)} network evaluations each`,
    async *open(request) {
      const { signal, onProgress } = request;
      let done = 0;
      for (const seeds of seedsOf(request, batch)) {
        const onStep = (step: number, last: number) => onProgress?.(done + (seeds.length * step) / last);
        const { images } = await sampleImages({ denoiser, seeds, drawnFrom, options: { steps }, signal, onStep });
        done += seeds.length;
        yield { images: toUint8(images, name), count: seeds.length };
      }
    },
  };
}

/** Images of the network in a file: a one-step generator, or a diffusion model with the EDM sampler. */
export async function networkImages(
  path: string,
  { steps, batch, data, classProbabilities, ...options }: NetworkImagesOptions,
): Promise<NetworkImages> {
  const loaded = await openNetwork(path);
  const { drawnFrom, notes } = await randomLabels(loaded.network, { data, classProbabilities });
  const generator = generatorOf(loaded, options);
  const warning = adviseSampling(loaded.network.cost, batch, (fits) => `--batch ${fits} fits.`);
  if (warning !== null) notes.push(warning);
  const images =
    generator === null
      ? teacherImages(path, loaded.network, { steps, batch, drawnFrom })
      : studentImages(path, generator, { batch, drawnFrom });
  return { ...images, labelDim: loaded.network.labelDim, notes };
}

/**
 * Splits seeds into batches of at most `size`, as evenly as possible, like the published generate.py: batches of nearly
 * the same size instead of full ones and a rest.
 */
export function seedBatches(seeds: readonly number[], size: number): number[][] {
  const count = Math.ceil(seeds.length / size);
  const longer = seeds.length % count;
  const start = (index: number) => index * Math.floor(seeds.length / count) + Math.min(index, longer);
  return Array.from({ length: count }, (_, index) => seeds.slice(start(index), start(index + 1)));
}

function seedsOf({ count, firstSeed }: ImageRequest, batch: number): number[][] {
  return seedBatches(
    Array.from({ length: count }, (_, i) => firstSeed + i),
    batch,
  );
}
