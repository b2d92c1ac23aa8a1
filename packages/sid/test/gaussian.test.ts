import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { SidDistillation, type SidOptions } from '@onestep/sid';

beforeAll(async () => void (await tf.setBackend('cpu')));

const MEAN = 0.4;
const STD = 0.5;
const teacher = () => new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: MEAN, std: STD });

/** G(z) = D(sigma_init z; sigma_init) = b + a z for the denoiser of N(m, s^2). */
async function affine(method: SidDistillation, initSigma: number): Promise<{ a: number; b: number }> {
  const images = tf.tidy(() => method.generator.generate(tf.tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [2, 2, 2, 1])));
  const [b, , , , sum] = await images.data();
  images.dispose();
  return { a: sum! - b!, b: b! };
}

describe('SiD from a Gaussian teacher', () => {
  for (const alpha of [1, 1.2]) {
    test(`finds the teacher's mean and standard deviation, alpha ${alpha}`, async () => {
      const initSigma = 1;
      const options: Partial<SidOptions> = { alpha, initSigma, batch: 128, lr: 2e-2, glr: 4e-3, emaHalflifeKimg: 4 };
      const method = new SidDistillation({ teacher: teacher(), options });
      const before = await affine(method, initSigma);
      for (let i = 0; i < 1500; i++) {
        const stats = await method.step(i * 128);
        if (i % 150 === 149) { const { a, b } = await affine(method, initSigma); console.log(i, a, b, stats); }
      }
      const { a, b } = await affine(method, initSigma);
      console.log(before, a, b);
      expect(Math.abs(a / STD - 1)).toBeLessThan(0.02);
      expect(Math.abs(b / MEAN - 1)).toBeLessThan(0.02);
    });
  }
});
