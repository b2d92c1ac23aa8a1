import { classLabels, type ClassChoice } from '../conditions/class-labels.js';
import { assertFiniteImages } from '../images/finite-images.js';
import { ImageStreams } from '../images/image-streams.js';
import type { AblationSamplerOptions } from '../samplers/ablation/ablation-options.js';
import { sampleImages, type SampleImagesArgs } from '../samplers/sample-images.js';
import type { PairBatch } from './pair-batch-source.js';

/** Arguments of {@link samplePairs}. */
export interface SamplePairsArgs
  extends ClassChoice, Pick<SampleImagesArgs, 'denoiser' | 'seeds' | 'onStep' | 'signal'> {
  /** Options of the EDM sampler or, with one of its own options, of the ablation sampler. Default: 18 steps of Heun's. */
  options?: PairSamplerOptions;
}

/** Options of the samplers without fresh noise, with which an image follows from the noise where its path begins. */
export type PairSamplerOptions = Omit<AblationSamplerOptions, 'sChurn' | 'sMin' | 'sMax' | 'sNoise'>;

/**
 * Makes pairs of unit noise and the image at the end of the teacher's path from it, in memory. The images are those of
 * `sampleImages` for the same seeds: each pair depends on its seed alone.
 *
 * @returns the pairs, in the order of the seeds
 * @throws RangeError naming an option that is not valid, before any network evaluation; NonFiniteImagesError if the
 *   teacher returns NaN; the signal's reason if it fires
 */
export async function samplePairs(args: SamplePairsArgs): Promise<PairBatch> {
  const { denoiser, seeds } = args;
  const { images } = await sampleImages(args);
  assertFiniteImages(images);
  // The same draws again: a stream begins with the latent, and a random label follows.
  const streams = new ImageStreams(seeds);
  const noise = streams.normal(denoiser.imgResolution ** 2 * denoiser.imgChannels);
  const vectors = classLabels(streams, denoiser, args);
  const labels = vectors === undefined ? null : ((await vectors.data()) as Float32Array);
  vectors?.dispose();
  return { noise, images: Float32Array.from(images), labels, count: seeds.length };
}
