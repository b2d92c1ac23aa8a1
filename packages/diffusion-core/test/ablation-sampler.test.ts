import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ablationSampler,
  edmSampler,
  fitVpSchedule,
  GaussianDenoiser,
  iddpmLevels,
  sampleImages,
  vpSigma,
  type AblationSamplerOptions,
  type Denoiser,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const [MEAN, STD] = [0.2, 0.5];
const gaussian = () => new GaussianDenoiser({ imgResolution: 2, imgChannels: 3, mean: MEAN, std: STD });

/** A Gaussian denoiser with other properties, that keeps the noise levels it is asked for. */
function recorder(properties: Partial<Denoiser> = {}): { denoiser: Denoiser; seen: number[] } {
  const seen: number[] = [];
  const exact = gaussian();
  const denoise = (x: tf.Tensor4D, sigma: tf.Tensor1D) => {
    seen.push(sigma.dataSync()[0]!);
    return exact.denoise(x, sigma);
  };
  return { seen, denoiser: Object.assign(Object.create(exact) as GaussianDenoiser, { denoise }, properties) };
}

const LATENTS = Float32Array.of(1, -1, 0.5, 2, -0.3, 1.5, 1, -2, 0.1, 0.7, -0.7, 3);
const sample = (options: AblationSamplerOptions, denoiser: Denoiser = gaussian()) =>
  ablationSampler({ denoiser, latents: LATENTS, noise: () => new Float32Array(12), options });

const DISCRETIZATIONS = ['vp', 've', 'iddpm', 'edm'] as const;
const PATHS = (['vp', 've', 'linear'] as const).flatMap((schedule) =>
  (['vp', 'none'] as const).map((scaling) => ({ schedule, scaling })),
);

/** The end of the probability-flow ODE from sigma: it keeps the number of standard deviations from the mean. */
const exactImage = (x: number, sigma: number) => MEAN + (x - MEAN) * Math.sqrt(STD ** 2 / (STD ** 2 + sigma ** 2));

describe.each(PATHS)('the path with schedule $schedule and scaling $scaling', (path) => {
  /** Largest error of an image: a path of the EDM levels from 3 to 0.001. */
  async function error(options: AblationSamplerOptions): Promise<number> {
    const { images } = await sample({ sigmaMin: 1e-3, sigmaMax: 3, ...path, ...options });
    return Math.max(...images.map((x, k) => Math.abs(x - exactImage(3 * LATENTS[k]!, 3))));
  }

  it('ends where the probability-flow ODE of a Gaussian does', async () => {
    expect(await error({ steps: 300 })).toBeLessThan(5e-4);
  });

  it('has the order of its solver', async () => {
    const ratio = async (steps: number, more: number, options: AblationSamplerOptions) =>
      (await error({ steps, ...options })) / (await error({ steps: more, ...options }));
    // Twice as many steps, half or a quarter of the error.
    const euler = await ratio(80, 160, { solver: 'euler' });
    expect(Math.abs(euler - 2)).toBeLessThan(0.2);
    const heun = await ratio(80, 160, { alpha: 1 });
    expect(Math.abs(heun - 4)).toBeLessThan(0.5);
    // On some paths the leading terms of these cancel, and the error falls faster.
    for (const alpha of [0.5, 2 / 3]) expect(await ratio(40, 160, { alpha })).toBeGreaterThan(9);
  });

  it('of one step is a step of Euler, and defined for all time steps', async () => {
    for (const discretization of DISCRETIZATIONS) {
      for (const solver of ['euler', 'heun'] as const) {
        const { denoiser, seen } = recorder();
        const { images, evaluations } = await sample({ ...path, solver, discretization, steps: 1 }, denoiser);
        expect(evaluations).toBe(1);
        expect(images.every(Number.isFinite)).toBe(true);
        if (path.scaling === 'none' && path.schedule !== 'vp') {
          const shrink = STD ** 2 / (STD ** 2 + seen[0]! ** 2);
          images.forEach((value, k) => {
            const x = seen[0]! * LATENTS[k]!;
            const denoised = MEAN + shrink * (x - MEAN);
            // In sigma^2, in place of sigma, a straight line goes half as far.
            expect(value).toBeCloseTo(path.schedule === 'linear' ? denoised : (x + denoised) / 2, 4);
          });
        }
      }
    }
  });

  it('with fresh noise gives samples of the distribution', async () => {
    const n = 700;
    const rng = new Rng(2);
    const noise = () => rng.normal(n * 12);
    const options = { ...path, steps: 100, sChurn: 10, sMin: 0.05, sMax: 50 };
    const { images } = await ablationSampler({ denoiser: gaussian(), latents: noise(), noise, options });
    const mean = images.reduce((a, b) => a + b) / images.length;
    const std = Math.sqrt(images.reduce((a, b) => a + (b - mean) ** 2, 0) / images.length);
    // The standard error of both is 0.005 or less.
    expect(Math.abs(mean - MEAN)).toBeLessThan(0.02);
    expect(Math.abs(std - STD)).toBeLessThan(0.02);
  });
});

