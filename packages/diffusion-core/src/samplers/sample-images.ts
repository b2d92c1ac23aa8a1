import type { Denoiser } from '../denoiser.js';
import { classLabels } from './class-labels.js';
import { edmSampler, type EdmSamplerOptions, type SampledImages } from './edm-sampler.js';
import { ImageStreams } from './image-streams.js';

/** Which images to make, and how. */
export interface SampleImagesArgs {
  denoiser: Denoiser;
  /** One an image. */
  seeds: readonly number[];
  /** The class of every image; left out, a random class each (if the network has classes). */
  classIndex?: number;
  options?: EdmSamplerOptions;
  onStep?: (done: number, steps: number) => void;
  signal?: AbortSignal;
}

/**
 * Makes images by their seeds with the EDM sampler. Each image draws from its own stream (latent, then a label if it
 * is random, then the noise of each step), so it is the same image in any batch.
 */
export async function sampleImages(args: SampleImagesArgs): Promise<SampledImages> {
  const { denoiser, seeds, classIndex, options, onStep, signal } = args;
  const pixels = denoiser.imgResolution ** 2 * denoiser.imgChannels;
  const streams = new ImageStreams(seeds);
  const latents = streams.normal(pixels);
  const labels = classLabels(streams, denoiser.labelDim, classIndex);
  try {
    return await edmSampler({
      denoiser,
      latents,
      labels,
      noise: () => streams.normal(pixels),
      options,
      onStep,
      signal,
    });
  } finally {
    labels?.dispose();
  }
}
