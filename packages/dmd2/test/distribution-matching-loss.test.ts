import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { distributionMatchingLoss } from '@onestep/dmd2';
import { integralKlLoss } from '@onestep/diff-instruct';
import { perImage } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

const SHAPE: [number, number, number, number] = [3, 2, 2, 2];
const PIXELS = 8;
const images = () => {
  const rng = new Rng(7);
  const draw = () => tf.tensor4d(rng.normal(3 * PIXELS), SHAPE);
  return { xg: draw(), fPhi: draw(), fPsi: draw() };
};
const slope = (xg: tf.Tensor4D, loss: (xg: tf.Tensor4D) => tf.Tensor) =>
  Array.from(
    tf
      .grad((x) => tf.sum(loss(x as tf.Tensor4D)))(xg)
      .dataSync(),
  );

describe('the distribution matching loss', () => {
  it("has Diff-Instruct's gradient, divided by w", () => {
    const { xg, fPhi, fPsi } = images();
    const sigma = tf.tensor1d([0.1, 1, 10]);
    const kl = slope(xg, (x) => integralKlLoss({ xg: x, fPhi, fPsi, sigma }).loss);
    const w = tf.mean(tf.abs(tf.sub(xg, fPhi)), [1, 2, 3]);
    const matching = slope(xg, (x) =>
      tf.mul(perImage(w), distributionMatchingLoss({ xg: x, fPhi, fPsi, epsilon: 0 }).loss),
    );
    matching.forEach((value, i) => expect(value).toBeCloseTo(kl[i]!, 5));
  });

  it('has the published value, half the square of its gradient, also where that is far smaller than the images', () => {
    const { xg, fPhi } = images();
    const fPsi = tf.add(fPhi, tf.mul(images().fPsi, 1e-6)) as tf.Tensor4D;
    const args = { fPhi, fPsi, epsilon: 1e-6, factor: tf.tensor1d([1, 2, 0]) };
    const gradient = slope(xg, (x) => distributionMatchingLoss({ xg: x, ...args }).loss);
    const { loss, weight } = distributionMatchingLoss({ xg, ...args });
    const w = tf.mean(tf.abs(tf.sub(xg, fPhi)), [1, 2, 3]).dataSync();
    expect(Array.from(weight.dataSync())).toEqual(
      [0, 1, 2].map((i) => expect.closeTo([1, 2, 0][i]! / (w[i]! + 1e-6), 4)),
    );
    const gap = tf.sub(fPsi, fPhi).dataSync();
    gradient.forEach((value, i) => {
      const expected = gap[i]! * weight.dataSync()[Math.floor(i / PIXELS)]!;
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected));
    });
    Array.from(loss.dataSync()).forEach((value, i) =>
      expect(Math.abs(value - gradient[i]! ** 2 / 2)).toBeLessThanOrEqual(1e-5 * gradient[i]! ** 2),
    );
  });

  it('leaves out samples with a NaN, and is finite where the student already has the image of the teacher', () => {
    const { xg, fPhi, fPsi } = images();
    const broken = tf.tensor4d(
      Array.from(fPsi.dataSync(), (value, i) => (i === 1 ? NaN : value)),
      SHAPE,
    );
    const same = tf.concat([tf.slice(fPhi, 0, 2), tf.slice(xg, 2, 1)]) as tf.Tensor4D;
    const of = (x: tf.Tensor4D) => distributionMatchingLoss({ xg: x, fPhi: same, fPsi: broken, epsilon: 0 });
    expect(Array.from(of(xg).valid.dataSync())).toEqual([0, 1, 1]);
    const gradient = slope(xg, (x) => of(x).loss);
    expect(gradient.slice(0, PIXELS)).toEqual(new Array(PIXELS).fill(0));
    expect(gradient.some(Number.isNaN)).toBe(false);
  });
});
