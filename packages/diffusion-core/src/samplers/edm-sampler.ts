import { withDefaults } from '../with-defaults.js';
import { HostDenoiser } from './host-denoiser.js';
import { karrasSchedule } from './karras-schedule.js';
import type { SampledImages, SamplerArgs } from './sampler.js';
import {
  checkChurn,
  churnFactor,
  clampRange,
  EDM_SAMPLER_DEFAULTS,
  type EdmSamplerOptions,
} from './sampler-options.js';

/**
 * Algorithm 2 of Karras et al. 2022: Heun's method on the probability-flow ODE with optional fresh noise ("churn").
 * Everything outside the network is float64 on the host. One step is defined as D(sigma_max z; sigma_max).
 *
 * @throws RangeError naming an option that is out of range, before any work; the signal's reason if it fires
 */
export async function edmSampler(args: SamplerArgs<EdmSamplerOptions>): Promise<SampledImages> {
  const { denoiser, latents, labels, noise, onStep, signal } = args;
  const options = withDefaults(EDM_SAMPLER_DEFAULTS, args.options ?? {});
  checkChurn(options);
  const { steps, rho, sNoise } = options;
  const range = clampRange(options, denoiser);
  const t = karrasSchedule(steps, { ...range, rho }).map((sigma) => denoiser.roundSigma(sigma));
  t.push(0);

  const network = new HostDenoiser(denoiser, labels);
  let x = Float64Array.from(latents, (z) => z * t[0]!);
  for (let i = 0; i < steps; i++) {
    signal?.throwIfAborted();
    const [current, next] = [t[i]!, t[i + 1]!];

    // Fresh noise. It is drawn even in steps that add none: which numbers an image gets does not depend on churn.
    const tHat = denoiser.roundSigma(current + churnFactor(current, steps, options) * current);
    const epsilon = noise();
    const added = Math.sqrt(Math.max(tHat ** 2 - current ** 2, 0)) * sNoise;
    const xHat = x.map((value, k) => value + added * epsilon[k]!);

    // Euler's step
    const h = next - tHat;
    const denoised = await network.denoise(xHat, tHat);
    const d = xHat.map((value, k) => (value - denoised[k]!) / tHat);
    x = xHat.map((value, k) => value + h * d[k]!);

    // Heun's correction
    if (i < steps - 1) {
      const predicted = x;
      const denoisedNext = await network.denoise(predicted, next);
      x = xHat.map((value, k) => {
        const dPrime = (predicted[k]! - denoisedNext[k]!) / next;
        return value + h * (0.5 * d[k]! + 0.5 * dPrime);
      });
    }
    await onStep?.(i + 1, steps, x);
  }
  return { images: x, evaluations: network.evaluations };
}
