import type { Denoiser } from '../denoiser.js';
import type { AblationSamplerOptions } from './ablation/ablation-options.js';
import { ablationSampler } from './ablation/ablation-sampler.js';
import { classLabels } from './class-labels.js';
import { edmSampler } from './edm-sampler.js';
import { ImageStreams } from './image-streams.js';
import type { SampledImages } from './sampler.js';

/** Which images to make, and how. */
export interface SampleImagesArgs {
  denoiser: Denoiser;
  /** One an image. */
  seeds: readonly number[];
  /** The class of every image; left out, a random class each (if the network has classes). */
  classIndex?: number;
  /**
   * Of the EDM sampler. With at least one of `solver`, `discretization`, `schedule` and `scaling` it is the ablation
   * sampler, as in the published generate.py: then the range of noise levels has the discretization's defaults.
   */
  options?: AblationSamplerOptions;
  /**
   * Called after each step, with the number done, the number in all, and the images so far (still noisy, in the solver's
   * scaling). A promise is awaited: a page can draw between steps.
   */
  onStep?: (done: number, steps: number, images: Float64Array) => unknown;
  /** Stops between steps, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Makes images by their seeds. Each image draws from its own stream (latent, then a label if it is random, then the
 * noise of each step), so it is the same image in any batch.
 */
export async function sampleImages(args: SampleImagesArgs): Promise<SampledImages> {
  const { denoiser, seeds, classIndex, options = {}, onStep, signal } = args;
  const sampler = usesAblationSampler(options) ? ablationSampler : edmSampler;
  const pixels = denoiser.imgResolution ** 2 * denoiser.imgChannels;
  const streams = new ImageStreams(seeds);
  const latents = streams.normal(pixels);
  const labels = classLabels(streams, denoiser.labelDim, classIndex);
  try {
    const noise = () => streams.normal(pixels);
    return await sampler({ denoiser, latents, labels, noise, options, onStep, signal });
  } finally {
    labels?.dispose();
  }
}

function usesAblationSampler({ solver, discretization, schedule, scaling }: AblationSamplerOptions): boolean {
  return [solver, discretization, schedule, scaling].some((choice) => choice !== undefined);
}
