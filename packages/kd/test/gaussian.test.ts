import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { kd, type KdOptions } from '@onestep/kd';
import { GaussianDenoiser, NetworkGenerator, shufflePairs } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';
import { pairsOf } from './kd.js';

beforeAll(startTestBackend);

const [MEAN, STD] = [0.4, 0.5];
const SHAPE = { imgResolution: 1, imgChannels: 2 };

/** The end of the probability-flow ODE, which keeps the number of standard deviations that x is from the mean. */
const exactImage = (z: number) => MEAN + (STD / Math.hypot(STD, 80)) * (80 * z - MEAN);

describe('KD from a Gaussian teacher', () => {
  it.each<[KdOptions['loss'], number]>([
    ['l2', 80],
    ['pseudo-huber', 2.5],
  ])('with %s and the noise level %d learns the map of the probability-flow ODE', async (loss, initSigma) => {
    const teacher = new GaussianDenoiser({ ...SHAPE, mean: MEAN, std: STD });
    const student = new MlpDenoiser({ ...SHAPE, hidden: 32, sigmaData: STD }, new Rng(2));
    const run = kd.create({
      teacher,
      generator: new NetworkGenerator(student, initSigma),
      pairs: shufflePairs(await pairsOf(teacher, 500, 40), 0),
      options: { loss, batch: 128, glr: 3e-3, weightDecay: 0, emaHalfLifeKimg: 5, emaRampUpRatio: 0.5 },
    });
    for (let i = 0; i < 250; i++) await run.step(i * run.batchSize);
    const z = new Rng(3).normal(2000);
    const images = tf.tidy(() => run.generator.generate(tf.tensor4d(z, [1000, 1, 1, 2])).dataSync() as Float32Array);
    expect(relativeError(images, z.map(exactImage))).toBeLessThan(0.03);
    run.dispose();
  });
});
