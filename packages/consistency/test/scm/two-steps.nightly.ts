import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { scm } from '@onestep/consistency';
import { GaussianDenoiser, NetworkGenerator, toUint8, type ImageBatchSource } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../../test-support/backend.js';
import { GaussianConsistency } from './gaussian-consistency.js';

beforeAll(startTestBackend);

const [MEAN, STD, SHAPE] = [0.1, 0.2, { imgResolution: 1, imgChannels: 2 }];
const [BATCH, POINTS] = [128, 8192];

/** Images of the Gaussian. */
function gaussianImages(): ImageBatchSource {
  const rng = new Rng(9);
  const images = () => toUint8(rng.normal(2 * BATCH).map((value) => MEAN + STD * value));
  return {
    next: () => Promise.resolve({ images: images(), labels: null, count: BATCH }),
    state: () => null,
    restore: () => undefined,
  };
}

function startStudent() {
  const teacher = new GaussianDenoiser({ ...SHAPE, mean: MEAN, std: STD });
  const generator = new NetworkGenerator(new MlpDenoiser({ ...SHAPE, hidden: 32, sigmaData: 0.5 }, new Rng(4)), 80);
  const rates = { optimizer: 'adam' as const, lr: 5e-4, emaHalfLifeKimg: 5, emaRampUpRatio: 0.3, tangentWarmup: 50 };
  const levels = { pMean: 0, pStd: 1.6, priorWeighting: false };
  return scm.create({ teacher, generator, data: gaussianImages(), options: { batch: BATCH, ...rates, ...levels } });
}

/** Distance of a student from the exact consistency function at a noise level, root mean square. */
function errorAt(sigma: number, { network }: NetworkGenerator): number {
  return tf.tidy(() => {
    const rng = new Rng(2);
    const x = Array.from({ length: 2 * POINTS }, () => MEAN + Math.hypot(STD, sigma) * rng.normal(1)[0]!);
    const args = [tf.tensor4d(x, [POINTS, 1, 1, 2]), tf.fill([POINTS], sigma) as tf.Tensor1D] as const;
    const exact = new GaussianConsistency(MEAN, STD).denoise(...args);
    return Math.sqrt(tf.mean(tf.squaredDifference(network.denoise(...args), exact)).dataSync()[0]!);
  });
}

/** Standard deviation of a student's images of two steps. */
function stdOfTwoSteps(generator: ReturnType<typeof startStudent>['generator']): number {
  return tf.tidy(() => {
    const rng = new Rng(7);
    const [z, noise] = [1, 2].map(() => tf.tensor4d(rng.normal(2 * POINTS), [POINTS, 1, 1, 2])) as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const images = generator.generateInSteps(z, generator.noiseLevels(2), [noise]);
    return Math.sqrt(tf.moments(images).variance.dataSync()[0]!);
  });
}

// What the student has yet to learn passes from low noise levels to high ones, so that the second step of a short training, from the
// level 0.821, is worse than the first, from 80.
it('sCD makes the right variance in two steps once it is trained, and not before', async () => {
  const run = startStudent();
  const train = async (from: number, to: number) => {
    for (let i = from; i < to; i++) await run.step(i * BATCH);
    return { error: errorAt(0.821, run.generator), std: stdOfTwoSteps(run.generator) };
  };
  const [early, middle, late] = [await train(0, 50), await train(50, 100), await train(100, 1600)];
  expect(middle.error).toBeGreaterThan(1.5 * early.error);
  expect(late.error).toBeLessThan(middle.error / 2);
  const offBy = ({ std }: typeof late) => Math.abs(std / STD - 1);
  expect(offBy(middle)).toBeGreaterThan(0.2);
  expect(offBy(late)).toBeLessThan(0.1);
  run.dispose();
});
