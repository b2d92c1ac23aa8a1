import { CHURN_DEFAULTS, checkChurn, churnFactor, type ChurnOptions } from './churn.js';
import { HostDenoiser } from './host-denoiser.js';
import { karrasSchedule } from './karras-schedule.js';
import { knownRange } from './noise-range.js';
import { withDefaults } from './sampler-options.js';
import type { SampledImages, SamplerArgs } from './sampler.js';

/** Settings of {@link edmSampler}, with the published names and defaults. */
export interface EdmSamplerOptions extends ChurnOptions {
  /** Number of noise levels N (18); N steps cost 2N - 1 network evaluations. */
  steps?: number;
  /** Lowest noise level (0.002), raised to the network's. */
  sigmaMin?: number;
  /** Highest noise level (80), lowered to the network's. */
  sigmaMax?: number;
  /** Curvature of the schedule (7). */
  rho?: number;
}

const DEFAULTS: Required<EdmSamplerOptions> = { steps: 18, sigmaMin: 0.002, sigmaMax: 80, rho: 7, ...CHURN_DEFAULTS };

/**
 * Algorithm 2 of Karras et al. 2022: Heun's method on the probability-flow ODE with optional fresh noise ("churn").
 * Everything outside the network is float64 on the host. One step is defined as D(sigma_max z; sigma_max).
 *
 * @throws RangeError naming an option that is out of range, before any work
 */
export async function edmSampler(args: SamplerArgs<EdmSamplerOptions>): Promise<SampledImages> {
  const { denoiser, latents, labels, noise, onStep, signal } = args;
  const options = withDefaults(DEFAULTS, args.options ?? {});
  checkChurn(options);
  const { steps, rho, sNoise } = options;
  const range = knownRange(options, denoiser);
  const t = karrasSchedule(steps, { ...range, rho }).map((sigma) => denoiser.roundSigma(sigma));
  t.push(0);

  const network = new HostDenoiser(denoiser, labels);
  let x = Float64Array.from(latents, (z) => z * t[0]!);
  for (let i = 0; i < steps; i++) {
    signal?.throwIfAborted();
    const [current, next] = [t[i]!, t[i + 1]!];
    const gamma = churnFactor(current, steps, options);
    const tHat = denoiser.roundSigma(current + gamma * current);
    // The noise of a step is drawn even where none is added: which numbers an image gets does not depend on churn.
    const epsilon = noise();
    const added = Math.sqrt(Math.max(tHat ** 2 - current ** 2, 0)) * sNoise;
    const xHat = x.map((value, k) => value + added * epsilon[k]!);

    const denoised = await network.denoise(xHat, tHat);
    const slope = xHat.map((value, k) => (value - denoised[k]!) / tHat);
    x = xHat.map((value, k) => value + (next - tHat) * slope[k]!);
    if (i < steps - 1) {
      const corrected = await network.denoise(x, next);
      const predicted = x;
      x = xHat.map((value, k) => {
        const slopeAtNext = (predicted[k]! - corrected[k]!) / next;
        return value + (next - tHat) * (0.5 * slope[k]! + 0.5 * slopeAtNext);
      });
    }
    await onStep?.(i + 1, steps, x);
  }
  return { images: x, evaluations: network.evaluations };
}
