import { describe, expect, it } from 'vitest';
import { images, pattern, tf, useOrt } from './support.js';

/** The largest difference of any tensor, relative to its own largest magnitude. */
function relativeDifference(actual: readonly (readonly number[])[], expected: readonly (readonly number[])[]): number {
  const differences = expected.map((values, i) => {
    const scale = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    const worst = values.reduce((m, v, j) => Math.max(m, Math.abs(v - actual[i]![j]!)), 0);
    // NaN compares as too large.
    return worst === 0 ? 0 : worst / scale;
  });
  return differences.every((d) => d >= 0) ? Math.max(...differences) : Infinity;
}

const evaluate = (f: () => tf.Tensor[]) => tf.tidy(() => f().map((t) => [...t.dataSync()]));

/** Runs `f` on tfjs-backend-cpu and on ort, without fallback. */
async function compare(f: () => tf.Tensor[]): Promise<number> {
  await tf.setBackend('cpu');
  const expected = evaluate(f);
  const ort = await useOrt();
  ort.forbidFallback = true;
  try {
    return relativeDifference(evaluate(f), expected);
  } finally {
    ort.forbidFallback = false;
  }
}

/** The value of a network, and the gradients of its weighted sum with respect to all inputs and weights. */
const withGradients =
  (network: (...inputs: tf.Tensor[]) => tf.Tensor, ...shapes: number[][]): (() => tf.Tensor[]) =>
  () => {
    const inputs = shapes.map((shape, i) => pattern(shape, i + 1));
    const value = network(...inputs);
    const weights = pattern(value.shape, 99);
    const loss = (...args: tf.Tensor[]) => tf.sum(tf.mul(network(...args), weights)) as tf.Scalar;
    return [value, ...tf.grads(loss)(inputs)];
  };

type T4 = tf.Tensor4D;

/** Inception's mixed block: pools that exclude their padding, factorized and strided convolutions, batch norm, concat. */
function inception(...inputs: tf.Tensor[]): tf.Tensor {
  const [x, one, tall, wide, reduce, offset] = inputs as [T4, T4, T4, T4, T4, tf.Tensor1D];
  const statistics = (seed: number) => tf.add(tf.abs(pattern<tf.Rank.R1>([16], seed)), 0.5) as tf.Tensor1D;
  const branch = tf.relu(
    tf.batchNorm(tf.conv2d(x, one, 1, 'same'), statistics(50), statistics(51), offset, statistics(52), 1e-3),
  ) as T4;
  const factorised = tf.conv2d(tf.conv2d(branch, tall, 1, 'same'), wide, 1, 'same');
  const pooled = tf.conv2d(tf.avgPool(x, 3, 1, 'same'), one, 1, 'same');
  const joined = tf.concat([branch, factorised, pooled, tf.maxPool(branch, 3, 1, 'same')], 3);
  const smaller = tf.concat([tf.conv2d(joined, reduce, 2, 'valid'), tf.maxPool(joined, 3, 2, 'valid')], 3);
  return tf.softmax(tf.mean(smaller, [1, 2]));
}

/** A layer of StyleGAN2: modulated convolution with one set of weights per sample, upsampling, blur, noise, bias. */
function styleLayer(...inputs: tf.Tensor[]): tf.Tensor {
  const [x, style, weights, bias, strength] = inputs as [T4, tf.Tensor2D, T4, tf.Tensor1D, tf.Scalar];
  const [n, h, w, c] = x.shape;
  const [kh, kw, , o] = weights.shape;
  const modulated = tf.mul(tf.expandDims(weights, 0), tf.reshape(style, [n, 1, 1, c, 1])) as tf.Tensor5D;
  const demodulation = tf.rsqrt(tf.add(tf.sum(tf.square(modulated), [1, 2, 3], true), 1e-8));
  const perSample = tf.mul(modulated, demodulation) as tf.Tensor5D;
  const samples = tf.split(x, n, 0).map((image, i) => {
    const own = tf.reshape(tf.slice(perSample, i, 1), [kh, kw, c, o]) as T4;
    return tf.conv2dTranspose(image as T4, tf.transpose(own, [0, 1, 3, 2]), [1, 2 * h + 1, 2 * w + 1, o], 2, 'valid');
  });
  const large = tf.concat(samples, 0) as T4;
  const blur = tf.tile(tf.reshape(tf.tensor1d([1, 3, 3, 1, 3, 9, 9, 3, 3, 9, 9, 3, 1, 3, 3, 1]), [4, 4, 1, 1]), [
    1,
    1,
    o,
    1,
  ]);
  const blurred = tf.depthwiseConv2d(tf.pad(large, [[0, 0], [1, 1], [1, 1], [0, 0]]), tf.div(blur, 16) as T4, 1, 'valid'); // prettier-ignore
  const noise = tf.mul(pattern([1, 2 * h, 2 * w, 1], 77), strength);
  return tf.mul(tf.leakyRelu(tf.add(tf.add(blurred, noise), bias), 0.2), Math.SQRT2);
}

