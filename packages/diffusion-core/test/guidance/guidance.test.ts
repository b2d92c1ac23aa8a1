import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  GaussianDenoiser,
  GaussianMixtureDenoiser,
  guideDenoiser,
  sampleImages,
  type Denoiser,
  type Guidance,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../../test-support/backend.js';

beforeAll(startTestBackend);

const MEANS = [-1, -0.2, 0.6, 1];
const CLASSES = [0, 1, 0, 1];
const STD = 0.3;
const mixture = new GaussianMixtureDenoiser({
  imgResolution: 1,
  imgChannels: 1,
  means: MEANS.map((mean) => [mean]),
  std: STD,
  classes: CLASSES,
});

/** ln p(x; sigma) up to a constant, of all components or of those of a class. */
function logDensity(x: number, sigma: number, label?: number): number {
  const terms = MEANS.map((mean, k) =>
    label === undefined || CLASSES[k] === label ? Math.exp(-((x - mean) ** 2) / (2 * (STD ** 2 + sigma ** 2))) : 0,
  );
  return Math.log(terms.reduce((a, b) => a + b, 0));
}

/**
 * D(x; sigma) = x + sigma^2 d ln p / dx of the guided density p(x | c)^w p(x)^(1 - w), by differences.
 *
 * @param negative the class in place of all, p(x | c)^w p(x | negative)^(1 - w)
 */
function guidedImage(x: number, sigma: number, label: number, w: number, negative?: number): number {
  const log = (x: number) => w * logDensity(x, sigma, label) + (1 - w) * logDensity(x, sigma, negative);
  const h = 1e-4;
  return x + (sigma ** 2 * (log(x + h) - log(x - h))) / (2 * h);
}

async function denoise(denoiser: Denoiser, x: number[], sigma: number[], classes?: number[]): Promise<number[]> {
  const labels =
    classes &&
    tf.tensor2d(
      classes.flatMap((c) => [Number(c === 0), Number(c === 1)]),
      [x.length, 2],
    );
  return [...(await denoiser.denoise(tf.tensor4d(x, [x.length, 1, 1, 1]), tf.tensor1d(sigma), { labels }).data())];
}

const point = fc.double({ min: -2, max: 2, noNaN: true });
const level = fc.double({ min: 0.1, max: 3, noNaN: true });
const scale = fc.double({ min: -1, max: 5, noNaN: true });

describe('classifier-free guidance of a mixture', () => {
  it('follows the score of p(x | c)^w p(x)^(1 - w)', async () => {
    await fc.assert(
      fc.asyncProperty(point, level, scale, fc.constantFrom(0, 1), async (x, sigma, w, label) => {
        const [guided] = await denoise(guideDenoiser(mixture, { scale: w }), [x], [sigma], [label]);
        expect(guided).toBeCloseTo(guidedImage(x, sigma, label, w), 3);
      }),
      { numRuns: 25 },
    );
  });

  it('moves away from a negative label in place of none', async () => {
    const guided = guideDenoiser(mixture, { scale: 2, negative: [1, 0] });
    const [image] = await denoise(guided, [0.1], [0.7], [1]);
    expect(image).toBeCloseTo(guidedImage(0.1, 0.7, 1, 2, 0), 3);
    const none = await denoise(guideDenoiser(mixture, { scale: 2, negative: [0, 0] }), [0.1], [0.7], [1]);
    expect(none).toEqual(await denoise(guideDenoiser(mixture, { scale: 2 }), [0.1], [0.7], [1]));
    expect(() => guideDenoiser(mixture, { scale: 2, negative: [1] })).toThrow('takes labels of 2 numbers');
    expect(() => guideDenoiser(mixture, { scale: 2, negative: [1, 0], weaker: mixture })).toThrow('give one of them');
  });

  it('acts within its noise levels only', async () => {
    const guided = guideDenoiser(mixture, { scale: 3, interval: [0.5, 1] });
    const [sigmas, xs, classes] = [
      [0.4, 0.5, 0.6, 1, 1.1],
      [0.1, 0.1, 0.1, 0.1, 0.1],
      [1, 1, 1, 1, 1],
    ];
    const expected = [1, 1, 3, 3, 1].map((w, i) => guidedImage(xs[i]!, sigmas[i]!, 1, w));
    (await denoise(guided, xs, sigmas, classes)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 3));
  });

  it('moves samples to where the class is more likely than the others', async () => {
    const sample = async (denoiser: Denoiser) => {
      const seeds = Array.from({ length: 64 }, (_, i) => i);
      const { images } = await sampleImages({ denoiser, seeds, classIndex: 1, options: { steps: 12 } });
      return images.reduce((sum, x) => sum + x, 0) / 64;
    };
    // Class 1 has the modes -0.2 and 1; the second is farther from those of class 0 on one side.
    expect(await sample(guideDenoiser(mixture, { scale: 3 }))).toBeGreaterThan((await sample(mixture)) + 0.05);
  });
});

