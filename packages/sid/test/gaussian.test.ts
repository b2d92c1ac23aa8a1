import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { GaussianDenoiser, type Generator } from '@onestep/diffusion-core';
import { fgm, sid, sim, uniInstruct } from '@onestep/sid';
import { startTestBackend } from '../../../test-support/backend.js';

const MEAN = 0.4;
const STD = 0.5;
const BATCH = 128;

/** The generator of a Gaussian denoiser is affine, G(z) = b + a z, so that its images are N(b, a^2). */
async function affine({ generator }: { generator: Generator }): Promise<{ a: number; b: number }> {
  const images = tf.tidy(() => generator.generate(tf.tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [2, 2, 2, 1])));
  const [b, , , , sum] = await images.data();
  images.dispose();
  return { a: sum! - b!, b: b! };
}

let teacher: GaussianDenoiser;
beforeAll(async () => {
  await startTestBackend();
  teacher = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: MEAN, std: STD });
});
const settings = { initSigma: 1, batch: BATCH, lr: 2e-2, glr: 8e-3, emaHalfLifeKimg: 10 };

describe("the teacher's mean and standard deviation are found by", () => {
  it.each([
    ['SiD, alpha 1', () => sid.create({ teacher, options: { ...settings, alpha: 1 } })],
    ['SiD, alpha 1.2', () => sid.create({ teacher, options: { ...settings, alpha: 1.2 } })],
    ['SIM, pseudo-Huber', () => sim.create({ teacher, options: settings })],
    ['SIM, squared', () => sim.create({ teacher, options: { ...settings, distance: 'squared' } })],
    ['Uni-Instruct, reverse KL', () => uniInstruct.create({ teacher, options: { ...settings, divergence: 'rkl' } })],
    ['FGM', () => fgm.create({ teacher, options: settings })],
  ] as const)('%s', async (_, create) => {
    const method = create();
    const start = await affine(method);
    expect(start.a).toBeCloseTo(0.2, 5);
    expect(start.b).toBeCloseTo(0.32, 5);

    const gaps: number[] = [];
    for (let i = 0; i < 400; i++) gaps.push((await method.step(i * BATCH)).Score_gap!);
    const { a, b } = await affine(method);
    expect(Math.abs(a / STD - 1)).toBeLessThan(0.03);
    expect(Math.abs(b / MEAN - 1)).toBeLessThan(0.03);

    const mean = (values: number[]) => values.reduce((x, y) => x + y) / values.length;
    expect(mean(gaps.slice(-100))).toBeLessThan(0.3 * Math.max(...gaps));
  });
});
