import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { dmd2 } from '@onestep/dmd2';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

const MEAN = 0.4;
const STD = 0.5;
const BATCH = 256;

describe('DMD2 without a discriminator, from a Gaussian teacher', () => {
  // A Gaussian denoiser's generator is affine, G(z) = b + a z, so that its images are N(b, a^2).
  it("finds the teacher's mean and standard deviation", async () => {
    const teacher = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: MEAN, std: STD });
    const own = { batch: BATCH, lr: 4e-2, glr: 1e-2, beta1: 0, gBeta1: 0, weightDecay: 0, emaHalfLifeKimg: 8 };
    const options = { ...dmd2.presets.toy!.options, ...own };
    const run = dmd2.create({ teacher, options });
    for (let i = 0; i < 400; i++) await run.step(i * BATCH);
    const images = tf.tidy(() => run.generator.generate(tf.tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [2, 2, 2, 1])));
    const [b, , , , sum] = await images.data();
    expect(Math.abs((sum! - b!) / STD - 1)).toBeLessThan(0.02);
    expect(Math.abs(b! / MEAN - 1)).toBeLessThan(0.02);
    run.dispose();
  });
});