it('autoguidance extrapolates from a weaker network, labels or not', async () => {
  const [strong, weaker] = [0.5, 0.9].map(
    (std) => new GaussianDenoiser({ imgResolution: 1, imgChannels: 1, mean: 0.2, std }),
  );
  // D(x; sigma) = m + s^2 / (s^2 + sigma^2) (x - m) for each.
  const share = (std: number) => std ** 2 / (std ** 2 + 0.7 ** 2);
  const expected = 0.2 + (share(0.9) + 2.5 * (share(0.5) - share(0.9))) * (1.3 - 0.2);
  const [guided] = await denoise(guideDenoiser(strong!, { scale: 2.5, weaker }), [1.3], [0.7]);
  expect(guided).toBeCloseTo(expected, 5);
});

describe('a limit of pixels', () => {
  const wide = (values: number[]): Denoiser => ({
    ...mixture,
    imgResolution: 1,
    labelDim: 2,
    sigmaMin: 0,
    sigmaMax: Infinity,
    imgChannels: values.length,
    roundSigma: (sigma) => sigma,
    denoise: () => tf.tensor4d(values, [1, 1, 1, values.length]),
  });
  const limited = async (values: number[], limit: Guidance['limit']) => {
    const x = tf.zeros([1, 1, 1, values.length]) as tf.Tensor4D;
    return [
      ...(await guideDenoiser(wide(values), { scale: 2, limit })
        .denoise(x, tf.tensor1d([1]))
        .data()),
    ];
  };

  it('clips them', async () => {
    expect(await limited([-3, 0.25, 1.5], 'clip')).toEqual([-1, 0.25, 1]);
  });

  it('divides images by the 99.5th percentile of their pixels, if that is above 1', async () => {
    // NumPy's percentile(|x|, 99.5) of 0, 1, ..., 400 / 100 is at the place 398 of 400: 3.98.
    const ramp = Array.from({ length: 401 }, (_, i) => (i % 2 === 0 ? i : -i) / 100);
    (await limited(ramp, 'dynamic')).forEach((value, i) => {
      expect(value).toBeCloseTo(Math.min(Math.max(ramp[i]! / 3.98, -1), 1), 5);
    });
    expect(await limited([-0.5, 0.25, 0.75], 'dynamic')).toEqual([-0.5, 0.25, 0.75]);
  });
});

it('a guided network is a network still: its copies, weights and features are those of the network alone', async () => {
  const network = new MlpDenoiser(
    { imgResolution: 1, imgChannels: 1, labelDim: 2, hidden: 8, sigmaData: 0.5 },
    new Rng(1),
  );
  const guided = guideDenoiser(network, { scale: 3 });
  expect(guided.module).toBe(network.module);
  const args = [[0.3], [0.5], [1]] as const;
  const [strong] = await denoise(network, [...args[0]], [...args[1]], [...args[2]]);
  const [weak] = await denoise(network, [0.3], [0.5]);
  const x = tf.tensor4d([0.3], [1, 1, 1, 1]);
  const { denoised, features } = guided.denoiseWithFeatures(x, tf.tensor1d([0.5]), { labels: tf.tensor2d([[0, 1]]) }, [
    'third',
  ]);
  expect((await denoised.data())[0]).toBeCloseTo(weak! + 3 * (strong! - weak!), 5);
  expect(features[0]!.shape).toEqual([1, 1, 1, 8]);
  expect(await denoise(guided.clone(), [0.3], [0.5], [1])).toEqual([strong]);
});

describe('refuses', () => {
  const gaussian = (imgChannels: number) => new GaussianDenoiser({ imgResolution: 1, imgChannels, mean: 0, std: 1 });

  it('a network without labels, unless a weaker one guides it', () => {
    expect(() => guideDenoiser(gaussian(1), { scale: 2 })).toThrow(/no labels: guide it by a weaker network/);
  });

  it('a weaker network of other images', () => {
    expect(() => guideDenoiser(gaussian(1), { scale: 2, weaker: gaussian(3) })).toThrow(/1x1x3 images .* 1x1x1 images/);
  });

  it('noise levels in the wrong order, and scales that are no numbers', () => {
    expect(() => guideDenoiser(mixture, { scale: 2, interval: [2, 1] })).toThrow('2 to 1');
    expect(() => guideDenoiser(mixture, { scale: NaN })).toThrow('not NaN');
  });
});
