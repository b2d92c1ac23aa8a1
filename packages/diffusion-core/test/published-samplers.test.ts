import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  ablationSampler,
  edmSampler,
  type AblationSamplerOptions,
  type Denoiser,
  type SampledImages,
  type SamplerArgs,
} from '@onestep/diffusion-core';
import type { StateDict } from '@onestep/nn';
import { readSafetensors } from '@onestep/nn/node';
import { fixtureNetwork } from '../../../test-support/fixture-network.js';
import { startTestBackend, TEST_BACKEND } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures, imagesFrom, relativeError, toFileOrder } from '../../../test-support/fixtures.js';

const TOLERANCE = 1e-4;
/** The stochastic settings published for CIFAR-10, VP (Table 5, Karras et al. 2022). */
const CHURN = { steps: 12, sChurn: 30, sMin: 0.01, sMax: 1, sNoise: 1.007 };
/** The settings that all runs of a solver share, as the file's note says. */
const SOLVERS = { euler: { steps: 6, sChurn: 5 }, heun: { steps: 6, alpha: 0.9 } };

const ABLATIONS: [string, AblationSamplerOptions][] = [];
for (const solver of ['euler', 'heun'] as const) {
  for (const discretization of ['vp', 've', 'iddpm', 'edm'] as const) {
    for (const schedule of ['vp', 've', 'linear'] as const) {
      for (const scaling of ['vp', 'none'] as const) {
        const run = `ablation-${solver}-${discretization}-${schedule}-${scaling}`;
        ABLATIONS.push([run, { ...SOLVERS[solver], solver, discretization, schedule, scaling }]);
      }
    }
  }
}

// Skipped where the folder of reference numbers is not there.
describe.skipIf(!hasFixtures)('against the published implementation', () => {
  let tensors: StateDict;
  let denoiser: Denoiser;
  beforeAll(async () => {
    await startTestBackend();
    tensors = (await readSafetensors(`${FIXTURES}samplers/samplers.safetensors`)).tensors;
    denoiser = await fixtureNetwork(tensors, 'param.');
  });

  /** Images of the file, in the order in which samplers take them. */
  const host = async (data: ArrayLike<number>, shape: number[]) =>
    (await imagesFrom({ shape, data: Float32Array.from(data) }).data()) as Float32Array;

  /** Runs a sampler on the latents and the noise of a run of the file; relative error of its images. */
  async function errorOf<O>(run: string, sampler: (args: SamplerArgs<O>) => Promise<SampledImages>, options: O) {
    const { shape, data } = tensors[`${run}.random`]!;
    const [steps, ...images] = shape as [number, number, number, number, number];
    const [n, c, h, w] = images;
    const length = n * c * h * w;
    const draws: Float32Array[] = [];
    for (let i = 0; i < steps; i++)
      draws.push(await host(data.slice(i * length, (i + 1) * length) as Float32Array, images));
    const latents = await host(tensors.latents!.data as Float32Array, images);
    let step = 0;
    const sampled = await sampler({ denoiser, latents, noise: () => draws[step++]!, options });
    expect(step).toBe(steps);
    const actual = await toFileOrder(tf.tensor4d(Float32Array.from(sampled.images), [n, h, w, c]));
    const error = relativeError(actual, tensors[`${run}.images`]!.data as Float32Array);
    if (process.env.ONESTEP_PRINT_ERRORS) console.log(run, error);
    return error;
  }

  test('the EDM sampler, deterministic and stochastic', { timeout: 600_000 }, async () => {
    expect(await errorOf('edm-heun-18', edmSampler, {})).toBeLessThan(TOLERANCE);
    expect(await errorOf('edm-churn-12', edmSampler, CHURN)).toBeLessThan(TOLERANCE);
  });

  test('the ablation sampler covers every run of the file', () => {
    const runs = Object.keys(tensors).filter((name) => /^ablation.*images$/.test(name));
    expect(ABLATIONS.map(([run]) => `${run}.images`).sort()).toEqual(runs.sort());
  });

  // A network evaluation on the plain JavaScript backend takes a second: there, one run of each solver has to do.
  const runs = TEST_BACKEND === 'cpu' ? ABLATIONS.filter(([run]) => run.endsWith('iddpm-vp-vp')) : ABLATIONS;
  test.each(runs)('%s', { timeout: 600_000 }, async (run, options) => {
    expect(await errorOf(run, ablationSampler, options)).toBeLessThan(TOLERANCE);
  });

  test('the ablation sampler with the choices of EDM is the EDM sampler', async () => {
    expect(await errorOf('edm-heun-18', ablationSampler, {})).toBeLessThan(TOLERANCE);
    expect(await errorOf('edm-churn-12', ablationSampler, CHURN)).toBeLessThan(TOLERANCE);
  });
});
