import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attention,
  downsample2x,
  downsampleFiltered,
  dropout,
  groupNorm,
  lossAndGrads,
  Parameter,
  silu,
  upsample2x,
  upsampleFiltered,
} from '../src/index.js';
import { dropoutMask } from '../src/ops/dropout.js';
import { MaskRng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { gradientError, normal } from './support/numeric-gradient.js';

/** Error of central differences in float32. */
const NUMERIC = 2e-3;

beforeAll(startTestBackend);

describe('silu', () => {
  it('is x sigmoid(x)', () => {
    const y = silu(tf.tensor1d([-2, 0, 1, 30])).dataSync();
    [-2, 0, 1, 30].forEach((x, i) => expect(y[i]).toBeCloseTo(x / (1 + Math.exp(-x)), 6));
  });

  it('has the right gradient', () => {
    expect(gradientError((x) => silu(x!), normal([5, 7], 1))).toBeLessThan(NUMERIC);
  });
});

describe.each([false, true])('group normalization (silu: %s)', (withSilu) => {
  const attrs = { groups: 2, epsilon: 1e-5, silu: withSilu };

  it('normalizes every group of every image', () => {
    const x = tf.add(tf.mul(normal<tf.Rank.R4>([2, 3, 3, 4], 1), 3), 5) as tf.Tensor4D;
    const y = groupNorm(x, tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([0.1, 0.2, 0.3, 0.4]), attrs).arraySync();
    const values = x.arraySync();
    for (let n = 0; n < 2; n++) {
      for (const group of [0, 1]) {
        const members = values[n]!.flat().flatMap((pixel) => pixel.slice(2 * group, 2 * group + 2));
        const mean = members.reduce((a, b) => a + b) / members.length;
        const variance = members.reduce((sum, v) => sum + (v - mean) ** 2, 0) / members.length;
        for (const c of [2 * group, 2 * group + 1]) {
          const z = ((values[n]![1]![2]![c]! - mean) / Math.sqrt(variance + 1e-5)) * (c + 1) + (c + 1) / 10;
          expect(y[n]![1]![2]![c]).toBeCloseTo(withSilu ? z / (1 + Math.exp(-z)) : z, 4);
        }
      }
    }
  });

  it('has the right gradients', () => {
    const f = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      groupNorm(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D, attrs);
    const error = gradientError(
      f as (...x: tf.Tensor[]) => tf.Tensor,
      normal([2, 3, 3, 8], 1),
      normal([8], 2),
      normal([8], 3),
    );
    expect(error).toBeLessThan(NUMERIC);
  });
});

describe('resampling', () => {
  const x = () => normal<tf.Rank.R4>([3, 4, 6, 2], 1);
  const filter = (taps: number[]) => tf.variable(tf.tensor(taps.flatMap((a) => taps.map((b) => a * b))));

  it('repeats pixels and averages them', () => {
    const image = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    expect(Array.from(upsample2x(image).dataSync())).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    expect(Array.from(downsample2x(image).dataSync())).toEqual([2.5]);
  });

  it('with the filter [1, 1] / 2 repeats and averages likewise', () => {
    const half = filter([0.5, 0.5]);
    const difference = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];
    expect(difference(upsampleFiltered(x(), half, 0), upsample2x(x()))).toBeLessThan(1e-6);
    expect(difference(downsampleFiltered(x(), half, 0), downsample2x(x()))).toBeLessThan(1e-6);
  });

  it('interpolates with a longer filter', () => {
    const row = tf.tensor4d([0, 8, 0, 0], [1, 1, 4, 1]);
    const up = upsampleFiltered(tf.concat([row, row, row], 1), filter([1 / 8, 3 / 8, 3 / 8, 1 / 8]), 1);
    expect(up.shape).toEqual([1, 6, 8, 1]);
    expect(Array.from(tf.slice(up, [0, 2, 0, 0], [1, 1, 8, 1]).dataSync())).toEqual([0, 2, 6, 6, 2, 0, 0, 0]);
  });

  it('refuses to halve odd sizes', () => {
    expect(() => downsampleFiltered(normal([1, 3, 4, 1], 1), filter([0.5, 0.5]), 0)).toThrow('not 3x4');
  });

  it('has the right gradients', () => {
    const taps = filter([0.1, 0.4, 0.3, 0.2]);
    for (const f of [
      upsample2x,
      downsample2x,
      (image: tf.Tensor4D) => upsampleFiltered(image, taps, 1),
      (image: tf.Tensor4D) => downsampleFiltered(image, taps, 1),
      (image: tf.Tensor4D) => downsampleFiltered(image, taps, 0),
    ]) {
      expect(gradientError(f as (...x: tf.Tensor[]) => tf.Tensor, x())).toBeLessThan(NUMERIC);
    }
  });
});

