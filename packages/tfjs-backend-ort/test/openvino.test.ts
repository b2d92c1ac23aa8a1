import { tmpdir } from 'node:os';
import { beforeAll, expect, it } from 'vitest';
import { compileOpenVino, requireBfloat16 } from '../src/index.js';
import { whyNoBfloat16 } from '../../../test-support/why-no-bfloat16.js';
import { distance, tf, useOrt } from './support.js';

const SHAPES = { x: { shape: [2, 6, 6, 4] }, labels: { shape: [2, 5] } };

const weights = tf.randomNormal([3, 3, 4, 8], 0, 0.2, 'float32', 1) as tf.Tensor4D;
const matrix = tf.randomNormal([8, 5], 0, 0.3, 'float32', 2) as tf.Tensor2D;

/** A convolution, a normalization over pixels, SiLU, a matrix product and the labels. */
function network(x: tf.Tensor4D, labels: tf.Tensor2D): { pixels: tf.Tensor; scores: tf.Tensor } {
  const image = tf.conv2d(x, weights, 1, 'same');
  const { mean, variance } = tf.moments(image, [1, 2], true);
  const normalized = tf.div(tf.sub(image, mean), tf.sqrt(tf.add(variance, 1e-5)));
  const active = tf.mul(normalized, tf.sigmoid(normalized));
  const means = tf.mean(active, [1, 2]) as tf.Tensor2D;
  return { pixels: tf.mul(active, 2), scores: tf.add(tf.matMul(means, matrix), labels) };
}

beforeAll(useOrt);

it.each([
  ['', /OpenVINO's library is not known.*pip install openvino.*ONESTEP_OPENVINO/],
  ['/no/such/folder', /ONESTEP_OPENVINO is '\/no\/such\/folder', which is not a folder/],
  [tmpdir(), /has no libopenvino_c.*pip install openvino/],
])('without its library, in the folder "%s", an error says how to install it', (folder, message) => {
  const before = process.env.ONESTEP_OPENVINO;
  process.env.ONESTEP_OPENVINO = folder;
  try {
    expect(requireBfloat16).toThrow(message);
    expect(() => compileOpenVino(network, SHAPES, 'bfloat16')).toThrow(message);
  } finally {
    if (before === undefined) delete process.env.ONESTEP_OPENVINO;
    else process.env.ONESTEP_OPENVINO = before;
  }
});

it.for([
  ['float32', 1e-5],
  ['bfloat16', 3e-2],
] as const)('a function is computed in %s', async ([precision, tolerance], context) => {
  const reason = whyNoBfloat16();
  context.skip(reason !== null, reason ?? '');
  const run = compileOpenVino(network, SHAPES, precision);
  for (const seed of [3, 4]) {
    const x = tf.randomNormal([2, 6, 6, 4], 0, 1, 'float32', seed) as tf.Tensor4D;
    const labels = tf.randomNormal([2, 5], 0, 1, 'float32', seed + 10) as tf.Tensor2D;
    const expected = network(x, labels);
    const results = run(x, labels);
    expect(Object.keys(results)).toEqual(['pixels', 'scores']);
    for (const name of ['pixels', 'scores'] as const) {
      expect(results[name]!.shape).toEqual(expected[name].shape);
      const [actual, wanted] = [results[name]!, expected[name]].map((x) => [...x.dataSync()]);
      expect(distance(actual!, wanted!)).toBeLessThan(tolerance);
      if (precision === 'bfloat16') expect(actual).not.toEqual(wanted);
    }
  }
});
