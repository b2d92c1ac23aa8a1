import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeLoss, nonSaturatingLoss, pathLengthPenalty, pathLengths, r1Penalty, realLoss } from '@onestep/stylegan2';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { startTestBackend } from '../../../../test-support/backend.js';

beforeAll(startTestBackend);

const values = async (tensor: tf.Tensor) => [...(await tensor.data())];

describe('the losses of logits', () => {
  it('are -log of the probability that the discriminator should give', async () => {
    const logits = tf.tensor2d([-3, 0, 1.5], [3, 1]);
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const expected = (f: (x: number) => number) => [-3, 0, 1.5].map((x) => expect.closeTo(f(x), 5) as unknown);
    expect(await values(nonSaturatingLoss(logits))).toEqual(expected((x) => -Math.log(sigmoid(x))));
    expect(await values(realLoss(logits))).toEqual(expected((x) => -Math.log(sigmoid(x))));
    expect(await values(fakeLoss(logits))).toEqual(expected((x) => -Math.log(1 - sigmoid(x))));
  });

  it('are finite for logits far from 0', async () => {
    const logits = tf.tensor2d([-200, 200], [2, 1]);
    expect(await values(nonSaturatingLoss(logits))).toEqual([200, expect.closeTo(0, 5)]);
    expect(await values(fakeLoss(logits))).toEqual([expect.closeTo(0, 5), 200]);
  });
});

describe('r1Penalty', () => {
  it('is the squared gradient of each image, and can be differentiated', async () => {
    // D(x) = a |x|^2: the gradient is 2 a x, the penalty 4 a^2 |x|^2, and its derivative in a 8 a |x|^2.
    const a = new Parameter(tf.scalar(3));
    const images = tf.tensor4d([1, 2, 0, -1], [2, 1, 2, 1]);
    const discriminate = (x: tf.Tensor4D): tf.Tensor2D =>
      tf.mul(a.variable, tf.reshape(tf.sum(tf.square(x), [1, 2, 3]), [-1, 1]));
    const { aux, grads } = lossAndGrads(() => {
      const { logits, penalties } = r1Penalty(images, discriminate);
      return { loss: tf.sum(penalties), aux: { logits, penalties } };
    }, [a]);
    expect(await values(aux.logits)).toEqual([15, 3]);
    expect(await values(aux.penalties)).toEqual([180, 36]);
    expect(await values(grads[0]!)).toEqual([8 * 3 * 6]);
  });
});

describe('the path-length penalty', () => {
  it('has lengths |J y| with noise over the root of the pixels, averaged over layers', async () => {
    // image = sum over layers of w . direction: J y has the product of noise and direction in each layer.
    const noise = tf.tensor4d([2, 4, 6, 8], [1, 2, 2, 1]);
    const synthesize = (ws: tf.Tensor3D): tf.Tensor4D =>
      tf.mul(
        tf.reshape(tf.sum(tf.mul(ws, tf.tensor3d([3, 4, 0, 5], [1, 2, 2])), [1, 2]), [1, 1, 1, 1]),
        tf.ones([1, 2, 2, 1]),
      );
    const lengths = pathLengths(tf.zeros([1, 2, 2]), noise, synthesize);
    // Noise sums to 20 / 2; layers have |(30, 40)|^2 and |(0, 50)|^2.
    expect(await values(lengths)).toEqual([expect.closeTo(50, 4)]);
  });

  it('compares with the mean that this batch has moved, through which gradients flow', async () => {
    const lengths = new Parameter(tf.tensor1d([1, 3]));
    const { aux, grads } = lossAndGrads(() => {
      const given = lengths.variable as tf.Tensor as tf.Tensor1D;
      const { penalties, mean } = pathLengthPenalty(given, tf.scalar(0), 0.5);
      return { loss: tf.sum(penalties), aux: { penalties, mean } };
    }, [lengths]);
    expect(await values(aux.mean)).toEqual([1]);
    expect(await values(aux.penalties)).toEqual([0, 4]);
    // d/dl_i of sum (l_j - a)^2 with a = mean(l) / 2: 2 (l_i - a) - 2 / 4 sum (l_j - a).
    expect(await values(grads[0]!)).toEqual([-1, 3]);
  });
});
