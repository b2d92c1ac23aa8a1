import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { edmDenoisingLoss, GaussianDenoiser, logNormalSigmas, withoutGradient } from '@onestep/diffusion-core';
import { lossAndGrads, Parameter } from '@onestep/nn';

beforeAll(async () => void (await tf.setBackend('cpu')));

describe('edmDenoisingLoss', () => {
  it('has the published weights', () => {
    // The denoiser of a point at 0 answers 0: the loss of an image of ones is the weight itself.
    const denoiser = new GaussianDenoiser({ imgResolution: 1, imgChannels: 1, mean: 0, std: 1e-9 });
    const sigma = tf.tensor1d([0.01, 0.1, 0.5, 1, 10, 80]);
    const images = tf.ones([6, 1, 1, 1]) as tf.Tensor4D;
    const noise = tf.zeros([6, 1, 1, 1]) as tf.Tensor4D;
    const weights = edmDenoisingLoss({ denoiser, images, sigma, noise }).dataSync();
    [10004, 104, 8, 5, 4.01, 4.00015625].forEach((weight, i) => expect(weights[i]! / weight).toBeCloseTo(1, 5));
  });

  it('draws noise levels with the published quantiles', () => {
    const quantiles = logNormalSigmas([-1.959964, 0, 1.959964]);
    [0.02867, 0.30119, 3.16452].forEach((sigma, i) => expect(quantiles[i]! / sigma).toBeCloseTo(1, 3));
  });
});

it('withoutGradient makes a constant of what it evaluates', () => {
  const a = new Parameter(tf.scalar(3));
  const { loss, grads } = lossAndGrads(() => {
    const factor = withoutGradient(() => tf.where(tf.isNaN(a.variable), 0, tf.square(a.variable)));
    return { loss: tf.mul(factor, a.variable) as tf.Scalar, aux: {} };
  }, [a]);
  expect(loss.dataSync()[0]).toBe(27);
  expect(grads[0]!.dataSync()[0]).toBe(9);
});
