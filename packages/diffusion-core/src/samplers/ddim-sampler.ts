import { HostDenoiser } from './host-denoiser.js';
import { noiseLevels, type NoiseLevelOptions } from './noise-levels.js';
import type { SampledImages, SamplerArgs } from './sampler.js';

/** Settings of {@link ddimSampler}. */
export interface DdimSamplerOptions extends NoiseLevelOptions {
  /** Share of the fresh noise of the ancestral sampler (0): 0 is DDIM, 1 is DDPM. */
  eta?: number;
}

/**
 * DDIM, Eq. (12) of Song et al. 2021 ("Denoising diffusion implicit models"), for images with noise of sigma in the unscaled space.
 *
 * Its alphas are alpha-bar = 1 / (1 + sigma^2), and its x is ours times sqrt(alpha-bar). The step from sigma to sigma' is then
 *
 *     x' = D + sqrt(sigma'^2 - c^2) (x - D) / sigma + c epsilon,   c = eta (sigma' / sigma) sqrt(sigma^2 - sigma'^2)
 *
 * where c is Eq. (16). With eta = 0 this is Euler's step on the probability-flow ODE of Karras et al. 2022: the same numbers. With
 * eta = 1 it is the ancestral sampler of DDPM, Eq. (7) of Ho et al. 2020: c^2 is the variance of the posterior, beta-tilde. The last
 * step, to 0, gives D. The noise levels are those of Karras et al., in place of evenly spaced time steps.
 *
 * @throws RangeError naming an option that is out of range, before any work; the signal's reason if it fires
 */
export async function ddimSampler(args: SamplerArgs<DdimSamplerOptions>): Promise<SampledImages> {
  const { denoiser, latents, labels, noise, onStep, signal } = args;
  const { eta = 0, ...options } = args.options ?? {};
  if (!(eta >= 0 && eta <= 1)) throw new RangeError(`eta must be from 0 to 1, not ${eta}.`);
  const levels = noiseLevels(options, denoiser);
  const steps = levels.length - 1;
  const network = new HostDenoiser(denoiser, labels);
  let x = Float64Array.from(latents, (z) => z * levels[0]!);
  for (let i = 0; i < steps; i++) {
    signal?.throwIfAborted();
    const [sigma, next] = [levels[i]!, levels[i + 1]!];
    // Drawn even where none is added: which numbers an image gets does not depend on eta.
    const epsilon = noise();
    const c = eta * (next / sigma) * Math.sqrt(Math.max(sigma ** 2 - next ** 2, 0));
    const kept = Math.sqrt(Math.max(next ** 2 - c ** 2, 0)) / sigma;
    const denoised = await network.denoise(x, sigma);
    x = x.map((value, k) => denoised[k]! + kept * (value - denoised[k]!) + c * epsilon[k]!);
    await onStep?.(i + 1, steps, x);
  }
  return { images: x, evaluations: network.evaluations };
}
