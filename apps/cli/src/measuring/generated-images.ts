import {
  generateImages,
  sampleImages,
  toUint8,
  type Denoiser,
  type EdmSamplerOptions,
  type Generator,
} from '@onestep/diffusion-core';
import type { ImageBatch } from '@onestep/metrics';

/** Images at a time: large enough for the engine, small enough to stop soon. */
const BATCH = 100;

/** `count` images of a one-step generator, seeds 0 to count - 1, a random class each. */
export async function* studentImages(
  generator: Generator,
  count: number,
  signal?: AbortSignal,
): AsyncGenerator<ImageBatch> {
  for (const seeds of seedBatches(count)) {
    signal?.throwIfAborted();
    yield { images: toUint8(await generateImages({ generator, seeds })), count: seeds.length };
  }
}

/**
 * `count` images of a teacher with the EDM sampler, seeds 0 to count - 1, a random class each.
 *
 * @param onProgress called after each step of the sampler with the share of all the work that is done
 */
export async function* teacherImages(
  denoiser: Denoiser,
  count: number,
  options: EdmSamplerOptions,
  signal?: AbortSignal,
  onProgress?: (share: number) => void,
): AsyncGenerator<ImageBatch> {
  for (const seeds of seedBatches(count)) {
    const onStep = (done: number, steps: number) => onProgress?.((seeds[0]! + (seeds.length * done) / steps) / count);
    const { images } = await sampleImages({ denoiser, seeds, options, signal, onStep });
    yield { images: toUint8(images), count: seeds.length };
  }
}

function* seedBatches(count: number): Iterable<number[]> {
  for (let start = 0; start < count; start += BATCH) {
    yield Array.from({ length: Math.min(BATCH, count - start) }, (_, i) => start + i);
  }
}