describe('the ablation sampler', () => {
  it('chooses the range by the discretization, within the levels that the network knows', async () => {
    const ends = async (options: AblationSamplerOptions, properties?: Partial<Denoiser>) => {
      const { denoiser, seen } = recorder(properties);
      await sample({ solver: 'euler', steps: 9, ...options }, denoiser);
      expect(seen).toHaveLength(9);
      return [seen[0]!.toPrecision(5), seen[8]!.toPrecision(5)];
    };
    expect(await ends({ discretization: 'vp' })).toEqual(['152.17', '0.010486']);
    expect(await ends({ discretization: 've' })).toEqual(['100.00', '0.020000']);
    expect(await ends({ discretization: 'edm' })).toEqual(['80.000', '0.0020000']);
    const levels = iddpmLevels({ c1: 0.001, c2: 0.008, timesteps: 1000 });
    const below = levels.filter((u) => u <= 81)[0]!;
    expect(await ends({ discretization: 'iddpm' })).toEqual([below.toPrecision(5), levels[999]!.toPrecision(5)]);
    for (const discretization of DISCRETIZATIONS.filter((name) => name !== 'iddpm')) {
      expect(await ends({ discretization }, { sigmaMin: 0.5, sigmaMax: 4 })).toEqual(['4.0000', '0.50000']);
      expect(await ends({ discretization, sigmaMin: 0.7, sigmaMax: 2 })).toEqual(['2.0000', '0.70000']);
    }
  });

  it.each(PATHS)('asks for levels that the network knows: $schedule, $scaling', async (path) => {
    const { denoiser, seen } = recorder({ roundSigma: (sigma) => Math.max(0.125, Math.round(sigma * 8) / 8) });
    await sample({ ...path, steps: 8, sChurn: 8, sigmaMin: 0.01, sigmaMax: 9.6 }, denoiser);
    for (const sigma of seen) expect(sigma * 8).toBeCloseTo(Math.round(sigma * 8), 4);
  });

  it('counts its evaluations', async () => {
    expect((await sample({ solver: 'euler', steps: 7 })).evaluations).toBe(7);
    expect((await sample({ solver: 'heun', steps: 7 })).evaluations).toBe(13);
  });

  it('with the choices of EDM is the EDM sampler', async () => {
    const options = { steps: 11, sChurn: 4, sMin: 0.1, sMax: 30, sNoise: 1.01 };
    const noise = () => new Rng(5).normal(12);
    const args = { denoiser: gaussian(), latents: LATENTS, options };
    const rng = [new Rng(6), new Rng(6)];
    const [edm, ablation] = [
      await edmSampler({ ...args, noise: () => rng[0]!.normal(12) }),
      await ablationSampler({ ...args, noise: () => rng[1]!.normal(12) }),
    ];
    edm.images.forEach((x, k) => expect(ablation.images[k]).toBeCloseTo(x, 5));
    expect(ablation.evaluations).toBe(edm.evaluations);
    expect((await edmSampler({ ...args, noise })).images).not.toEqual(edm.images);
  });

  it('is what sampleImages uses if one of its choices is made', async () => {
    const make = (options: AblationSamplerOptions) => sampleImages({ denoiser: gaussian(), seeds: [1], options });
    expect((await make({ steps: 5, solver: 'euler' })).evaluations).toBe(5);
    expect((await make({ steps: 5 })).evaluations).toBe(9);
    const { denoiser, seen } = recorder();
    await sampleImages({ denoiser, seeds: [1], options: { discretization: 've', steps: 2 } });
    expect(seen[0]).toBeCloseTo(100, 4);
  });

  it('says what is wrong with its options', async () => {
    const refuses = async (options: object, message: RegExp, denoiser?: Denoiser) =>
      expect(sample(options, denoiser)).rejects.toThrow(message);
    await refuses({ solver: 'rk4' }, /no solver rk4.*euler, heun/);
    await refuses({ discretization: 'cosine' }, /discretization cosine.*vp, ve, iddpm, edm/);
    await refuses({ schedule: 'edm' }, /schedule edm.*vp, ve, linear/);
    await refuses({ scaling: 'edm' }, /scaling edm.*vp, none/);
    await refuses({ steps: 0 }, /1 or more steps/);
    await refuses({ alpha: 0 }, /alpha/);
    await refuses({ epsilonS: 1 }, /epsilon_s/);
    await refuses({ rho: 0 }, /rho must be positive/);
    await refuses({ sNoise: -1 }, /S_noise/);
    await refuses({ sigmaMin: 3, sigmaMax: 2 }, /sigma_min <= sigma_max/);
    await refuses(
      { sigmaMax: 0.1 },
      /knows the noise levels from 0\.5 to 4.*0\.002 to sigma_max 0\.1/,
      recorder({ sigmaMin: 0.5, sigmaMax: 4 }).denoiser,
    );
    // The fitted beta(t) falls from 10 to -0.9 here, and with it sigma(t) at the end.
    await refuses({ schedule: 'vp', sChurn: 8, sigmaMin: 0.1, sigmaMax: 9.6 }, /vp schedule.*does not reach/);
    await refuses({ discretization: 'iddpm', sigmaMin: 100, sigmaMax: 101 }, /no noise level from 100 to 101/);
  });
});

it('a VP schedule is fitted to its range', () => {
  const published = { betaD: 19.9, betaMin: 0.1 };
  const fitted = fitVpSchedule(vpSigma(1e-3, published), vpSigma(1, published), 1e-3);
  expect(fitted.betaD).toBeCloseTo(19.9, 8);
  expect(fitted.betaMin).toBeCloseTo(0.1, 8);
  const edm = fitVpSchedule(0.002, 80, 1e-3);
  expect(edm.betaD).toBeCloseTo(17.53795699, 7);
  expect(edm.betaMin).toBeCloseTo(-0.00476899, 7);
});
