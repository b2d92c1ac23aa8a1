import { classLabels, type ClassChoice } from '../conditions/class-labels.js';
import type { Denoiser } from '../denoiser.js';
import { ImageStreams } from '../images/image-streams.js';
import { ablationSampler } from './ablation/ablation-sampler.js';
import type { AblationSamplerOptions } from './ablation/ablation-options.js';
import { edmSampler } from './edm-sampler.js';
import { SAMPLERS, type SamplerName } from './named-samplers.js';
import type { SampledImages, SamplerStepHook } from './sampler.js';

/** Arguments of {@link sampleImages}. */
export interface SampleImagesArgs extends ClassChoice {
  denoiser: Denoiser;
  /** One per image, integers from 0. */
  seeds: readonly number[];
  /**
   * Options of the EDM sampler. With at least one of `solver`, `discretization`, `schedule` and `scaling`, the ablation
   * sampler runs instead, as in the published generate.py. The discretization then decides the default noise range.
   */
  options?: AblationSamplerOptions;
  /** A sampler by its name, which takes the noise levels of `options` only. Left out, see `options`. */
  sampler?: SamplerName;
  onStep?: SamplerStepHook;
  /** Stops between steps, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Generates images from seeds with a diffusion sampler. Each image draws from its own stream (latent, then a label if
 * it is random, then the noise of each step), so it is the same image in any batch.
 *
 * @throws RangeError naming an option or a class that is out of range, before any network evaluation; the signal's
 *   reason if it fires
 */
export async function sampleImages(args: SampleImagesArgs): Promise<SampledImages> {
  const { denoiser, seeds, options = {}, onStep, signal } = args;
  const sampler = chooseSampler(args);
  const pixels = denoiser.imgResolution ** 2 * denoiser.imgChannels;
  const streams = new ImageStreams(seeds);
  const latents = streams.normal(pixels);
  const labels = classLabels(streams, denoiser, args);
  try {
    const noise = () => streams.normal(pixels);
    return await sampler({ denoiser, latents, labels, noise, options, onStep, signal });
  } finally {
    labels?.dispose();
  }
}

function chooseSampler({ sampler: name, options = {} }: SampleImagesArgs) {
  const isAblation = needsAblationSampler(options);
  if (name === undefined) return isAblation ? ablationSampler : edmSampler;
  if (isAblation || (options.sChurn ?? 0) !== 0) {
    throw new RangeError(
      'A sampler that is chosen by its name has a path of its own: leave solver, discretization, schedule, scaling and S_churn out.',
    );
  }
  return SAMPLERS[name].sample;
}

function needsAblationSampler({ solver, discretization, schedule, scaling }: AblationSamplerOptions): boolean {
  return [solver, discretization, schedule, scaling].some((choice) => choice !== undefined);
}