/** The skip path of StyleGAN2: zeros between the pixels, a filter, every second pixel. */
function upAndDown(...inputs: tf.Tensor[]): tf.Tensor {
  const [x, filter] = inputs as [T4, T4];
  const [n, h, w, c] = x.shape;
  const apart = tf.pad(tf.reshape(x, [n, h, 1, w, 1, c]), [[0, 0], [0, 0], [0, 1], [0, 0], [0, 1], [0, 0]]); // prettier-ignore
  const up = tf.depthwiseConv2d(tf.reshape(apart, [n, 2 * h, 2 * w, c]) as T4, filter, 1, 'same');
  return tf.depthwiseConv2d(up, filter, 2, 'same');
}

/** A transformer block: layer normalization, attention over heads, GELU, embedding lookup. */
function transformer(...inputs: tf.Tensor[]): tf.Tensor {
  const [table, project, out, up, down, gain] = inputs as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D]; // prettier-ignore
  const [batch, length, width, heads] = [2, 5, 8, 2];
  const tokens = tf.tensor2d([0, 3, 1, 1, 6, 2, 5, 3, 0, 4], [batch, length], 'int32') as tf.Tensor;
  const normalize = (x: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), gain);
  };
  const linear = (x: tf.Tensor, w: tf.Tensor2D) =>
    tf.reshape(tf.matMul(tf.reshape(x, [batch * length, -1]), w), [batch, length, -1]);
  const x = tf.gather(table, tokens) as tf.Tensor;
  const [q, k, v] = tf
    .split(linear(normalize(x), project), 3, 2)
    .map((part) => tf.transpose(tf.reshape(part, [batch, length, heads, width / heads]), [0, 2, 1, 3])) as [T4, T4, T4];
  const mask = tf.reshape(tf.sub(1, tf.linalg.bandPart(tf.ones([length, length]) as tf.Tensor2D, -1, 0)), [
    1,
    1,
    length,
    length,
  ]);
  const scores = tf.sub(tf.div(tf.matMul(q, k, false, true), Math.sqrt(width / heads)), tf.mul(mask, 1e9));
  const mixed = tf.reshape(tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]), x.shape);
  const hidden = tf.add(x, linear(mixed, out));
  const wide = linear(normalize(hidden), up);
  const gelu = tf.mul(tf.mul(wide, 0.5), tf.add(tf.erf(tf.div(wide, Math.SQRT2)), 1));
  return tf.add(hidden, linear(gelu, down));
}

/** A small classifier of images, as in tfjs's examples. */
function classifier(...inputs: tf.Tensor[]): tf.Tensor {
  const [x, first, second, dense] = inputs as [T4, T4, T4, tf.Tensor2D];
  const block = (image: T4, w: T4) => tf.maxPool(tf.relu(tf.conv2d(image, w, 1, 'same')) as T4, 2, 2, 'same');
  const features = tf.reshape(block(block(x, first), second), [x.shape[0], -1]) as tf.Tensor2D;
  const labels = tf.oneHot(tf.tensor1d([3, 0, 2], 'int32'), 4);
  return tf.losses.softmaxCrossEntropy(labels, tf.matMul(features, dense));
}

const resizing = (...inputs: tf.Tensor[]) => {
  const [x] = inputs as [T4];
  // tfjs-backend-cpu's gradients of resizing are wrong for several samples and for images that are not square.
  const large = tf.image.resizeBilinear(x, [7, 7]);
  const aligned = tf.image.resizeBilinear(tf.image.resizeNearestNeighbor(large, [5, 5]), [3, 3], true);
  return tf.add(aligned, tf.image.resizeNearestNeighbor(tf.image.resizeBilinear(x, [6, 6], true), [3, 3]));
};

const volumes = (...inputs: tf.Tensor[]) => {
  const [x, w] = inputs as [tf.Tensor5D, tf.Tensor5D];
  const y = tf.conv3d(x, w, [1, 2, 1], 'same');
  return tf.add(tf.maxPool3d(y, 2, 1, 'same'), tf.avgPool3d(y, 2, 1, 'same'));
};

const depthwise = (...inputs: tf.Tensor[]) => {
  const [x, several, single, point] = inputs as [T4, T4, T4, T4];
  const y = tf.depthwiseConv2d(tf.depthwiseConv2d(x, several, 2, 'same'), single, 1, 'same');
  return tf.separableConv2d(y, single, point, [1, 1], 'valid');
};

const fused = (...inputs: tf.Tensor[]) => {
  const [x, filter, bias, each, matrix] = inputs as [T4, T4, tf.Tensor1D, T4, tf.Tensor2D];
  const y = tf.fused.conv2d({ x, filter, strides: 2, pad: 'same', bias, activation: 'relu6' });
  const z = tf.fused.depthwiseConv2d({ x: y, filter: each, strides: 1, pad: 'same', activation: 'relu' });
  return tf.fused.matMul({ a: tf.reshape(z, [-1, 8]), b: matrix, activation: 'relu' });
};

