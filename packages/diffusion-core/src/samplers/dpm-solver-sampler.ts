import { HostDenoiser } from './host-denoiser.js';
import { noiseLevels, type NoiseLevelOptions } from './noise-levels.js';
import type { SampledImages, SamplerArgs } from './sampler.js';

/**
 * DPM-Solver++(2M), Algorithm 2 of Lu et al. 2022 ("DPM-Solver++"): a second-order multistep method that predicts clean images, with
 * one network evaluation in each step. In the unscaled space alpha is 1, lambda = -log(sigma), and the step of h = lambda' - lambda is
 *
 *     x' = (sigma' / sigma) x + (1 - sigma' / sigma) D_2M,   D_2M = (1 + 1 / (2 r)) D - 1 / (2 r) D_before,   r = h_before / h
 *
 * where D_before is the clean image of the step before. The first step and the last, whose h is infinite, take D alone.
 *
 * @throws RangeError naming an option that is out of range, before any work; the signal's reason if it fires
 */
export async function dpmSolverSampler(args: SamplerArgs<NoiseLevelOptions>): Promise<SampledImages> {
  const { denoiser, latents, labels, noise, onStep, signal } = args;
  const levels = noiseLevels(args.options ?? {}, denoiser);
  const steps = levels.length - 1;
  const network = new HostDenoiser(denoiser, labels);
  let x = Float64Array.from(latents, (z) => z * levels[0]!);
  let before: Float32Array | undefined;
  for (let i = 0; i < steps; i++) {
    signal?.throwIfAborted();
    const [sigma, next] = [levels[i]!, levels[i + 1]!];
    noise(); // Once per step, as all samplers do.
    const denoised = await network.denoise(x, sigma);
    const isFirstOrder = before === undefined || next === 0 || levels[i - 1] === sigma;
    // h / (2 h_before)
    const share = isFirstOrder ? 0 : Math.log(sigma / next) / (2 * Math.log(levels[i - 1]! / sigma));
    const earlier = before ?? denoised;
    const kept = next / sigma;
    x = x.map((value, k) => kept * value + (1 - kept) * ((1 + share) * denoised[k]! - share * earlier[k]!));
    before = denoised;
    await onStep?.(i + 1, steps, x);
  }
  return { images: x, evaluations: network.evaluations };
}
