import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { discriminatorLoss, generatorLogitLoss, meanLogit } from '@onestep/score-distillation';

beforeAll(async () => void (await tf.setBackend('cpu')));

const softplus = (x: number) => Math.log1p(Math.exp(x));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const expectClose = (actual: ArrayLike<number>, expected: number[]) => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 5));
};

describe('the discriminator without weights', () => {
  it('has the mean over the channels as its logits', () => {
    const features = tf.tensor4d([1, 3, -2, 4, 0, 0, 10, 20], [1, 2, 2, 2]);
    const logits = meanLogit(features);
    expect(logits.shape).toEqual([1, 2, 2]);
    expectClose(logits.dataSync(), [2, 1, 0, 15]);
  });

  it('loses half of each cross-entropy, sample by sample', () => {
    const [real, fake] = [[3, -1, 0.5, 30], [-2, 0, 1, -30]]; // prettier-ignore
    const loss = discriminatorLoss({ real: tf.tensor3d(real!, [2, 1, 2]), fake: tf.tensor3d(fake!, [2, 1, 2]) });
    const each = real!.map((value, i) => (softplus(-value) + softplus(fake![i]!)) / 2);
    expectClose(loss.dataSync(), [(each[0]! + each[1]!) / 2, (each[2]! + each[3]!) / 2]);
  });

  it('pulls the student toward larger logits, and not where a logit is clamped', () => {
    const values = [-12, -10.5, -9, 0, 2, 9, 10.5, 400];
    const logits = new Parameter(tf.tensor2d(values, [4, 2]));
    const { loss, grads } = lossAndGrads(
      () => ({ loss: tf.sum<tf.Scalar>(generatorLogitLoss(logits.variable)), aux: {} }),
      [logits],
    );
    const clamped = values.map((value) => Math.min(10, Math.max(-10, value)));
    expect(loss.dataSync()[0]).toBeCloseTo(
      clamped.reduce((sum, value) => sum + softplus(-value) / 2, 0),
      4,
    );
    expectClose(grads[0]!.dataSync(), values.map((value) => (Math.abs(value) > 10 ? 0 : -sigmoid(-value) / 2))); // prettier-ignore
  });
});
