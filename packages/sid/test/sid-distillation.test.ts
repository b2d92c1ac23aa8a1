import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultsOf, GaussianDenoiser, logNormalSigmas, RandomStreams } from '@onestep/diffusion-core';
import { sid, SID_OPTIONS, sidSigmas, type SidOptions } from '@onestep/sid';
import { relativeError } from '../../../test-support/fixtures.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const PIXELS = 48;
const TEACHER = { mean: 0.4, std: 0.5 };
const teacher = () => new GaussianDenoiser({ imgResolution: 4, imgChannels: 3, ...TEACHER });
/** D(x; sigma) of pixels that are N(mean, std^2), in double precision. */
const denoise = (x: number, sigma: number, { mean, std } = TEACHER) =>
  mean + (std ** 2 / (std ** 2 + sigma ** 2)) * (x - mean);
const OPTIONS = { batch: 12, lr: 1e-2, glr: 1e-2, emaHalfLifeKimg: 0.1, seed: 3 };
const method = (options: Partial<SidOptions> = {}) =>
  sid.create({ teacher: teacher(), options: { ...OPTIONS, ...options } });

async function steps(distillation: ReturnType<typeof method>, from: number, to: number) {
  const stats = [];
  for (let i = from; i < to; i++) stats.push(await distillation.step(i * distillation.batchSize));
  return stats;
}

