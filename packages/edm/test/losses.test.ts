import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { edmLoss, veLoss, vpLoss } from '../src/index.js';
import { losses } from '../../../parity/checks/losses.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(losses, 'losses', /\.safetensors$/);

describe('losses', () => {
  beforeAll(startTestBackend);

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
