import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../src/index.js';
import { SmallNet } from '../network.js';
import { pattern, tf, useOrt } from '../support.js';
import { checkModel, hasOnnxChecker, modelDifference } from './support.js';

const FLOAT_ROUNDING = 1e-5;

/** Weights with the magnitude that keeps activations near 1. */
const weights = <R extends tf.Rank>(shape: number[], seed: number) =>
  tf.variable(
    tf.mul(pattern<R>(shape, seed), Math.sqrt(3 / shape.slice(0, -1).reduce((a, b) => a * b, 1))),
  ) as tf.Tensor<R>;

interface Program {
  fn: (...inputs: tf.Tensor[]) => tf.Tensor;
  shapes: Record<string, number[]>;
  weightCount: number;
}

function mlp(): Program {
  const [w1, w2] = [weights<tf.Rank.R2>([20, 64], 1), weights<tf.Rank.R2>([64, 300], 2)];
  const bias = weights<tf.Rank.R1>([64], 3);
  return {
    fn: (x) => tf.softmax(tf.matMul(tf.fused.matMul({ a: x as tf.Tensor2D, b: w1, bias, activation: 'relu' }), w2)),
    shapes: { x: [1, 20] },
    weightCount: 20 * 64 + 64 + 64 * 300,
  };
}

function classifier(): Program {
  const [c1, c2] = [weights<tf.Rank.R4>([5, 5, 1, 16], 1), weights<tf.Rank.R4>([3, 3, 16, 24], 2)];
  const [b1, scale] = [weights<tf.Rank.R1>([16], 3), weights<tf.Rank.R1>([24], 4)];
  const dense = weights<tf.Rank.R2>([7 * 7 * 24, 10], 5);
  return {
    fn: (x) => {
      const first = tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, c1, 1, 'same'), b1));
      const second = tf.conv2d(tf.maxPool(first as tf.Tensor4D, 2, 2, 'same'), c2, 1, 'same');
      const { mean, variance } = tf.moments(second, [1, 2], true);
      const normalized = tf.mul(tf.div(tf.sub(second, mean), tf.sqrt(tf.add(variance, 1e-5))), scale);
      const pooled = tf.avgPool(tf.relu(normalized) as tf.Tensor4D, 2, 2, 'valid');
      return tf.matMul(tf.reshape(pooled, [x.shape[0]!, -1]), dense);
    },
    shapes: { images: [1, 28, 28, 1] },
    weightCount: 25 * 16 + 9 * 16 * 24 + 16 + 24 + 49 * 24 * 10,
  };
}

function transformerBlock(): Program {
  const [tokens, width, heads] = [12, 32, 4];
  const [qkv, out] = [weights<tf.Rank.R2>([width, 3 * width], 1), weights<tf.Rank.R2>([width, width], 2)];
  const [up, down] = [weights<tf.Rank.R2>([width, 4 * width], 3), weights<tf.Rank.R2>([4 * width, width], 4)];
  const [gamma, beta, positions] = [weights([width], 5), weights([width], 6), weights([tokens, width], 7)];
  const norm = (x: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), gamma), beta);
  };
  const rows = (x: tf.Tensor, w: tf.Tensor2D) => {
    const flat = tf.matMul(tf.reshape(x, [-1, w.shape[0]]) as tf.Tensor2D, w);
    return tf.reshape(flat, [...x.shape.slice(0, -1), w.shape[1]]);
  };
  const gelu = (x: tf.Tensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  return {
    fn: (input) => {
      const n = input.shape[0]!;
      let x = tf.add(input, positions);
      const [q, k, v] = tf
        .split(rows(norm(x), qkv), 3, 2)
        .map((part) => tf.transpose(tf.reshape(part, [n, tokens, heads, width / heads]), [0, 2, 1, 3])) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(width / heads));
      const mask = tf.linalg.bandPart(tf.ones([tokens, tokens]), -1, 0);
      const masked = tf.add(scores, tf.mul(tf.sub(mask, 1), 1e9));
      const attended = tf.transpose(tf.matMul(tf.softmax(masked), v), [0, 2, 1, 3]);
      x = tf.add(x, rows(tf.reshape(attended, [n, tokens, width]), out));
      return tf.add(x, rows(gelu(rows(norm(x), up)), down));
    },
    shapes: { tokens: [1, tokens, width] },
    weightCount: width * width * 12 + 2 * width + tokens * width * 1,
  };
}

function unet(): Program {
  const net = new SmallNet(16);
  return {
    fn: (x, labels) => net.forward(x as tf.Tensor4D, labels as tf.Tensor2D),
    shapes: { x: [1, 8, 8, 3], labels: [1, 4] },
    weightCount: net.parameters.reduce((sum, { size }) => sum + size, 0),
  };
}

