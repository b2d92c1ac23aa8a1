import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ablationSampler,
  denoiserFromPrediction,
  GaussianDenoiser,
  sampleImages,
  type Conditions,
  type Denoiser,
  type Prediction,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const FORMAT = { imgResolution: 2, imgChannels: 3 };
const gaussian = new GaussianDenoiser({ ...FORMAT, mean: 0.2, std: 0.5 });
const perImage = (values: tf.Tensor) => tf.reshape(values, [-1, 1, 1, 1]);

/** The schedule of Ho et al. 2020: beta rises from 1e-4 to 0.02 in T = 1000 steps. */
const ALPHA_BARS: number[] = [];
for (let t = 0, alphaBar = 1; t < 1000; t++) ALPHA_BARS.push((alphaBar *= 1 - (1e-4 + (0.02 - 1e-4) * (t / 999))));
const sigmaOf = (t: number) => Math.sqrt((1 - ALPHA_BARS[t]!) / ALPHA_BARS[t]!);

/** The Gaussian's D(x; sigma) in disguise: epsilon = (x - D) / sigma. */
const noise: Prediction = (x, sigma) => tf.div(tf.sub(x, gaussian.denoise(x, sigma)), perImage(sigma));

/** A DDPM of the Gaussian: x_0 from x_t and t. */
const imageOfStep: Prediction = (xt, t) => {
  const sigma = tf.tensor1d(Array.from(t.dataSync(), sigmaOf));
  return gaussian.denoise(tf.mul(xt, perImage(tf.sqrt(tf.add(tf.square(sigma), 1)))) as tf.Tensor4D, sigma);
};

/** A DDPM of the Gaussian: epsilon from x_t and t, with a learned variance behind it. */
const noiseOfStep: Prediction = (xt, t) => {
  const alphaBar = perImage(tf.tensor1d(Array.from(t.dataSync(), (step) => ALPHA_BARS[step]!)));
  const x0 = imageOfStep(xt, t, {});
  // x_t = sqrt(alpha-bar) x_0 + sqrt(1 - alpha-bar) epsilon
  const epsilon = tf.div(tf.sub(xt, tf.mul(tf.sqrt(alphaBar), x0)), tf.sqrt(tf.sub(1, alphaBar)));
  return tf.concat([epsilon, tf.onesLike(epsilon)], 3) as tf.Tensor4D;
};

const DISGUISES: [string, Denoiser, number[]][] = [
  ['noise from sigma', denoiserFromPrediction({ ...FORMAT, predicts: 'noise' }, noise), [0.01, 0.7, 60]],
  [
    'the clean image from sigma',
    denoiserFromPrediction({ ...FORMAT, predicts: 'image' }, (x, sigma) => gaussian.denoise(x, sigma)),
    [0.01, 0.7, 60],
  ],
  [
    'noise from a step',
    denoiserFromPrediction({ ...FORMAT, predicts: 'noise', alphaBars: ALPHA_BARS }, noiseOfStep),
    [0, 400, 999].map(sigmaOf),
  ],
  [
    'the clean image from a step',
    denoiserFromPrediction({ ...FORMAT, predicts: 'image', alphaBars: ALPHA_BARS }, imageOfStep),
    [0, 400, 999].map(sigmaOf),
  ],
];

describe.each(DISGUISES)('a function that predicts %s', (_, denoiser, levels) => {
  it('becomes the denoiser that it comes from', () => {
    const sigma = tf.tensor1d(levels);
    const x = tf.mul(tf.tensor4d(new Rng(1).normal(3 * 12), [3, 2, 2, 3]), perImage(sigma)) as tf.Tensor4D;
    const before = tf.memory().numTensors;
    const actual = denoiser.denoise(x, sigma);
    expect(tf.memory().numTensors).toBe(before + 1);
    const expected = gaussian.denoise(x, sigma).dataSync();
    actual.dataSync().forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-4));
  });

  it('can be sampled', async () => {
    const { images } = await sampleImages({ denoiser, seeds: [0, 1, 2], options: { steps: 60, sigmaMax: 80 } });
    const latents = [0, 1, 2].flatMap((seed) => [...new Rng(seed).normal(12)]);
    const start = Math.min(denoiser.roundSigma(80), denoiser.sigmaMax);
    images.forEach((x, i) => {
      const exact = 0.2 + (start * latents[i]! - 0.2) * Math.sqrt(0.25 / (0.25 + start ** 2));
      expect(Math.abs(x - exact)).toBeLessThan(0.02);
    });
  });
});

describe('the noise levels of a DDPM', () => {
  const denoiser = DISGUISES[2]![1];

  it('are those of its steps', () => {
    expect(denoiser.sigmaMin).toBeCloseTo(sigmaOf(0), 6);
    expect(denoiser.sigmaMax / sigmaOf(999)).toBeCloseTo(1, 6);
    expect(denoiser.roundSigma(sigmaOf(500) * 1.0001)).toBeCloseTo(sigmaOf(500), 6);
    const seen: number[] = [];
    const asked = denoiserFromPrediction({ ...FORMAT, predicts: 'noise', alphaBars: ALPHA_BARS }, (x, t) => {
      seen.push(...t.dataSync());
      return x;
    });
    asked.denoise(tf.zeros([3, 2, 2, 3]), tf.tensor1d([0, sigmaOf(123), 1e6]));
    expect(seen).toEqual([0, 123, 999]);
  });

  it('have to come from values between 0 and 1', () => {
    const make = (alphaBars: number[]) => () =>
      denoiserFromPrediction({ ...FORMAT, predicts: 'noise', alphaBars }, noise);
    expect(make([0.9, 1])).toThrow(/between 0 and 1, not 1 \(step 1\)/);
    expect(make([0.9, NaN])).toThrow(/not NaN \(step 1\)/);
  });

  it('have to be given for a velocity', () => {
    expect(() => denoiserFromPrediction({ ...FORMAT, predicts: 'velocity' }, noise)).toThrow(
      /predicts 'velocity' needs alphaBars/,
    );
  });

  it('suit the ablation sampler', async () => {
    const latents = new Rng(3).normal(12);
    const args = { latents, noise: () => new Float32Array(12) };
    const options = { steps: 200, discretization: 'iddpm', schedule: 'vp', scaling: 'vp' } as const;
    const { images } = await ablationSampler({ ...args, denoiser, options });
    const start = sigmaOf(999) > 81 ? 81 : sigmaOf(999);
    const spread = Math.sqrt(0.25 / (0.25 + start ** 2)) * start;
    images.forEach((x, i) => expect(Math.abs(x - (0.2 + latents[i]! * spread))).toBeLessThan(0.05));
  });
});

it('conditions reach the function, and a wrong shape is an error', () => {
  const seen: Conditions[] = [];
  const settings = { ...FORMAT, labelDim: 4, predicts: 'image' } as const;
  const denoiser = denoiserFromPrediction(settings, (x, _, conditions) => {
    seen.push(conditions);
    return x;
  });
  const labels = tf.zeros([1, 4]) as tf.Tensor2D;
  denoiser.denoise(tf.zeros([1, 2, 2, 3]), tf.ones([1]), { labels });
  expect(seen[0]!.labels).toBe(labels);
  expect(denoiser.labelDim).toBe(4);
  const wrong = denoiserFromPrediction(settings, (x) => tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 2]));
  expect(() => wrong.denoise(tf.zeros([1, 2, 2, 3]), tf.ones([1]))).toThrow(/shape \[1,2,2,3\].*\[1,2,2,2\]/);
});
