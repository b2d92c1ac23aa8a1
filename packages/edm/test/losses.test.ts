import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/nn';
import { readSafetensors } from '@onestep/nn/node';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { edmLoss, TRAINING_LOSSES, veLoss, vpLoss } from '../src/index.js';
import { fixtureNetwork } from '../../../test-support/fixture-network.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures, imagesFrom, relativeError, toFileOrder } from '../../../test-support/fixtures.js';

beforeAll(startTestBackend);

// Skipped where the folder of reference numbers is not there.
describe.skipIf(!hasFixtures)('losses against the published implementation', () => {
  it.each(['edm', 'vp', 've'] as const)('%s: every pixel', async (name) => {
    const { tensors } = await readSafetensors(`${FIXTURES}losses/${name}-loss.safetensors`);
    const network = await fixtureNetwork(tensors, 'param.', { scheme: name });
    const loss = TRAINING_LOSSES[name]();
    const sigmas = loss.sigmas(tensors['random.0']!.data as Float32Array);
    const unreduced = loss.evaluate({
      denoiser: network,
      images: imagesFrom(tensors.images!),
      sigma: tf.tensor1d(sigmas),
      noise: imagesFrom(tensors['random.1']!),
    });
    const error = relativeError(await toFileOrder(unreduced), tensors.loss!.data as Float32Array);
    if (process.env.ONESTEP_PRINT_ERRORS) console.log(name, error);
    expect(error).toBeLessThan(1e-5);
  });
});

describe('losses', () => {
  it('draws EDM noise levels from the log-normal distribution', () => {
    const loss = edmLoss();
    const sigmas = loss.sigmas(loss.draw(new Rng(1), 20_001)).sort();
    // Quantiles of ln sigma ~ N(-1.2, 1.2^2).
    expect(sigmas[500]!).toBeCloseTo(0.02867, 2);
    expect(sigmas[10_000]!).toBeCloseTo(0.30119, 1);
    expect(sigmas[19_500]! / 3.16452).toBeCloseTo(1, 1);
  });

  it('spans the noise levels of the VP and VE training', () => {
    expect([...vpLoss().sigmas([0, 1])].map((s) => s.toPrecision(6))).toEqual(['152.167', '0.00100050']);
    expect([...veLoss().sigmas([0, 1])].map((s) => s.toPrecision(6))).toEqual(['0.0200000', '100.000']);
  });

  it('weights the squared error by (sigma^2 + sigma_data^2) / (sigma sigma_data)^2', async () => {
    const shape: [number, number, number, number] = [6, 1, 1, 1];
    // A denoiser that expects zeros and hardly any deviation answers D = 0: the error is the image itself.
    const denoiser = new GaussianDenoiser({ imgResolution: 1, imgChannels: 1, mean: 0, std: 1e-10 });
    const loss = edmLoss().evaluate({
      denoiser,
      images: tf.ones(shape),
      sigma: tf.tensor1d([0.01, 0.1, 0.5, 1, 10, 80]),
      noise: tf.zeros(shape),
    });
    const expected = [10004, 104, 8, 5, 4.01, 4.000156];
    (await loss.data()).forEach((value, i) => expect(value / expected[i]!).toBeCloseTo(1, 5));
  });
});
