import {
  generateImages,
  sampleImages,
  toUint8,
  type Denoiser,
  type EdmSamplerOptions,
  type Generator,
} from '@onestep/diffusion-core';
import type { ImageBatch } from '@onestep/metrics';
import { seedBatches } from '../images/seed-batches.js';

/** Which images to make. */
export interface GeneratedImages {
  /** Seed of the first; the others follow. */
  firstSeed?: number;
  /** Images at a time, at most: as `onestep generate` takes them, so that pixels agree to the last bit. */
  batch?: number;
}

const BATCH = 64;

/** `count` images of a one-step generator, a random class each. */
export async function* studentImages(
  generator: Generator,
  count: number,
  signal?: AbortSignal,
  which: GeneratedImages = {},
): AsyncGenerator<ImageBatch> {
  for (const seeds of batchesOf(count, which)) {
    signal?.throwIfAborted();
    yield { images: toUint8(await generateImages({ generator, seeds })), count: seeds.length };
  }
}

/**
 * `count` images of a teacher with the EDM sampler, a random class each.
 *
 * @param onProgress called after each step of the sampler with the share of all the work that is done
 */
export async function* teacherImages(
  denoiser: Denoiser,
  count: number,
  options: EdmSamplerOptions,
  signal?: AbortSignal,
  onProgress?: (share: number) => void,
  which: GeneratedImages = {},
): AsyncGenerator<ImageBatch> {
  let made = 0;
  for (const seeds of batchesOf(count, which)) {
    const onStep = (done: number, steps: number) => onProgress?.((made + (seeds.length * done) / steps) / count);
    const { images } = await sampleImages({ denoiser, seeds, options, signal, onStep });
    yield { images: toUint8(images), count: seeds.length };
    made += seeds.length;
  }
}

function batchesOf(count: number, { firstSeed = 0, batch = BATCH }: GeneratedImages): number[][] {
  return seedBatches(
    Array.from({ length: count }, (_, i) => firstSeed + i),
    batch,
  );
}