describe('sid', () => {
  it('starts from the teacher', async () => {
    const distillation = method();
    const weights = await teacher().module.stateDict();
    expect(await distillation.student.module.stateDict()).toEqual(weights);
    expect(await distillation.fakeScore.module.stateDict()).toEqual(weights);
    expect((await distillation.snapshot()).tensors).toEqual(weights);
  });

  it('reports the losses and the diagnostics of its own draws', async () => {
    const [ls, lsg, alpha, tmax] = [0.5, 20, 1.2, 700];
    const distillation = method({ ls, lsg, alpha, tmax });
    const stats = (await steps(distillation, 0, 1))[0]!;

    // The same draws, from streams of the same names: first the fake score network's, then the student's.
    const streams = new RandomStreams(OPTIONS.seed, 'sid', ['z', 'sigma', 'noise']);
    const normal = (name: 'z' | 'noise') => streams.get(name).normal(OPTIONS.batch * PIXELS);
    const [fakeZ, z, fakeNoise, noise] = [normal('z'), normal('z'), normal('noise'), normal('noise')];
    const fakeSigma = logNormalSigmas(streams.get('sigma').normal(OPTIONS.batch));
    const sigma = sidSigmas(streams.get('sigma').uniform(OPTIONS.batch), tmax);
    const mean = (f: (sample: number) => number) =>
      Array.from({ length: OPTIONS.batch }, (_, sample) => f(sample)).reduce((a, b) => a + b) / OPTIONS.batch;
    const sum = (f: (pixel: number) => number, sample: number) =>
      Array.from({ length: PIXELS }, (_, i) => f(sample * PIXELS + i)).reduce((a, b) => a + b);

    // Both networks are the teacher still. lambda(sigma) |f_psi(x_g + sigma noise) - x_g|^2
    const made = (latents: Float32Array, i: number) => denoise(2.5 * latents[i]!, 2.5);
    const denoising = mean((n) => {
      const level = fakeSigma[n]!;
      const lambda = (level ** 2 + 0.25) / (level * 0.5) ** 2;
      return lambda * sum((i) => (denoise(made(fakeZ, i) + level * fakeNoise[i]!, level) - made(fakeZ, i)) ** 2, n);
    });
    expect(stats['fake_score_Loss/loss']! / (ls * denoising)).toBeCloseTo(1, 4);

    // The fake score network has made its step, the student has not.
    const weights = await distillation.fakeScore.module.stateDict();
    const settings = (i: number) => ({
      mean: weights.mean!.data[i % 3] as number,
      std: Math.exp(weights.log_std!.data[i % 3] as number),
    });
    const xt = (i: number) => made(z, i) + sigma[Math.floor(i / PIXELS)]! * noise[i]!;
    const phi = (i: number) => denoise(xt(i), sigma[Math.floor(i / PIXELS)]!);
    const gap = (i: number) => phi(i) - denoise(xt(i), sigma[Math.floor(i / PIXELS)]!, settings(i));
    const weight = (n: number) => PIXELS / sum((i) => Math.abs(made(z, i) - phi(i)), n);
    const loss = mean((n) => weight(n) * sum((i) => gap(i) * (phi(i) - made(z, i) - alpha * gap(i)), n));
    const expected = {
      'G_Loss/loss': lsg * loss,
      Score_gap: mean((n) => Math.sqrt(sum((i) => gap(i) ** 2, n) / PIXELS)),
      Teacher_distance: mean((n) => Math.sqrt(sum((i) => (phi(i) - made(z, i)) ** 2, n) / PIXELS)),
      Loss_weight: mean(weight),
    };
    for (const [name, value] of Object.entries(expected)) expect(stats[name]! / value, name).toBeCloseTo(1, 3);
    expect(stats.NaN_samples).toBe(0);
    expect(Object.keys(stats)).toEqual(['fake_score_Loss/loss', ...Object.keys(expected), 'NaN_samples']);
  });

  it('has the same gradients in micro-batches as at once, to 1e-5', async () => {
    /** Adam's first moments, which without momentum are the gradients of the last step. */
    const gradients = async (batchGpu: number | null) => {
      const distillation = method({ batchGpu });
      const [stats] = await steps(distillation, 0, 1);
      const { tensors } = await distillation.state();
      return { stats: stats!, moments: Object.entries(tensors).filter(([name]) => name.includes('.exp_avg.')) };
    };
    const whole = await gradients(null);
    expect(whole.moments.map(([name]) => name)).toEqual([
      'fake_score_optimizer.exp_avg.mean',
      'fake_score_optimizer.exp_avg.log_std',
      'g_optimizer.exp_avg.mean',
      'g_optimizer.exp_avg.log_std',
    ]);
    for (const batchGpu of [1, 3, 4]) {
      const { stats, moments } = await gradients(batchGpu);
      moments.forEach(([name, { data }], i) => {
        const expected = whole.moments[i]![1].data as Float32Array;
        expect(relativeError(data as Float32Array, expected), name).toBeLessThan(1e-5);
      });
      for (const [name, value] of Object.entries(whole.stats)) {
        expect(Math.abs(stats[name]! - value), name).toBeLessThan(1e-5 * (1 + Math.abs(value)));
      }
    }
  });

  it('resumes exactly from its state', async () => {
    const whole = method();
    await steps(whole, 0, 4);
    const state = JSON.stringify((await whole.state()).values);
    const { tensors } = await whole.state();
    const later = await steps(whole, 4, 7);

    const resumed = method();
    await resumed.restore({ tensors, values: JSON.parse(state) as Record<string, unknown> });
    expect(await steps(resumed, 4, 7)).toEqual(later);
    expect(await resumed.state()).toEqual(await whole.state());
    await expect(resumed.restore({ tensors, values: { method: 'boot' } })).rejects.toThrow(
      'was saved by boot, not sid',
    );
  });

  it('keeps no tensors from step to step, and none after it is disposed of', async () => {
    const network = teacher();
    const before = tf.memory().numTensors;
    const distillation = sid.create({ teacher: network, options: { ...OPTIONS, batchGpu: 4 } });
    await steps(distillation, 0, 1);
    const after = tf.memory().numTensors;
    await steps(distillation, 1, 4);
    expect(tf.memory().numTensors).toBe(after);
    distillation.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a snapshot says what it takes to use it', async () => {
    const { metadata } = await method({ alpha: 1 }).snapshot();
    expect(JSON.parse(metadata.onestep!)).toEqual({
      ...teacher().settings,
      generator: { method: 'sid', initSigma: 2.5, alpha: 1 },
    });
  });
});

describe('options of SiD', () => {
  it('are the published ones where nothing is given', () => {
    expect(sid.settle({})).toEqual(defaultsOf(SID_OPTIONS));
    expect(method({ batch: 12, batchGpu: 100 }).uploads.microBatches).toMatchObject({ size: 12, count: 1 });
  });

  it('says what is wrong', () => {
    expect(() => method({ batch: 64, batchGpu: 48 })).toThrow('64 images cannot be split into micro-batches of 48');
    expect(() => sid.settle({ tmax: 2000 })).toThrow('tmax must be a number above 0 and at most 1000, not 2000');
    expect(() => sid.settle({ initSigma: 0 })).toThrow('initSigma must be a number above 0');
    expect(() => sid.settle({ gBeta1: 1 })).toThrow('gBeta1 must be a number of at least 0 and below 1');
    expect(() => sid.settle({ batch: 0 })).toThrow('batch must be a whole number from 1');
  });
});
