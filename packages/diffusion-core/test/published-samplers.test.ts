import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { edmSampler, type EdmSamplerOptions } from '@onestep/diffusion-core';
import type { HostTensor } from '@onestep/nn';
import { readSafetensors } from '@onestep/nn/node';
import { fixtureNetwork } from '../../../test-support/fixture-network.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures, imagesFrom, relativeError, toFileOrder } from '../../../test-support/fixtures.js';

const TOLERANCE = 1e-4;
const RUNS: [string, EdmSamplerOptions][] = [
  ['edm-heun-18', {}],
  // The stochastic settings published for CIFAR-10, VP (Table 5, Karras et al. 2022).
  ['edm-churn-12', { steps: 12, sChurn: 30, sMin: 0.01, sMax: 1, sNoise: 1.007 }],
];

const host = async (tensor: HostTensor) => (await imagesFrom(tensor).data()) as Float32Array;

// Skipped where the folder of reference numbers is not there.
describe.skipIf(!hasFixtures)('the EDM sampler against the published implementation', () => {
  beforeAll(startTestBackend);

  test.each(RUNS)(
    '%s',
    async (run, options) => {
      const { tensors } = await readSafetensors(`${FIXTURES}samplers/samplers.safetensors`);
      const denoiser = await fixtureNetwork(tensors, 'param.');
      const { shape, data } = tensors[`${run}.random`]!;
      const [, n, c, h, w] = shape as [number, number, number, number, number];
      let step = 0;
      const draws: Float32Array[] = [];
      for (let i = 0; i < shape[0]!; i++) {
        const share = data.slice(i * n * c * h * w, (i + 1) * n * c * h * w) as Float32Array;
        draws.push(await host({ shape: [n, c, h, w], data: share }));
      }
      const { images } = await edmSampler({
        denoiser,
        latents: await host(tensors.latents!),
        noise: () => draws[step++]!,
        options,
      });
      expect(step).toBe(shape[0]);
      const actual = await toFileOrder(tf.tensor4d(Float32Array.from(images), [n, h, w, c]));
      const error = relativeError(actual, tensors[`${run}.images`]!.data as Float32Array);
      if (process.env.ONESTEP_PRINT_ERRORS) console.log(run, error);
      expect(error).toBeLessThan(TOLERANCE);
    },
    600_000,
  );
});
