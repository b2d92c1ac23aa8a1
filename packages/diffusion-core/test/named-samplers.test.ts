import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ddimSampler,
  GaussianDenoiser,
  karrasSchedule,
  sampleImages,
  SAMPLERS,
  stepsWithin,
  type NoiseLevelOptions,
  type SamplerName,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const [MEAN, STD] = [0.2, 0.5];
const NAMES = Object.keys(SAMPLERS) as SamplerName[];
const gaussian = (size = 1) => new GaussianDenoiser({ imgResolution: size, imgChannels: 1, mean: MEAN, std: STD });
const noNoise = (length: number) => () => new Float32Array(length);

/** The image of one latent without fresh noise. */
async function endOf(name: SamplerName, z: number, options: NoiseLevelOptions): Promise<number> {
  const args = { denoiser: gaussian(), latents: Float32Array.of(z), noise: noNoise(1), options };
  return (await SAMPLERS[name].sample(args)).images[0]!;
}

describe('a sampler by its name', () => {
  // x_0 - m = (x_T - m) sqrt(s^2 / (s^2 + T^2)) on the probability-flow ODE of a Gaussian.
  it.each([
    ['ddim', 1],
    ['euler', 1],
    ['heun', 2],
    ['dpm-solver++', 2],
  ] as const)('%s converges to the exact path of a Gaussian with order %i', async (name, order) => {
    const sigmaMin = 0.05;
    const path = (sigma: number) => MEAN + (80 - MEAN) * Math.sqrt((STD ** 2 + sigma ** 2) / (STD ** 2 + 80 ** 2));
    // The last step goes from sigma_min to the denoiser's image, whatever the number of steps.
    const exact = MEAN + (path(sigmaMin) - MEAN) * (STD ** 2 / (STD ** 2 + sigmaMin ** 2));
    const error = async (steps: number) => Math.abs((await endOf(name, 1, { steps, sigmaMin })) - exact);
    const ratio = (await error(41)) / (await error(81));
    expect(Math.log2(ratio)).toBeGreaterThan(order - 0.35);
    expect(Math.log2(ratio)).toBeLessThan(order + 0.6);
  });

  it('is exact in any number of steps where all images are one: x = m + sigma z', async () => {
    const one = new GaussianDenoiser({ imgResolution: 1, imgChannels: 1, mean: MEAN, std: 1e-9 });
    for (const name of NAMES) {
      for (const steps of [1, 2, 5]) {
        const args = { denoiser: one, latents: Float32Array.of(1.5), noise: noNoise(1), options: { steps } };
        expect((await SAMPLERS[name].sample(args)).images[0], `${name} ${steps}`).toBeCloseTo(MEAN, 6);
      }
    }
  });

  it('DDIM and Euler give the same numbers', async () => {
    const latents = new Rng(4).normal(8);
    const args = { denoiser: gaussian(2), latents, noise: noNoise(8), options: { steps: 7 } };
    const [ddim, euler] = [await SAMPLERS.ddim.sample(args), await SAMPLERS.euler.sample(args)];
    ddim.images.forEach((x, i) => expect(x).toBeCloseTo(euler.images[i]!, 10));
  });

  it('DDPM has the variance that its steps have on a Gaussian, whose limit is the distribution', async () => {
    const n = 20_000;
    const stdAfter = async (steps: number) => {
      const rng = new Rng(2);
      const denoiser = gaussian(100);
      const { images } = await SAMPLERS.ddpm.sample({
        denoiser,
        latents: rng.normal(n),
        noise: () => rng.normal(n),
        options: { steps, sigmaMin: 0.01 },
      });
      return Math.sqrt(images.reduce((sum, x) => sum + (x - MEAN) ** 2, 0) / n);
    };
    /** v' = (shrink + kept (1 - shrink))^2 v + c^2, with the posterior's c^2 = sigma'^2 (sigma^2 - sigma'^2) / sigma^2. */
    const expected = (steps: number) => {
      const levels = [...karrasSchedule(steps, { sigmaMin: 0.01 }), 0];
      let variance = levels[0]! ** 2;
      for (let i = 0; i < steps; i++) {
        const [a, b] = [levels[i]! ** 2, levels[i + 1]! ** 2];
        const shrink = STD ** 2 / (STD ** 2 + a);
        variance = (shrink + (b / a) * (1 - shrink)) ** 2 * variance + (b * (a - b)) / a;
      }
      return Math.sqrt(variance);
    };
    for (const steps of [4, 12, 60]) expect((await stdAfter(steps)) / expected(steps)).toBeCloseTo(1, 1.6);
    expect(expected(2000)).toBeCloseTo(STD, 2);
  });

  it('counts its network calls, and says how many steps they allow', async () => {
    for (const name of NAMES) {
      for (const steps of [1, 2, 6]) {
        const args = { denoiser: gaussian(), latents: Float32Array.of(1), noise: noNoise(1), options: { steps } };
        const { evaluations } = await SAMPLERS[name].sample(args);
        expect(evaluations).toBe(SAMPLERS[name].evaluations(steps));
      }
    }
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.integer({ min: 1, max: 200 }), (name, calls) => {
        const steps = stepsWithin(name, calls);
        const { evaluations } = SAMPLERS[name];
        expect(evaluations(steps)).toBeLessThanOrEqual(calls);
        expect(evaluations(steps + 1)).toBeGreaterThan(calls);
      }),
    );
    expect(stepsWithin('heun', 8)).toBe(4);
    expect(() => stepsWithin('ddim', 0)).toThrow('1 or more calls');
  });

  it('gives each seed the same image in any batch, and keeps to the levels that a network knows', async () => {
    const denoiser = Object.assign(gaussian(2), { sigmaMax: 10 });
    for (const sampler of NAMES) {
      const images = async (seeds: number[]) =>
        (await sampleImages({ denoiser, seeds, sampler, options: { steps: 3 } })).images;
      const [together, alone] = [await images([0, 1]), await images([1])];
      alone.forEach((x, i) => expect(x, sampler).toBeCloseTo(together[4 + i]!, 9));
    }
  });

  it('refuses what it has no use for', async () => {
    const sample = (options: object) => sampleImages({ denoiser: gaussian(), seeds: [0], sampler: 'ddim', options });
    await expect(sample({ solver: 'heun' })).rejects.toThrow(/leave solver/);
    await expect(sample({ sChurn: 1 })).rejects.toThrow(/S_churn/);
    await expect(sample({ steps: 0 })).rejects.toThrow('1 or more steps');
    const args = { denoiser: gaussian(), latents: Float32Array.of(1), noise: noNoise(1), options: { eta: 1.5 } };
    await expect(ddimSampler(args)).rejects.toThrow('eta must be from 0 to 1');
  });
});
