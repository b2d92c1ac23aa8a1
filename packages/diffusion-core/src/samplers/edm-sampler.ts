import * as tf from '@tensorflow/tfjs-core';
import type { Denoiser } from '../denoiser.js';
import { karrasSchedule } from './karras-schedule.js';

/** Settings of {@link edmSampler}, with the published names and defaults. */
export interface EdmSamplerOptions {
  /** Number of noise levels N (18); N steps cost 2N - 1 network evaluations. */
  steps?: number;
  /** Lowest noise level (0.002), raised to the network's. */
  sigmaMin?: number;
  /** Highest noise level (80), lowered to the network's. */
  sigmaMax?: number;
  /** Curvature of the schedule (7). */
  rho?: number;
  /** Amount of fresh noise; 0 is the deterministic sampler. */
  sChurn?: number;
  /** Fresh noise is added only at levels from sMin to sMax. */
  sMin?: number;
  sMax?: number;
  /** Standard deviation of the fresh noise (1). */
  sNoise?: number;
}

/** What {@link edmSampler} needs. */
export interface EdmSamplerArgs {
  denoiser: Denoiser;
  /** Standard normal, [N, H, W, C] row-major. */
  latents: Float32Array;
  /** [N, labelDim]; stays the caller's. */
  labels?: tf.Tensor2D;
  /** Fresh standard normal numbers, as many as `latents`. Asked once every step, needed or not. */
  noise: () => Float32Array;
  options?: EdmSamplerOptions;
  /** Called after each step, with the number done and the number in all. */
  onStep?: (done: number, steps: number) => void;
  /** Stops between steps, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** Images, and what they cost. */
export interface SampledImages {
  /** [N, H, W, C] row-major, in [-1, 1] (not cut). */
  images: Float64Array;
  /** Network evaluations an image took (NFE). */
  evaluations: number;
}

/**
 * Algorithm 2 of Karras et al. 2022: Heun's method on the probability-flow ODE with optional fresh noise ("churn").
 * Everything outside the network is float64 on the host. One step is defined as D(sigma_max z; sigma_max).
 */
export async function edmSampler(args: EdmSamplerArgs): Promise<SampledImages> {
  const { denoiser, latents, labels, noise, onStep, signal } = args;
  const options = checked(args.options ?? {});
  const { steps, rho, sChurn, sMin, sMax, sNoise } = options;
  const sigmaMin = Math.max(options.sigmaMin, denoiser.sigmaMin);
  const sigmaMax = Math.min(options.sigmaMax, denoiser.sigmaMax);
  const t = karrasSchedule(steps, { sigmaMin, sigmaMax, rho }).map((sigma) => denoiser.roundSigma(sigma));
  t.push(0);

  let evaluations = 0;
  const denoise = async (x: Float64Array, sigma: number) => {
    evaluations += 1;
    return evaluate(denoiser, x, sigma, labels);
  };

  let x = Float64Array.from(latents, (z) => z * t[0]!);
  for (let i = 0; i < steps; i++) {
    signal?.throwIfAborted();
    const [current, next] = [t[i]!, t[i + 1]!];
    const gamma = current >= sMin && current <= sMax ? Math.min(sChurn / steps, Math.SQRT2 - 1) : 0;
    const tHat = denoiser.roundSigma(current + gamma * current);
    // The noise of a step is drawn even where none is added: which numbers an image gets does not depend on churn.
    const epsilon = noise();
    const added = Math.sqrt(Math.max(tHat ** 2 - current ** 2, 0)) * sNoise;
    const xHat = x.map((value, k) => value + added * epsilon[k]!);

    const denoised = await denoise(xHat, tHat);
    const slope = xHat.map((value, k) => (value - denoised[k]!) / tHat);
    x = xHat.map((value, k) => value + (next - tHat) * slope[k]!);
    if (i < steps - 1) {
      const corrected = await denoise(x, next);
      const predicted = x;
      x = xHat.map((value, k) => {
        const slopeAtNext = (predicted[k]! - corrected[k]!) / next;
        return value + (next - tHat) * (0.5 * slope[k]! + 0.5 * slopeAtNext);
      });
    }
    onStep?.(i + 1, steps);
  }
  return { images: x, evaluations };
}

/** D(x; sigma) for host values, all images at the same noise level. */
async function evaluate(
  denoiser: Denoiser,
  x: Float64Array,
  sigma: number,
  labels: tf.Tensor2D | undefined,
): Promise<Float32Array> {
  const { imgResolution, imgChannels } = denoiser;
  const n = x.length / (imgResolution * imgResolution * imgChannels);
  const output = tf.tidy(() =>
    denoiser.denoise(
      tf.tensor4d(Float32Array.from(x), [n, imgResolution, imgResolution, imgChannels]),
      tf.fill([n], sigma) as tf.Tensor1D,
      { labels },
    ),
  );
  try {
    return (await output.data()) as Float32Array;
  } finally {
    output.dispose();
  }
}

function checked(options: EdmSamplerOptions): Required<EdmSamplerOptions> {
  const all = {
    ...{ steps: 18, sigmaMin: 0.002, sigmaMax: 80, rho: 7, sChurn: 0, sMin: 0, sMax: Infinity, sNoise: 1 },
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  } as Required<EdmSamplerOptions>;
  const { steps, sigmaMin, sigmaMax, rho, sChurn } = all;
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`A sampler takes 1 or more steps, not ${steps}.`);
  if (!(sigmaMin > 0 && sigmaMin <= sigmaMax)) {
    throw new RangeError(`The noise levels must be 0 < sigma_min <= sigma_max, not ${sigmaMin} and ${sigmaMax}.`);
  }
  if (!(rho > 0)) throw new RangeError(`rho must be positive, not ${rho}.`);
  if (!(sChurn >= 0)) throw new RangeError(`S_churn must be 0 or more, not ${sChurn}.`);
  return all;
}