describe.each([
  ['an MLP', mlp],
  ['a convolutional classifier', classifier],
  ['a transformer block', transformerBlock],
  ['a UNet with labels', unet],
])('%s', (_name, make) => {
  it('computes the same numbers as a file, for every batch size', async () => {
    await useOrt();
    const { fn, shapes } = make();
    const model = exportOnnx(fn, Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }])));
    for (const n of [1, 2, 7, 64]) {
      const feeds = Object.fromEntries(
        Object.entries(shapes).map(([name, shape], i) => [name, pattern([n, ...shape.slice(1)], n + i)]),
      );
      const expected = { output: fn(...Object.values(feeds)) };
      expect(await modelDifference(model, feeds, expected)).toBeLessThan(FLOAT_ROUNDING);
    }
  });

  it('is hardly larger than its weights', async () => {
    await useOrt();
    const { fn, shapes, weightCount } = make();
    const model = exportOnnx(fn, Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }])));
    expect(model.length).toBeGreaterThan(4 * weightCount);
    expect(model.length).toBeLessThan(4 * weightCount + 32 * 1024);
  });

  it.skipIf(!hasOnnxChecker)("is accepted by onnx's checker and shape inference", async () => {
    await useOrt();
    const { fn, shapes } = make();
    const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }]));
    const checked = checkModel(exportOnnx(fn, inputs));
    expect(checked).toMatchObject({ ir: 8, opsets: { '': 17 }, domains: [''] });
    for (const [name, shape] of Object.entries(shapes)) {
      expect(checked.inputs[name]).toEqual(['batch', ...shape.slice(1)]);
    }
    expect(checked.outputs.output![0]).toBe('batch');
    const fixed = checkModel(exportOnnx(fn, inputs, { batch: 'fixed' }));
    expect(fixed.inputs).toEqual(shapes);
    expect(Object.values(fixed.outputs).flat().every(Number.isInteger)).toBe(true);
  });
});

describe('inputs and outputs', () => {
  it('have the given names and types', async () => {
    await useOrt();
    const fn = (c0: tf.Tensor, flags: tf.Tensor, scale: tf.Tensor) => ({
      value0: tf.where(flags, tf.cast(c0, 'float32'), scale),
      largest: tf.argMax(c0, 1),
    });
    const feeds = {
      c0: tf.tensor2d([5, -3, 2 ** 30, 7, 1, 1], [2, 3], 'int32'),
      constant0: tf.tensor2d([1, 0, 1, 1, 1, 0], [2, 3], 'bool'),
      scale: tf.scalar(0.25),
    };
    const model = exportOnnx(fn, feeds);
    expect(await modelDifference(model, feeds, fn(feeds.c0, feeds.constant0, feeds.scale))).toBe(0);
  });

  it('may be unused, returned unchanged, constant, or returned twice', async () => {
    await useOrt();
    const constant = tf.variable(pattern([4], 9));
    const fn = (x: tf.Tensor, _unused: tf.Tensor) => {
      const y = tf.square(x);
      return [x, constant, y, y, tf.reshape(y, [-1]), tf.reshape(x, [-1]), tf.fill([2], 3), tf.scalar(4)];
    };
    const feeds = { x: pattern([3, 2], 1), unused: pattern([3, 1], 2) };
    const model = exportOnnx(fn, feeds);
    const expected = Object.fromEntries(fn(feeds.x, feeds.unused).map((tensor, i) => [`output${i}`, tensor]));
    expect(await modelDifference(model, feeds, expected)).toBe(0);
  });

  it('have a batch axis only if it is requested', async () => {
    await useOrt();
    const fn = (x: tf.Tensor, table: tf.Tensor) => tf.matMul(x as tf.Tensor2D, table as tf.Tensor2D);
    const model = exportOnnx(fn, { x: { shape: [1, 3] }, table: { shape: [3, 2] } }, { batch: ['x'] });
    const feeds = { x: pattern([5, 3], 1), table: pattern([3, 2], 2) };
    expect(await modelDifference(model, feeds, { output: fn(feeds.x, feeds.table) })).toBeLessThan(FLOAT_ROUNDING);
  });
});

