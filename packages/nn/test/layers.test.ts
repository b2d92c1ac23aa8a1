import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Conv2d, FourierEmbedding, GroupNorm, Linear, PositionalEmbedding, StridedConv2d } from '../src/index.js';
import { drawInitialValues } from '../src/layers/weight-init.js';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { normal } from './support/numeric-gradient.js';

beforeAll(startTestBackend);

const rng = () => new Rng(1);

describe('initial weights', () => {
  const fans = { fanIn: 30, fanOut: 60 };
  const variance = (mode: Parameters<typeof drawInitialValues>[2], gain = 1) => {
    const values = drawInitialValues(rng(), [200, 200], mode, fans, gain).dataSync<'float32'>();
    return values.reduce((sum, v) => sum + v * v, 0) / values.length;
  };

  it('have the variance of their mode', () => {
    expect(variance('xavier_uniform') * 90).toBeCloseTo(2, 1);
    expect(variance('xavier_normal') * 90).toBeCloseTo(2, 1);
    expect(variance('kaiming_uniform') * 30).toBeCloseTo(1, 1);
    expect(variance('kaiming_normal') * 30).toBeCloseTo(1, 1);
    expect(variance('kaiming_normal', 0.1) * 3000).toBeCloseTo(1, 1);
  });

  it('stay within the bounds of the uniform modes', () => {
    const values = drawInitialValues(rng(), [1000], 'xavier_uniform', fans, 1).dataSync();
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(Math.sqrt(6 / 90));
  });

  it('are zero without a stream or with a gain of 0', () => {
    expect(Array.from(drawInitialValues(null, [2], 'xavier_normal', fans, 1).dataSync())).toEqual([0, 0]);
    expect(Array.from(drawInitialValues(rng(), [2], 'xavier_normal', fans, 0).dataSync())).toEqual([0, 0]);
  });
});

describe('Linear', () => {
  it('stores its weight as (out, in)', () => {
    const layer = new Linear(2, 3, null);
    layer.loadStateDict({
      weight: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      bias: { shape: [3], data: Float32Array.of(10, 20, 30) },
    });
    expect(layer.forward(tf.tensor2d([[1, 10]])).arraySync()).toEqual([[31, 63, 95]]);
  });

  it('may have no bias', () => {
    expect([...new Linear(2, 3, rng(), { bias: false }).namedLeaves().keys()]).toEqual(['weight']);
  });
});

describe('Conv2d', () => {
  const shapeAfter = (options: ConstructorParameters<typeof Conv2d>[4], kernel = 3) =>
    new Conv2d(4, kernel === 0 ? 4 : 6, kernel, rng(), options).forward(normal([2, 8, 8, 4], 2)).shape;

  it('keeps the resolution, doubles it or halves it', () => {
    expect(shapeAfter({})).toEqual([2, 8, 8, 6]);
    for (const resampleFilter of [
      [1, 1],
      [1, 3, 3, 1],
    ]) {
      for (const fusedResample of [false, true]) {
        expect(shapeAfter({ resample: 'up', resampleFilter, fusedResample })).toEqual([2, 16, 16, 6]);
        expect(shapeAfter({ resample: 'down', resampleFilter, fusedResample })).toEqual([2, 4, 4, 6]);
      }
      expect(shapeAfter({ resample: 'up', resampleFilter }, 0)).toEqual([2, 16, 16, 4]);
    }
  });

  it('names its tensors as PyTorch does, with OIHW weights in files', async () => {
    const dict = await new Conv2d(4, 6, 3, rng(), { resample: 'down', resampleFilter: [1, 3, 3, 1] }).stateDict();
    expect(Object.entries(dict).map(([name, { shape }]) => [name, shape])).toEqual([
      ['weight', [6, 4, 3, 3]],
      ['bias', [6]],
      ['resample_filter', [1, 1, 4, 4]],
    ]);
    const taps = [1, 3, 3, 1].flatMap((a) => [1, 3, 3, 1].map((b) => (a * b) / 64));
    expect(Array.from(dict.resample_filter!.data as Float32Array)).toEqual(taps);
  });

  it('with a kernel of 0 has nothing to train', () => {
    expect(new Conv2d(4, 4, 0, null, { resample: 'up' }).parameterCount()).toBe(0);
  });

  it('refuses filters with a middle', () => {
    expect(() => new Conv2d(4, 4, 3, null, { resample: 'up', resampleFilter: [1, 2, 1] })).toThrow('not 3');
  });
});

