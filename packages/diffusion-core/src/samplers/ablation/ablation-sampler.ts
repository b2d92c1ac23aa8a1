import { HostDenoiser } from '../host-denoiser.js';
import type { SampledImages, SamplerArgs } from '../sampler.js';
import { ablationPath, type AblationSamplerOptions } from './ablation-options.js';

/**
 * Algorithm 1 of Karras et al. 2022 with a choice of solver, time steps, sigma(t) and s(t) (Table 1), the fresh noise of
 * Algorithm 2, and the second-order solvers of Algorithm 3: the earlier samplers, and everything between them and EDM's.
 * Everything outside the network is float64 on the host. A single step is Euler's from sigma_max to 0.
 *
 * @throws RangeError naming an option that is out of range, before any work; the signal's reason if it fires
 */
export async function ablationSampler(args: SamplerArgs<AblationSamplerOptions>): Promise<SampledImages> {
  const { denoiser, latents, labels, noise, onStep, signal } = args;
  const path = ablationPath(args.options ?? {}, denoiser);
  const { times, raisedTimes, isSecondOrder, alpha, sNoise } = path;
  const { sigma, sigmaDot } = path.schedule;
  const { s, sDot } = path.scaling;
  const network = new HostDenoiser(denoiser, labels);

  /** dx/dt = (sigma'/sigma + s'/s) x - (sigma' s / sigma) D(x / s; sigma): line 4 of Algorithm 1. */
  const slope = async (x: Float64Array, t: number) => {
    const scale = s(t);
    const unscaled = x.map((value) => value / scale);
    const denoised = await network.denoise(unscaled, sigma(t));
    const xFactor = sigmaDot(t) / sigma(t) + sDot(t) / scale;
    const dFactor = (sigmaDot(t) * scale) / sigma(t);
    return x.map((value, k) => xFactor * value - dFactor * denoised[k]!);
  };

  const start = sigma(times[0]!) * s(times[0]!);
  let x = Float64Array.from(latents, (z) => start * z);
  const steps = raisedTimes.length;
  for (let i = 0; i < steps; i++) {
    signal?.throwIfAborted();
    const [current, tHat, next] = [times[i]!, raisedTimes[i]!, times[i + 1]!];

    // Fresh noise. It is drawn even in steps that add none: which numbers an image gets does not depend on churn.
    const epsilon = noise();
    const kept = s(tHat) / s(current);
    const added = Math.sqrt(Math.max(sigma(tHat) ** 2 - sigma(current) ** 2, 0)) * s(tHat) * sNoise;
    const xHat = x.map((value, k) => kept * value + added * epsilon[k]!);

    const h = next - tHat;
    const d = await slope(xHat, tHat);
    if (!isSecondOrder || i === steps - 1) {
      // Euler's step
      x = xHat.map((value, k) => value + h * d[k]!);
    } else {
      // A second-order step: Heun's for alpha = 1
      const xPrime = xHat.map((value, k) => value + alpha * h * d[k]!);
      const dPrime = await slope(xPrime, tHat + alpha * h);
      const weight = 1 / (2 * alpha);
      x = xHat.map((value, k) => value + h * ((1 - weight) * d[k]! + weight * dPrime[k]!));
    }
    await onStep?.(i + 1, steps, x);
  }
  return { images: x, evaluations: network.evaluations };
}
