import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  countEvaluations,
  DenoiserGenerator,
  edmSampler,
  fromUint8,
  GaussianDenoiser,
  GaussianMixtureDenoiser,
  generateImages,
  karrasSchedule,
  karrasSigma,
  karrasSigmaAt,
  sampleImages,
  NonFiniteImagesError,
  toUint8,
  type AblationSamplerOptions,
  type ClassChoice,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const gaussian = () => new GaussianDenoiser({ imgResolution: 2, imgChannels: 3, mean: 0.2, std: 0.5 });
const noNoise = (length: number) => () => new Float32Array(length);

describe('karrasSchedule', () => {
  it('has the published noise levels', () => {
    const eighteen = [80, 57.58598, 40.78557, 28.37458, 19.35245, 12.91008, 8.400935, 5.315195, 3.256822];
    eighteen.push(1.92334, 1.088171, 0.5853481, 0.2964423, 0.1395165, 0.05994731, 0.02293452, 0.00752802, 0.002);
    const forty = karrasSchedule(40);
    karrasSchedule(18).forEach((sigma, i) => expect(sigma / eighteen[i]!).toBeCloseTo(1, 6));
    [80, 69.450945, 60.117395, 51.880318].forEach((sigma, i) => expect(forty[i]! / sigma).toBeCloseTo(1, 7));
    [0.01081205, 0.00643711, 0.00367659, 0.002].forEach((sigma, i) => expect(forty[36 + i]!).toBeCloseTo(sigma, 8));
    expect(karrasSchedule(1)).toEqual([80]);
    expect(() => karrasSchedule(0)).toThrow('1 or more steps');
  });

  it('falls from the highest to the lowest level', () => {
    const level = fc.double({ min: 1e-3, max: 100, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 60 }),
        level,
        level,
        fc.double({ min: 0.5, max: 10, noNaN: true }),
        (steps, a, b, rho) => {
          fc.pre(Math.abs(a - b) > 1e-3);
          const [sigmaMin, sigmaMax] = [Math.min(a, b), Math.max(a, b)];
          const schedule = karrasSchedule(steps, { sigmaMin, sigmaMax, rho });
          expect(schedule[0]).toBeCloseTo(sigmaMax, 6);
          expect(schedule.at(-1)).toBeCloseTo(sigmaMin, 6);
          for (let i = 1; i < steps; i++) expect(schedule[i]!).toBeLessThan(schedule[i - 1]!);
        },
      ),
    );
    expect(karrasSigma(0.5)).toBeCloseTo(2.51521898, 7);
  });

  it('runs from the lowest level to the highest in time', () => {
    const range = { sigmaMin: 0.1, sigmaMax: 20 };
    expect(karrasSigmaAt(0, range)).toBeCloseTo(0.1, 12);
    expect(karrasSigmaAt(1, range)).toBeCloseTo(20, 12);
    expect(karrasSigmaAt(0.25, range)).toBe(karrasSigma(0.75, range));
  });
});