describe('GroupNorm', () => {
  it('starts with scale 1 and shift 0', () => {
    const y = new GroupNorm(8).forward(normal([1, 4, 4, 8], 3));
    expect(tf.mean(y).dataSync()[0]).toBeCloseTo(0, 5);
    expect(tf.mean(tf.square(y)).dataSync()[0]).toBeCloseTo(1, 4);
  });

  it('normalizes the groups it is given', () => {
    const x = normal<tf.Rank.R4>([1, 3, 3, 6], 3);
    const y = new GroupNorm(6, { groups: 3, epsilon: 0 }).forward(x).arraySync()[0]!.flat();
    for (const group of [0, 1, 2]) {
      const members = y.flatMap((pixel) => pixel.slice(2 * group, 2 * group + 2));
      expect(members.reduce((sum, v) => sum + v, 0) / members.length).toBeCloseTo(0, 5);
      expect(members.reduce((sum, v) => sum + v * v, 0) / members.length).toBeCloseTo(1, 4);
    }
  });

  it('refuses groups that do not divide the channels', () => {
    expect(() => new GroupNorm(3)).toThrow('3 channels cannot be normalized in 0 groups; give `groups`');
    expect(() => new GroupNorm(6, { groups: 4 })).toThrow('6 channels cannot be normalized in 4 groups');
  });
});

describe('embeddings', () => {
  it('positional: frequencies from 1 down to 1 / 10000', () => {
    const end = new PositionalEmbedding(4, { endpoint: true }).forward(tf.tensor1d([0, 3])).arraySync();
    expect(end[0]).toEqual([1, 1, 0, 0]);
    [Math.cos(3), Math.cos(3e-4), Math.sin(3), Math.sin(3e-4)].forEach((v, i) => expect(end[1]![i]).toBeCloseTo(v, 6));
    const open = new PositionalEmbedding(4).forward(tf.tensor1d([3])).arraySync()[0]!;
    [Math.cos(3), Math.cos(0.03), Math.sin(3), Math.sin(0.03)].forEach((v, i) => expect(open[i]).toBeCloseTo(v, 6));
  });

  it('Fourier: fixed random frequencies, saved but not trained', () => {
    const layer = new FourierEmbedding(512, rng());
    expect(layer.parameterCount()).toBe(0);
    const freqs = layer.freqs.variable.dataSync<'float32'>();
    expect(Math.sqrt(freqs.reduce((sum, f) => sum + f * f, 0) / 256) / 16).toBeCloseTo(1, 0);
    const out = layer.forward(tf.tensor1d([0.25])).dataSync();
    expect(out[0]).toBeCloseTo(Math.cos(0.5 * Math.PI * freqs[0]!), 4);
    expect(out[256]).toBeCloseTo(Math.sin(0.5 * Math.PI * freqs[0]!), 4);
  });
});

describe('StridedConv2d', () => {
  it('moves its kernel by the stride over the padded image', () => {
    const layer = new StridedConv2d(1, 1, 4, null, { stride: 2, padding: 1 });
    // Weights 0 to 15, so that each pixel of the result says which pixels it saw.
    const weight = Float32Array.from({ length: 16 }, (_, i) => i);
    layer.loadStateDict({
      weight: { shape: [1, 1, 4, 4], data: weight },
      bias: { shape: [1], data: Float32Array.of(100) },
    });
    const at = (row: number, column: number) => {
      const pixels = Array.from({ length: 25 }, (_, i) => (i === row * 5 + column ? 1 : 0));
      return Array.from(layer.forward(tf.tensor4d(pixels, [1, 5, 5, 1])).dataSync());
    };
    // The result is 2x2: its pixels see rows and columns -1 to 2 and 1 to 4.
    expect(at(0, 0)).toEqual([105, 100, 100, 100]);
    expect(at(2, 2)).toEqual([115, 113, 107, 105]);
    expect(at(4, 4)).toEqual([100, 100, 100, 115]);
  });

  it("starts with PyTorch's values: uniform within 1 / sqrt(fan-in), the bias too", () => {
    const { weight, bias } = new StridedConv2d(8, 64, 4, rng());
    const limit = 1 / Math.sqrt(8 * 16);
    for (const { variable } of [weight, bias]) {
      const values = Array.from(variable.dataSync()).map(Math.abs);
      expect(Math.max(...values)).toBeLessThanOrEqual(limit * 1.000001);
      expect(values.reduce((a, b) => a + b) / values.length / limit).toBeCloseTo(0.5, 0.8);
    }
  });
});
