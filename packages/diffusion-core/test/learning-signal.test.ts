import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  chooseSignal,
  GaussianDenoiser,
  imageLatents,
  LearningSignal,
  NetworkGenerator,
  PathDistance,
  type Generator,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';

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

describe('the distance from the ends of the teacher’s paths', () => {
  const SIGMA = 80;
  const small = { imgResolution: 4, imgChannels: 1 };
  const smallTeacher = new GaussianDenoiser({ ...small, mean: MEAN, std: STD });
  /** x(0) = m + s / sqrt(s^2 + sigma^2) (x - m), along the path of a Gaussian. */
  const end = (z: tf.Tensor) => tf.add(MEAN, tf.mul(tf.sub(tf.mul(z, SIGMA), MEAN), STD / Math.hypot(STD, SIGMA)));
  const generator = (generate: (z: tf.Tensor) => tf.Tensor): Generator & { initSigma: number } => ({
    ...constantGenerator(0),
    ...small,
    initSigma: SIGMA,
    sampleLatents: (rng, n) => imageLatents(small, rng, n),
    generate: (z) => generate(z) as tf.Tensor4D,
  });

  it('is 0 at the end of a path, and half as large half way there', async () => {
    const distance = new PathDistance(smallTeacher, SIGMA);
    const mean = await distance.measure(generator((z) => tf.fill(z.shape, MEAN)));
    // The images of the mean are as far from the ends as those spread.
    expect(mean / STD).toBeCloseTo(1, 1);
    expect((await distance.measure(generator(end))) / mean).toBeLessThan(0.1);
    const halfWay = await distance.measure(generator((z) => tf.div(tf.add(end(z), MEAN), 2)));
    expect(halfWay / mean).toBeCloseTo(0.5, 1);
  });

  it('is the same in any batch, NaN where the generator returns NaN, and stopped by a signal', async () => {
    const whole = await new PathDistance(smallTeacher, SIGMA).measure(generator((z) => tf.zerosLike(z)));
    expect(await new PathDistance(smallTeacher, SIGMA, 5).measure(generator((z) => tf.zerosLike(z)))).toBeCloseTo(
      whole,
      6,
    );
    expect(await new PathDistance(smallTeacher, SIGMA).measure(generator((z) => tf.fill(z.shape, NaN)))).toBeNaN();
    const stopped = new PathDistance(smallTeacher, SIGMA).measure(
      generator(end),
      AbortSignal.abort(new Error('stopped')),
    );
    await expect(stopped).rejects.toThrow('stopped');
  });

  it('tells of students that begin with the mean of all images, and the correction of others', () => {
    const network = new MlpDenoiser({ imgResolution: 1, imgChannels: 2, hidden: 4, sigmaData: 0.5 }, new Rng(1));
    const nameOf = (initSigma: number, statistic?: string) =>
      chooseSignal(network, new NetworkGenerator(network, initSigma), { statistic }).statistic;
    expect([2.5, 80].map((sigma) => nameOf(sigma))).toEqual(['Teacher_correction', 'Path_distance']);
    // A run goes on with what it began with.
    expect(nameOf(80, 'Teacher_correction')).toBe('Teacher_correction');
    expect(chooseSignal(teacher, constantGenerator(0)).statistic).toBe('Teacher_correction');
  });
});