describe('edmSampler', () => {
  it('follows the exact probability-flow ODE of a Gaussian', async () => {
    const latents = new Rng(1).normal(4 * 12);
    const { images, evaluations } = await edmSampler({
      denoiser: gaussian(),
      latents,
      noise: noNoise(latents.length),
      options: { steps: 400 },
    });
    expect(evaluations).toBe(799);
    expect(countEvaluations({ steps: 400 })).toBe(799);
    // x_0 - m = (x_T - m) sqrt(s^2 / (s^2 + T^2)): the ODE keeps the number of standard deviations from the mean.
    const shrink = Math.sqrt(0.25 / (0.25 + 80 ** 2));
    images.forEach((x, i) => expect(Math.abs(x - (0.2 + (80 * latents[i]! - 0.2) * shrink))).toBeLessThan(2e-4));
  });

  it('converges with second order', async () => {
    const latents = Float32Array.from({ length: 12 }, () => 1);
    const exact = 0.2 + (80 - 0.2) * Math.sqrt(0.25 / (0.25 + 80 ** 2));
    const error = async (steps: number) => {
      const options = { steps, sigmaMin: 0.01 };
      const { images } = await edmSampler({ denoiser: gaussian(), latents, noise: noNoise(12), options });
      return Math.abs(images[0]! - exact);
    };
    expect((await error(16)) / (await error(32))).toBeGreaterThan(3);
  });

  it('with churn still gives samples of the distribution', async () => {
    const n = 1000;
    const rng = new Rng(2);
    const { images } = await edmSampler({
      denoiser: gaussian(),
      latents: rng.normal(n * 12),
      noise: () => rng.normal(n * 12),
      options: { steps: 150, sChurn: 10, sMin: 0.05, sMax: 50 },
    });
    const mean = images.reduce((a, b) => a + b) / images.length;
    const std = Math.sqrt(images.reduce((a, b) => a + (b - mean) ** 2, 0) / images.length);
    expect(Math.abs(mean - 0.2)).toBeLessThan(0.01);
    expect(Math.abs(std - 0.5)).toBeLessThan(0.01);
  });

  it('of one step is the denoiser at the highest noise level', async () => {
    const latents = new Rng(3).normal(12);
    const denoiser = gaussian();
    const { images, evaluations } = await edmSampler({ denoiser, latents, noise: noNoise(12), options: { steps: 1 } });
    const expected = await new DenoiserGenerator(denoiser, 80).generate(tf.tensor(latents, [1, 2, 2, 3])).data();
    expect(evaluations).toBe(1);
    images.forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, 6));
  });

  it('keeps to the noise levels that the network knows', async () => {
    const seen: number[] = [];
    const exact = gaussian();
    const picky = Object.assign(Object.create(exact) as GaussianDenoiser, {
      sigmaMin: 0.1,
      sigmaMax: 9.6,
      roundSigma: (sigma: number) => Math.round(sigma * 8) / 8,
      denoise(x: tf.Tensor4D, sigma: tf.Tensor1D) {
        seen.push(sigma.dataSync()[0]!);
        return exact.denoise(x, sigma);
      },
    });
    const options = { steps: 8, sChurn: 8 };
    await edmSampler({ denoiser: picky, latents: new Float32Array(12), noise: noNoise(12), options });
    expect(seen.length).toBe(15);
    for (const sigma of seen) expect(sigma * 8).toBe(Math.round(sigma * 8));
    expect(Math.max(...seen)).toBeLessThan(9.6 * Math.SQRT2 + 0.1);
  });

  it('says what is wrong with its options', async () => {
    const sample = (options: object) =>
      edmSampler({ denoiser: gaussian(), latents: new Float32Array(12), noise: noNoise(12), options });
    await expect(sample({ steps: 0 })).rejects.toThrow('1 or more steps, not 0');
    await expect(sample({ sigmaMin: 90 })).rejects.toThrow('sigma_min <= sigma_max');
    await expect(sample({ rho: 0 })).rejects.toThrow('rho must be positive');
    await expect(sample({ sChurn: -1 })).rejects.toThrow('S_churn');
  });

  it('stops at a signal, without leaving tensors behind', async () => {
    const denoiser = gaussian();
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    const sampling = sampleImages({
      denoiser,
      seeds: [1],
      onStep: (done) => done === 3 && stop.abort(),
      signal: stop.signal,
    });
    await expect(sampling).rejects.toThrow('aborted');
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('an image of a seed', () => {
  const image = (value: number) => new Float32Array(12).fill(value);
  const conditional = new GaussianMixtureDenoiser({
    imgResolution: 2,
    imgChannels: 3,
    means: [image(-1), image(0), image(1)],
    std: 0.1,
    classes: [0, 1, 2],
  });

  it.each<[string, AblationSamplerOptions]>([
    ['deterministic', { steps: 4 }],
    ['stochastic', { steps: 4, sChurn: 2 }],
    ['of the ablation sampler', { steps: 4, sChurn: 2, solver: 'euler', schedule: 'vp', scaling: 'vp' }],
  ])('does not depend on the batch it is made in, %s, with a random class', async (_, options) => {
    const alone = new Map<number, Float64Array>();
    for (const seed of [0, 5, 6, 7, 2 ** 32 + 5]) {
      const { images } = await sampleImages({ denoiser: conditional, seeds: [seed], options });
      alone.set(seed, images);
    }
    expect(new Set([...alone.values()].map((images) => images[0])).size).toBe(alone.size);
    const batches = fc.array(fc.constantFrom(...alone.keys()), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(batches, async (seeds) => {
        const { images } = await sampleImages({ denoiser: conditional, seeds, options });
        seeds.forEach((seed, i) => expect(images.slice(i * 12, (i + 1) * 12)).toEqual(alone.get(seed)));
      }),
      { numRuns: 15 },
    );
  });

  it('of a generator does not depend on its batch', async () => {
    const generator = new DenoiserGenerator(conditional, 2.5);
    const all = await generateImages({ generator, seeds: [5, 6, 7, 8] });
    const last = await generateImages({ generator, seeds: [8] });
    expect(last).toEqual(all.slice(36));
  });

  it('is of the class asked for', async () => {
    const { images } = await sampleImages({
      denoiser: conditional,
      seeds: [1, 2, 3],
      classIndex: 2,
      options: { steps: 18 },
    });
    images.forEach((x) => expect(Math.abs(x - 1)).toBeLessThan(0.6));
    await expect(sampleImages({ denoiser: conditional, seeds: [1], classIndex: 3 })).rejects.toThrow('classes 0 to 2');
    await expect(sampleImages({ denoiser: gaussian(), seeds: [1], classIndex: 0 })).rejects.toThrow('unconditional');
  });

  const toy = { denoiser: conditional, generator: new DenoiserGenerator(conditional, 2.5) };

  it.each(['sampled', 'generated'] as const)('is of its own class where each image has one, %s', async (how) => {
    const make = async (seeds: number[], choice: ClassChoice) =>
      how === 'sampled'
        ? (await sampleImages({ ...toy, seeds, ...choice, options: { steps: 4, sChurn: 2 } })).images
        : generateImages({ ...toy, seeds, ...choice });
    const all = await make([4, 4, 5], { classes: [2, 0, 2] });
    expect(all.slice(0, 12)).toEqual(await make([4], { classIndex: 2 }));
    expect(all.slice(12, 24)).toEqual(await make([4], { classIndex: 0 }));
    expect(all.slice(24)).toEqual(await make([5], { classIndex: 2 }));

    await expect(make([1, 2], { classes: [0] })).rejects.toThrow('1 classes for 2 seeds');
    await expect(make([1, 2], { classes: [0, 3] })).rejects.toThrow('Class 3 does not exist');
    await expect(make([1], { classes: [0], classIndex: 0 })).rejects.toThrow('not both');
  });
});

it('a mixture of one component is a Gaussian, and its null label stands for all classes', () => {
  const single = { imgResolution: 2, imgChannels: 3, means: [new Float32Array(12).fill(0.2)], std: 0.5 };
  const x = tf.tensor4d(new Rng(4).normal(24), [2, 2, 2, 3]);
  const sigma = tf.tensor1d([0.3, 4]);
  const expected = gaussian().denoise(x, sigma).dataSync();
  const actual = new GaussianMixtureDenoiser({ ...single, classes: [0] }).denoise(x, sigma, {
    labels: tf.zeros([2, 1]),
  });
  actual.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
});

it('images become bytes the published way', () => {
  expect([...toUint8([-2, -1, 0, 0.999, 1, 3])]).toEqual([0, 0, 128, 255, 255, 255]);
  expect(() => toUint8([0, NaN], 'a.pkl')).toThrow(NonFiniteImagesError);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(toUint8(fromUint8(bytes))).toEqual(bytes);
  expect([...fromUint8(Uint8Array.of(0, 255))]).toEqual([-1, 1]);
});