describe('lengths that depend on the batch', () => {
  it.each<[string, (x: tf.Tensor2D) => tf.Tensor]>([
    [
      'twice the batch, cut apart again',
      (x) => {
        const n = x.shape[0];
        const both = tf.square(tf.concat([x, tf.neg(x)], 0));
        return tf.sub(tf.mul(tf.slice(both, [0, 0], [n, -1]), 3), tf.slice(both, [n, 0], [n, -1]));
      },
    ],
    ['every sample with every other', (x) => tf.reshape(tf.matMul(x, x, false, true), [x.shape[0], x.shape[0], 1])],
    [
      'constants as long as the batch',
      (x) => {
        const n = x.shape[0];
        return tf.add(tf.mul(x, tf.ones([n, 1])), tf.concat([tf.fill([n, 2], 0.5), tf.zeros([n, 4])], 1));
      },
    ],
    ['repetitions', (x) => tf.add(x, tf.tile(tf.tensor2d([[1, 2, 3, 4, 5, 6]]), [x.shape[0], 1]))],
    ['sums over the batch', (x) => tf.sub(x, tf.mean(x, 0))],
    [
      'axes of heads in front',
      (x) => {
        const heads = tf.reshape(tf.transpose(tf.reshape(x, [-1, 3, 2]), [0, 2, 1]), [x.shape[0] * 2, 3]);
        return tf.reshape(tf.softmax(heads), [x.shape[0], 6]);
      },
    ],
    [
      'padding and strides',
      (x) =>
        tf.stridedSlice(
          tf.pad(x, [
            [0, 0],
            [1, 1],
          ]),
          [0, 0],
          [x.shape[0], 8],
          [1, 2],
        ),
    ],
  ])('%s', async (_name, fn) => {
    await useOrt();
    const model = exportOnnx(fn, { x: { shape: [1, 6] } });
    for (const n of [1, 2, 7]) {
      const feeds = { x: pattern<tf.Rank.R2>([n, 6], n) };
      expect(await modelDifference(model, feeds, { output: fn(feeds.x) })).toBeLessThan(FLOAT_ROUNDING);
    }
  });
});

describe('between convolutions, which read NCHW in files', () => {
  const filter = (i: number, o: number) => tf.mul(pattern<tf.Rank.R4>([3, 3, i, o], i + o), 0.3) as tf.Tensor4D;
  const between: Record<string, (x: tf.Tensor4D) => tf.Tensor> = {
    'per channel, pixel, row and sample': (x) => {
      const summands = [[6], [4, 4, 6], [1, 4, 1, 1], [1, 4, 4, 1], []].map((shape, i) => pattern(shape, i));
      const perSample = tf.mean(x, [1, 2, 3], true);
      return tf.mul(
        summands.reduce((sum: tf.Tensor, y) => tf.add(sum, y), x),
        perSample,
      );
    },
    'reductions over every choice of axes': (x) => {
      const axes = [[0], [1], [3], [0, 2], [1, 2], [1, 3], [0, 1, 2], [1, 2, 3], [0, 1, 2, 3]];
      return axes.reduce((sum: tf.Tensor, a) => tf.add(sum, tf.sub(tf.max(x, a, true), tf.mean(x, a, true))), x);
    },
    'comparison and choice': (x) => tf.where(tf.greater(x, pattern([6], 1)), x, tf.neg(tf.square(x))),
    'parts of channels': (x) => {
      const [a, b, c] = tf.split(x, [1, 3, 2], 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const padded = tf.pad(c, [
        [0, 0],
        [0, 0],
        [0, 0],
        [1, 0],
      ]);
      return tf.add(tf.concat([padded, tf.relu(b)], 3), a);
    },
    'pooling, enlarging and padding': (x) => {
      const pooled = tf.add(tf.avgPool(x, 2, 2, 'valid'), tf.maxPool(x, 3, 2, 'same')) as tf.Tensor4D;
      const larger = tf.image.resizeNearestNeighbor(pooled, [6, 6]);
      return tf.slice(
        tf.pad(larger, [
          [0, 0],
          [1, 0],
          [0, 1],
          [0, 0],
        ]),
        [0, 1, 1, 0],
        [-1, 4, 4, 6],
      );
    },
    'other shapes and orders': (x) =>
      tf.transpose(tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [-1, 4, 4, 6]), [0, 2, 1, 3]),
  };
  it.each(Object.entries(between))('%s', async (_name, middle) => {
    await useOrt();
    const [first, second] = [filter(3, 6), filter(6, 1)];
    const fn = (x: tf.Tensor4D) => tf.conv2d(middle(tf.conv2d(x, first, 1, 'same')) as tf.Tensor4D, second, 1, 'same');
    const model = exportOnnx(fn, { x: { shape: [1, 4, 4, 3] } });
    for (const n of [1, 5]) {
      const feeds = { x: pattern<tf.Rank.R4>([n, 4, 4, 3], n) };
      expect(await modelDifference(model, feeds, { output: fn(feeds.x) })).toBeLessThan(FLOAT_ROUNDING);
    }
  });
});

it('gradients can be exported too, with standard operators only', async () => {
  const ort = await useOrt();
  ort.forbidFallback = true;
  const net = new SmallNet(12);
  const fn = (x: tf.Tensor4D, labels: tf.Tensor2D) => {
    const { value, grads } = net.gradients(x, labels);
    return [value, ...grads];
  };
  const feeds = { x: pattern<tf.Rank.R4>([3, 8, 8, 3], 1), labels: pattern<tf.Rank.R2>([3, 4], 2) };
  const model = exportOnnx(fn, feeds, { batch: 'fixed' });
  ort.forbidFallback = false;
  expect(Buffer.from(model).includes('com.microsoft')).toBe(false);
  const expected = Object.fromEntries(fn(feeds.x, feeds.labels).map((tensor, i) => [`output${i}`, tensor]));
  expect(await modelDifference(model, feeds, expected)).toBeLessThan(FLOAT_ROUNDING);
});