describe('values and gradients of small networks, without any CPU kernel, agree with the CPU backend', () => {
  it.each<[string, () => tf.Tensor[]]>([
    [
      'Inception-v3',
      withGradients(inception, [2, 7, 7, 16], [1, 1, 16, 16], [7, 1, 16, 16], [1, 7, 16, 16], [3, 3, 64, 24], [16]),
    ],
    ['StyleGAN2: modulated convolution', withGradients(styleLayer, [2, 4, 4, 6], [2, 6], [3, 3, 6, 8], [8], [])],
    ['StyleGAN2: resampling', withGradients(upAndDown, [2, 4, 6, 16], [4, 4, 16, 1])],
    ['transformer block', withGradients(transformer, [7, 8], [8, 24], [8, 8], [8, 32], [32, 8], [8])],
    ['classifier', withGradients(classifier, [3, 9, 8, 1], [3, 3, 1, 16], [5, 5, 16, 32], [192, 4])],
    ['resizing', withGradients(resizing, [1, 4, 4, 3])],
    ['convolution and pooling of volumes', withGradients(volumes, [2, 4, 5, 3, 2], [2, 3, 2, 2, 3])],
    ['depthwise convolutions', withGradients(depthwise, [2, 7, 8, 3], [3, 2, 3, 2], [3, 3, 6, 1], [1, 1, 6, 5])],
    ['fused operations', withGradients(fused, [2, 5, 6, 3], [3, 3, 3, 8], [8], [3, 3, 8, 1], [8, 4])],
  ])('%s', async (_name, f) => {
    expect(await compare(f)).toBeLessThan(1e-5);
  });

  it('gradients of resizing several samples are those of each sample alone', async () => {
    const ort = await useOrt();
    ort.forbidFallback = true;
    const gradient = (x: T4) =>
      tf.grad((x) =>
        tf.sum(tf.square(tf.image.resizeNearestNeighbor(tf.image.resizeBilinear(x as T4, [5, 4]), [3, 7]))),
      )(x);
    const x = images([2, 3, 5, 2]);
    const together = [...gradient(x).dataSync()];
    const alone = tf.split(x, 2, 0).flatMap((sample) => [...gradient(sample as T4).dataSync()]);
    ort.forbidFallback = false;
    expect(relativeDifference([together], [alone])).toBeLessThan(1e-6);
  });
});

describe('a maximum', () => {
  it('is NaN if an element is; the index of the largest element skips NaN', async () => {
    const f = () => {
      const x = tf.tensor2d([1, NaN, 3, 5, 2, 4], [2, 3]);
      return [tf.max(x, 1), tf.min(x), tf.argMax(x, 1), tf.argMin(x, 1)];
    };
    await useOrt();
    expect(evaluate(f)).toEqual([[NaN, 5], [NaN], [2, 0], [0, 1]]);
  });

  it('passes its gradient to the first of equal elements; those of overlapping windows add up', async () => {
    await useOrt();
    const gradient = (size: number, stride: number, x: T4) => [
      ...tf
        .grad((x) => tf.sum(tf.maxPool(x as T4, size, stride, 'valid')))(x)
        .dataSync(),
    ];
    expect(gradient(2, 2, tf.ones([1, 2, 4, 1]))).toEqual([1, 0, 1, 0, 0, 0, 0, 0]);
    expect(gradient(2, 1, tf.tensor4d([0, 5, 0, 0, 0, 0], [1, 2, 3, 1]))).toEqual([0, 2, 0, 0, 0, 0]);
  });
});

it('a NaN in one row of gradients of a gather stays in that row', async () => {
  await useOrt();
  const dy = tf.tensor2d([1, 2, NaN, 4, 5, Infinity], [3, 2]);
  const gradient = tf.grad((x) => tf.sum(tf.mul(tf.gather(x, tf.tensor1d([2, 0, 2], 'int32')), dy)))(tf.zeros([3, 2]));
  expect([...gradient.dataSync()]).toEqual([NaN, 4, 0, 0, 6, Infinity]);
});

describe('optimizers of tfjs-core, without any CPU kernel, agree with the CPU backend', () => {
  const optimizers: Record<string, () => tf.Optimizer> = {
    sgd: () => tf.train.sgd(0.1),
    momentum: () => tf.train.momentum(0.05, 0.9),
    nesterov: () => tf.train.momentum(0.05, 0.9, true),
    adagrad: () => tf.train.adagrad(0.1),
    adadelta: () => tf.train.adadelta(0.5),
    rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-6, true),
    adam: () => tf.train.adam(0.05),
    adamax: () => tf.train.adamax(0.05),
  };
  it.each(Object.entries(optimizers))('%s', async (_name, create) => {
    const train = () => {
      const x = pattern([6, 4]);
      const w = tf.variable(pattern<tf.Rank.R2>([4, 3], 2));
      const optimizer = create();
      const losses = [1, 2, 3].map(() =>
        optimizer.minimize(() => tf.mean(tf.square(tf.sub(tf.matMul(x as tf.Tensor2D, w), 1))), true, [w])!,
      );
      const result = [tf.stack(losses), tf.clone(w)];
      optimizer.dispose();
      w.dispose();
      return result;
    };
    expect(await compare(train)).toBeLessThan(1e-5);
  });
});
