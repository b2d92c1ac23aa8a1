import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { boot, type BootOptions } from '@onestep/boot';
import { GaussianDenoiser, type Moments, NetworkGenerator } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';

beforeAll(startTestBackend);

const [MEAN, STD] = [0.4, 0.5];
const [SIGMA_MIN, SIGMA_MAX] = [0.002, 80];
const SHAPE = { imgResolution: 1, imgChannels: 2 };

/**
 * Where the path of eps ends: the probability-flow ODE keeps the number of standard deviations that x is from the mean.
 * It begins at the boundary condition, y = f(sigma_max eps; sigma_max).
 */
function exactImage(eps: number): number {
  const start = SIGMA_MAX * eps;
  const boundary = MEAN + (STD ** 2 / (STD ** 2 + SIGMA_MAX ** 2)) * (start - MEAN);
  const shrink = Math.sqrt((STD ** 2 + SIGMA_MIN ** 2) / (STD ** 2 + SIGMA_MAX ** 2));
  return MEAN + (boundary + start - MEAN) * shrink - SIGMA_MIN * eps;
}

/** Distills a Gaussian into a network. @returns the error of its images, and what it said in the last tenth of the steps */
async function distill(options: Partial<BootOptions>, steps: number) {
  const student = new MlpDenoiser({ ...SHAPE, hidden: 32, sigmaData: STD }, new Rng(2));
  const teacher = new GaussianDenoiser({ ...SHAPE, mean: MEAN, std: STD });
  const distillation = boot.create({
    teacher,
    generator: new NetworkGenerator(student, 2.5),
    options: { batch: 128, glr: 3e-3, emaHalfLifeKimg: 10, emaRampUpRatio: 0.5, ...options },
  });
  const late = [];
  for (let i = 0; i < steps; i++) {
    const stats = await distillation.step(i * distillation.batchSize);
    if (i >= 0.9 * steps) late.push(stats);
  }
  const z = new Rng(3).normal(2000);
  const images = tf.tidy(
    () => distillation.generator.generate(tf.tensor4d(z, [1000, 1, 1, 2])).dataSync() as Float32Array,
  );
  distillation.dispose();
  return { error: relativeError(images, z.map(exactImage)), late };
}

describe('BOOT from a Gaussian teacher', () => {
  it('learns the map of the probability-flow ODE, and keeps the boundary and the increments', async () => {
    const { error, late } = await distill({ solver: 'exponential-heun', delta: 0.04 }, 2500);
    expect(error).toBeLessThan(0.05);
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(late.map((stats) => stats.Boundary_residual as number))).toBeLessThan(0.05);
    // The image changes most where the noise level passes the standard deviation of the data.
    const increments = (part: string) =>
      mean(late.map((stats) => (stats[`Bootstrap_increment/${part}`] as Moments).mean));
    expect(increments('t0.2-0.4')).toBeGreaterThan(0.03);
    expect(increments('t0.2-0.4')).toBeGreaterThan(increments('t0.8-1.0'));
  });

  it("is nearer to it with steps of second order than with DDIM's of the same size", async () => {
    const options = { delta: 0.1, glr: 3e-3 };
    const [ddim, heun] = [
      await distill({ ...options, solver: 'ddim' }, 1500),
      await distill({ ...options, solver: 'exponential-heun' }, 1500),
    ];
    expect(heun.error).toBeLessThan(0.6 * ddim.error);
  });
});
