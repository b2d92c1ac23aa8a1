import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attention, Conv2d, halfConv2d, halfMatMul, hasHalfPrecision } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { startHalfEngine, stopHalfEngine, toHalf } from '../../../test-support/half-engine.js';
import { relativeError } from '../../../test-support/fixtures.js';
import { roundToHalf } from '../../metrics/src/round-to-half.js';
import { normal } from './support/numeric-gradient.js';

/**
 * Four roundings to half precision, each of a relative error up to 2^-11: of both operands, of the gradient that arrives,
 * and of the result. (TensorFlow's CPU kernels round their sums as well.)
 */
const ROUNDINGS = 4 * 2 ** -11;

type Products = typeof PRODUCTS;
/** Each product in half precision, and in float32. */
const PRODUCTS = {
  convolution: {
    operands: () => [normal([2, 5, 4, 3], 1), normal([3, 3, 3, 2], 2)],
    half: (x: tf.Tensor, w: tf.Tensor): tf.Tensor => halfConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1),
    single: (x: tf.Tensor, w: tf.Tensor): tf.Tensor => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 1),
  },
  'unpadded convolution': {
    operands: () => [normal([1, 5, 4, 3], 1), normal([3, 3, 3, 2], 2)],
    half: (x: tf.Tensor, w: tf.Tensor): tf.Tensor => halfConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 0),
    single: (x: tf.Tensor, w: tf.Tensor): tf.Tensor => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 0),
  },
  ...Object.fromEntries(
    [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ].map(([a, b]) => [
      `product${a ? ' of a transposed matrix' : ''}${b ? ' with a transposed matrix' : ''}`,
      {
        operands: () => [normal(a ? [2, 4, 3] : [2, 3, 4], 1), normal(b ? [2, 5, 4] : [2, 4, 5], 2)],
        half: (x: tf.Tensor, y: tf.Tensor): tf.Tensor => halfMatMul(x, y, a, b),
        single: (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.matMul(x, y, a, b),
      },
    ]),
  ),
};

describe('half precision', () => {
  beforeAll(async () => {
    console.log(`half precision by ${await startHalfEngine()}`);
  });
  afterAll(stopHalfEngine);

  describe.each(Object.keys(PRODUCTS) as (keyof Products)[])('%s', (name) => {
    const { operands, half, single } = PRODUCTS[name]!;

    it('is within rounding of float32, and its result is a half-precision number', () => {
      const [x, y] = operands() as [tf.Tensor, tf.Tensor];
      const result = half(x, y).dataSync() as Float32Array;
      const expected = single(x, y).dataSync();
      expect(relativeError(result, expected)).toBeLessThan(ROUNDINGS);
      expect(relativeError(result, expected)).toBeGreaterThan(2 ** -16);
      expect(roundToHalf(result)).toEqual(result);
    });

    it('has the gradients of float32, within rounding', () => {
      const [x, y] = operands() as [tf.Tensor, tf.Tensor];
      const dy = normal(single(x, y).shape, 3);
      const gradients = tf.grads(half)([x, y], dy);
      const expected = tf.grads(single)([x, y], dy);
      gradients.forEach((gradient, i) => {
        expect(gradient.shape).toEqual(expected[i]!.shape);
        expect(relativeError(gradient.dataSync(), expected[i]!.dataSync())).toBeLessThan(ROUNDINGS);
      });
    });

    it('has its second derivatives', () => {
      const [x, y] = operands() as [tf.Tensor, tf.Tensor];
      // The squared gradient of x, as in an R1 penalty, where the product is not linear.
      const penalty = (product: typeof half) => (x: tf.Tensor, y: tf.Tensor) => {
        const slope = tf.grad((x: tf.Tensor) => tf.sum(tf.square(product(x, y))))(x);
        return tf.sum(tf.square(slope)) as tf.Scalar;
      };
      const gradients = tf.grads(penalty(half))([x, y]);
      const expected = tf.grads(penalty(single))([x, y]);
      gradients.forEach((gradient, i) =>
        expect(relativeError(gradient.dataSync(), expected[i]!.dataSync())).toBeLessThan(3 * ROUNDINGS),
      );
    });
  });

  it('is chosen by a layer, whose parameters stay in float32', () => {
    const layer = (half: boolean) => new Conv2d(3, 4, 3, new Rng(5), { half });
    const [plain, rounded] = [layer(false), layer(true)];
    const x = normal<tf.Rank.R4>([1, 4, 4, 3], 6);
    const error = relativeError(rounded.forward(x).dataSync(), plain.forward(x).dataSync());
    expect(error).toBeGreaterThan(2 ** -16);
    expect(error).toBeLessThan(ROUNDINGS);
    expect(rounded.weight!.variable.dataSync()).toEqual(plain.weight!.variable.dataSync());
  });

  it('of attention leaves scores and softmax in float32', () => {
    // Scores near 5000 have an absolute error of 2 in half precision, which would change the weights e-fold.
    const [q, k] = [normal<tf.Rank.R3>([2, 5, 4], 7), normal<tf.Rank.R3>([2, 6, 4], 8)].map((t) => tf.mul(toHalf(t), 64)); // prettier-ignore
    const v = normal<tf.Rank.R3>([2, 6, 4], 9);
    const [half, single] = [true, false].map((half) => attention(q as tf.Tensor3D, k as tf.Tensor3D, v, { half }));
    expect(relativeError(half!.dataSync(), single!.dataSync())).toBeLessThan(ROUNDINGS);
  });
});

it('on an engine without it, everything is computed in float32', async () => {
  await startTestBackend();
  if (hasHalfPrecision()) return;
  const { operands, half, single } = PRODUCTS.convolution;
  const [x, y] = operands() as [tf.Tensor, tf.Tensor];
  expect(half(x, y).dataSync()).toEqual(single(x, y).dataSync());
  const q = normal<tf.Rank.R3>([2, 5, 4], 7);
  expect(attention(q, q, q, { half: true }).dataSync()).toEqual(attention(q, q, q).dataSync());
});

it('the rounding of these tests is that of half precision', async () => {
  await startTestBackend();
  const values = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i) * 2 ** ((i % 44) - 27));
  expect(toHalf(tf.tensor(values)).dataSync()).toEqual(roundToHalf(values));
});
