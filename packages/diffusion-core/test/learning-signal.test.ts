import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { GaussianDenoiser, imageLatents, LearningSignal, type Generator } from '@onestep/diffusion-core';

beforeAll(async () => void (await tf.setBackend('cpu')));

const SHAPE = { imgResolution: 8, imgChannels: 3 };
const [MEAN, STD] = [0.3, 0.5];
const teacher = new GaussianDenoiser({ ...SHAPE, mean: MEAN, std: STD });

/** A generator whose images are the constant `value`. */
function constantGenerator(value: number): Generator {
  return {
    ...SHAPE,
    labelDim: 0,
    generate: (z) => tf.fill(z.shape as [number, number, number, number], value),
    sampleLatents: (rng, n) => imageLatents(SHAPE, rng, n),
  };
}

describe('the learning signal', () => {
  it.each([0.3, -0.5, 2])("is the teacher's correction in closed form, of images of %f", async (value) => {
    // D(x) = m + k (x - m), k = s^2 / (s^2 + sigma^2): the correction is (1 - k) (m - x) + k sigma noise.
    const squares = [0.5, 1, 2, 5].map((sigma) => {
      const k = STD ** 2 / (STD ** 2 + sigma ** 2);
      return (1 - k) ** 2 * (MEAN - value) ** 2 + k ** 2 * sigma ** 2;
    });
    const expected = Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
    expect((await new LearningSignal(teacher).measure(constantGenerator(value))) / expected).toBeCloseTo(1, 1);
  });

  it('is the same in any batch, and NaN where the generator returns NaN', async () => {
    const whole = await new LearningSignal(teacher).measure(constantGenerator(1));
    expect(await new LearningSignal(teacher, 5).measure(constantGenerator(1))).toBeCloseTo(whole, 6);
    expect(await new LearningSignal(teacher).measure(constantGenerator(NaN))).toBeNaN();
  });
});
