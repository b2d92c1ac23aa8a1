import { generatorOf, openNetwork, type GeneratorOptions } from '../networks/load-network.js';
import { evaluationsOf } from './evaluations.js';
import { studentImages, teacherImages } from './generated-images.js';
import type { MeasuredImages } from './trials.js';

/** How a network makes images. */
export interface NetworkImagesOptions extends GeneratorOptions {
  /** Sampler steps of a diffusion model. */
  steps: number;
  /** Images at a time. */
  batch: number;
}

/** What a network generates: a one-step generator, or a diffusion model with the EDM sampler. */
export async function networkImages(
  path: string,
  { steps, batch, ...options }: NetworkImagesOptions,
  signal: AbortSignal,
): Promise<MeasuredImages & { labelDim: number }> {
  const loaded = await openNetwork(path);
  const generator = generatorOf(loaded, options);
  if (generator === null) {
    const { network } = loaded;
    return {
      format: network,
      labelDim: network.labelDim,
      description: `by ${path}, ${evaluationsOf(steps)} network evaluations each`,
      open: (count, firstSeed) => teacherImages(network, count, { steps }, signal, undefined, { firstSeed, batch }),
    };
  }
  return {
    format: generator,
    labelDim: generator.labelDim,
    description: `by ${path}, 1 network evaluation each`,
    open: (count, firstSeed) => studentImages(generator, count, signal, { firstSeed, batch }),
  };
}