describe('attention', () => {
  it('with equal keys averages the values', () => {
    const v = normal<tf.Rank.R3>([2, 5, 3], 1);
    const out = attention(normal([2, 5, 3], 2), tf.ones([2, 5, 3]), v);
    const mean = tf.tile(tf.mean(v, 1, true), [1, 5, 1]);
    expect(tf.max(tf.abs(tf.sub(out, mean))).dataSync()[0]).toBeLessThan(1e-6);
  });

  it('has the right gradients', () => {
    const f = attention as unknown as (...x: tf.Tensor[]) => tf.Tensor;
    const error = gradientError(f, normal([2, 4, 3], 1), normal([2, 4, 3], 2), normal([2, 4, 3], 3));
    expect(error).toBeLessThan(NUMERIC);
  });
});

describe('dropout', () => {
  const zeros = (mask: Float32Array) => mask.filter((value) => value === 0).length;

  it.each([0.001, 0.01, 0.13, 0.5, 0.9])('drops the share %f and keeps the mean', (rate) => {
    const size = 100_000;
    const mask = dropoutMask(20, size, rate, new MaskRng([3, 4]));
    const deviation = Math.sqrt(rate * (1 - rate) * mask.length);
    expect(Math.abs(zeros(mask) - rate * mask.length)).toBeLessThan(5 * deviation);
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
    // No image, and no place in an image, is dropped more often than others.
    for (let image = 0; image < 20; image++) {
      const share = zeros(mask.subarray(image * size, (image + 1) * size)) / size;
      expect(Math.abs(share - rate)).toBeLessThan(((5 * deviation) / mask.length) * Math.sqrt(20));
    }
    const first = mask.filter((_, i) => i % size < 1000);
    expect(Math.abs(zeros(first) / first.length - rate)).toBeLessThan(((5 * deviation) / mask.length) * Math.sqrt(100));
  });

  it('drops neighbors independently', () => {
    const mask = dropoutMask(1, 1_000_000, 0.13, new MaskRng([5, 6]));
    for (const distance of [1, 2, 7]) {
      const both = mask.filter((value, i) => value === 0 && mask[i + distance] === 0).length;
      expect(Math.abs(both / mask.length - 0.13 ** 2)).toBeLessThan(5 * Math.sqrt(0.0169 / mask.length));
    }
  });

  it('gives an image the same mask in whatever share of the batch it is', () => {
    const whole = new MaskRng([1, 2]);
    const second = new MaskRng([1, 2]).share(2);
    for (let mask = 0; mask < 3; mask++) {
      const all = dropoutMask(5, 40, 0.3, whole);
      expect(dropoutMask(3, 40, 0.3, second)).toEqual(all.slice(80));
      expect(all.subarray(0, 40)).not.toEqual(all.subarray(40, 80));
    }
    expect(dropoutMask(5, 40, 0.3, whole)).not.toEqual(dropoutMask(5, 40, 0.3, whole));
  });

  it('does nothing at rate 0, and needs a stream otherwise', () => {
    const x = tf.ones([4]);
    expect(dropout(x, 0, undefined)).toBe(x);
    expect(() => dropout(x, 0.5, undefined)).toThrow('needs a MaskRng');
    for (const rate of [-0.1, 1, NaN]) expect(() => dropout(x, rate, new MaskRng([1, 2]))).toThrow(`got ${rate}`);
  });
});

describe('lossAndGrads', () => {
  it('computes only the gradients that are needed', () => {
    const gamma = new Parameter(tf.ones([4]));
    const x = normal<tf.Rank.R4>([1, 2, 2, 4], 1);
    const frozen = new Parameter(normal([3, 3, 4, 4], 2));
    const filterGradients: string[] = [];
    const run = tf.profile(() => {
      const { loss, grads } = lossAndGrads(() => {
        const h = groupNorm(x, gamma.variable as tf.Tensor as tf.Tensor1D, tf.zeros([4]), {
          groups: 1,
          epsilon: 1e-5,
          silu: true,
        });
        const y = tf.conv2d(h, frozen.variable as tf.Tensor as tf.Tensor4D, 1, 1);
        return { loss: tf.sum(y) as tf.Scalar, aux: {} };
      }, [gamma]);
      expect(grads).toHaveLength(1);
      return loss;
    });
    return run.then(({ kernelNames }) => {
      filterGradients.push(...kernelNames.filter((name) => name === 'Conv2DBackpropFilter'));
      expect(kernelNames).toContain('Conv2DBackpropInput');
      expect(filterGradients).toEqual([]);
    });
  });

  it('gives zeros for a parameter that the loss does not depend on, and says so', () => {
    const used = new Parameter(tf.scalar(3));
    const unused = new Parameter(tf.ones([2]));
    const vanishing = new Parameter(tf.scalar(5));
    const { loss, grads, absent } = lossAndGrads(
      () => ({ loss: tf.add(tf.square(used.variable), tf.mul(vanishing.variable, 0)) as tf.Scalar, aux: {} }),
      [used, unused, vanishing],
    );
    expect(loss.dataSync()[0]).toBe(9);
    expect(grads.map((grad) => Array.from(grad.dataSync()))).toEqual([[6], [0, 0], [0]]);
    expect(absent).toEqual([false, true, false]);
  });
});
