import { generateImages, sampleImages, toUint8, type Denoiser, type Generator } from '@onestep/diffusion-core';
import { generatorOf, openNetwork, type GeneratorOptions } from '../networks/load-network.js';
import type { EvaluatedImages, ImageRequest } from './trials.js';

/** Options of {@link teacherImages}. */
export interface TeacherImagesOptions {
  /** Steps of the EDM sampler. */
  steps: number;
  /** Largest number of images at a time. */
  batch?: number;
}

/** Options of {@link networkImages}: how a network generates images. */
export interface NetworkImagesOptions extends GeneratorOptions, Required<TeacherImagesOptions> {}

const BATCH = 64;

/** Network evaluations per image of the EDM sampler: Heun's method takes two per step, except for the last step. */
export function evaluationsOf(steps: number): number {
  return 2 * steps - 1;
}

/** Images of a one-step generator, with random classes. @param name of the generator, for reports */
export function studentImages(name: string, generator: Generator, batch = BATCH): EvaluatedImages {
  return {
    format: generator,
    description: `by ${name}, 1 network evaluation each`,
    async *open(request) {
      const { signal, onProgress } = request;
      let done = 0;
      for (const seeds of seedsOf(request, batch)) {
        signal.throwIfAborted();
        const images = toUint8(await generateImages({ generator, seeds }), name);
        onProgress?.((done += seeds.length));
        yield { images, count: seeds.length };
      }
    },
  };
}

/** Images of a diffusion model with the EDM sampler, with random classes. @param name of the model, for reports */
export function teacherImages(
  name: string,
  denoiser: Denoiser,
  { steps, batch = BATCH }: TeacherImagesOptions,
): EvaluatedImages {
  return {
    format: denoiser,
    description: `by ${name}, ${evaluationsOf(steps)} network evaluations each`,
    async *open(request) {
      const { signal, onProgress } = request;
      let done = 0;
      for (const seeds of seedsOf(request, batch)) {
        const onStep = (step: number, last: number) => onProgress?.(done + (seeds.length * step) / last);
        const { images } = await sampleImages({ denoiser, seeds, options: { steps }, signal, onStep });
        done += seeds.length;
        yield { images: toUint8(images, name), count: seeds.length };
      }
    },
  };
}

/** Images of the network in a file: a one-step generator, or a diffusion model with the EDM sampler. */
export async function networkImages(
  path: string,
  { steps, batch, ...options }: NetworkImagesOptions,
): Promise<EvaluatedImages & { labelDim: number }> {
  const loaded = await openNetwork(path);
  const generator = generatorOf(loaded, options);
  const images =
    generator === null ? teacherImages(path, loaded.network, { steps, batch }) : studentImages(path, generator, batch);
  return { ...images, labelDim: loaded.network.labelDim };
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
