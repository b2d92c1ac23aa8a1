import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffInstruct } from '@onestep/diff-instruct';
import { GaussianDenoiser, logNormalSigmas, RandomStreams } from '@onestep/diffusion-core';

beforeAll(async () => void (await tf.setBackend('cpu')));

const PIXELS = 12;
const BATCH = 6;
const TEACHER = { mean: 0.4, std: 0.5 };
/** D(x; sigma) of pixels that are N(mean, std^2), in double precision. */
const denoise = (x: number, sigma: number, { mean, std } = TEACHER) =>
  mean + (std ** 2 / (std ** 2 + sigma ** 2)) * (x - mean);

describe('the statistics of a step of Diff-Instruct', () => {
  it('are the published losses without their scales, and the diagnostics, of its own draws', async () => {
    const options = { batch: BATCH, seed: 3, lr: 1e-2, glr: 1e-2, ls: 7, sgls: 0.5, initSigma: 1.5 };
    const weight = (sigma: tf.Tensor1D): tf.Tensor1D => tf.mul(sigma, 2);
    const teacher = new GaussianDenoiser({ imgResolution: 2, imgChannels: 3, ...TEACHER });
    const run = diffInstruct.create({ teacher, options: { ...options, weight } });
    const stats = await run.step(0);

    // The same draws, from streams of the same names: first the fake score network's, then the student's.
    const streams = new RandomStreams(3, 'diff-instruct', ['z', 'sigma', 'noise']);
    const normal = (name: 'z' | 'noise') => streams.get(name).normal(BATCH * PIXELS);
    const levels = () => logNormalSigmas(streams.get('sigma').normal(BATCH));
    const [fakeZ, z] = [normal('z'), normal('z')];
    const [fakeNoise, noise] = [normal('noise'), normal('noise')];
    const [fakeSigma, sigma] = [levels(), levels()];
    const mean = (f: (sample: number) => number) =>
      Array.from({ length: BATCH }, (_, sample) => f(sample)).reduce((a, b) => a + b) / BATCH;
    const sum = (f: (pixel: number) => number, sample: number) =>
      Array.from({ length: PIXELS }, (_, i) => f(sample * PIXELS + i)).reduce((a, b) => a + b);

    // Both networks are the teacher still.
    const made = (latents: Float32Array, i: number) => denoise(1.5 * latents[i]!, 1.5);
    const denoising = mean((n) => {
      const level = fakeSigma[n]!;
      const lambda = (level ** 2 + 0.25) / (level * 0.5) ** 2;
      return lambda * sum((i) => (denoise(made(fakeZ, i) + level * fakeNoise[i]!, level) - made(fakeZ, i)) ** 2, n);
    });
    expect(stats['SgLoss/loss']! / (denoising / PIXELS)).toBeCloseTo(1, 4);

    // The fake score network has made its step, the student has not.
    const weights = await run.fakeScore.module.stateDict();
    const fake = (i: number) => ({
      mean: weights.mean!.data[i % 3] as number,
      std: Math.exp(weights.log_std!.data[i % 3] as number),
    });
    const level = (i: number) => sigma[Math.floor(i / PIXELS)]!;
    const xt = (i: number) => made(z, i) + level(i) * noise[i]!;
    const phi = (i: number) => denoise(xt(i), level(i));
    const gap = (i: number) => denoise(xt(i), level(i), fake(i)) - phi(i);
    const expected = {
      'GLoss/loss': mean((n) => (2 / sigma[n]!) * sum((i) => gap(i) * made(z, i), n)),
      Score_gap: mean((n) => Math.sqrt(sum((i) => gap(i) ** 2, n) / PIXELS)),
      Teacher_distance: mean((n) => Math.sqrt(sum((i) => (phi(i) - made(z, i)) ** 2, n) / PIXELS)),
      Loss_weight: mean((n) => 2 / sigma[n]!),
    };
    for (const [name, value] of Object.entries(expected)) expect(stats[name]! / value, name).toBeCloseTo(1, 3);
    expect(stats.NaN_samples).toBe(0);
    expect(Object.keys(stats)).toEqual(['SgLoss/loss', ...Object.keys(expected), 'NaN_samples']);
  });
});
