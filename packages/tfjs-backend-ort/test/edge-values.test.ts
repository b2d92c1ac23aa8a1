import { describe, expect, it } from 'vitest';
import { tf, useOrt } from './support.js';

/** NaN, both infinities, both zeros, the smallest and the largest numbers, and ordinary ones. */
const FLOATS = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2.5, 3, 1e-38, 3e38, -3e38, 88, -104, 1e9, -3e9];
/** Their products are exact in the floats of the CPU backend. */
const INTEGERS = [0, 1, -1, 2, -2, 3, -3, 7, 10, -10, 46341, 65536, -65537, 2 ** 24 - 1];
/** For sums. */
const LIMITS = [...INTEGERS, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1];

const floats = () => tf.tensor1d(FLOATS);
const integers = () => tf.tensor1d(INTEGERS, 'int32');
const limits = () => tf.tensor1d(LIMITS, 'int32');
const truths = () => tf.tensor1d([true, false], 'bool');

/** Rounds to the precision that different libraries agree on. The sign of zero is dropped: onnxruntime's Max, Where and Mod lose it. */
const shown = (t: tf.Tensor) =>
  [...t.dataSync()].map((v) => (Math.abs(v) < 2 ** 32 && Number.isInteger(v) ? String(v + 0) : v.toPrecision(4)));

async function onBoth(f: () => tf.Tensor): Promise<{ cpu: string[]; ort: string[] }> {
  await tf.setBackend('cpu');
  const cpu = tf.tidy(() => shown(f()));
  const backend = await useOrt();
  backend.forbidFallback = true;
  try {
    return { cpu, ort: tf.tidy(() => shown(f())) };
  } finally {
    backend.forbidFallback = false;
  }
}

/** Every pair of an array's elements. */
const pairs = (make: () => tf.Tensor1D) => () => {
  const x = make();
  return [tf.reshape(x, [-1, 1]), tf.reshape(x, [1, -1])] as const;
};

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;

const unary: Record<string, Unary> = {
  abs: tf.abs, neg: tf.neg, square: tf.square, sqrt: tf.sqrt, rsqrt: tf.rsqrt, exp: tf.exp, log: tf.log, relu: tf.relu, relu6: tf.relu6,
  sigmoid: tf.sigmoid, tanh: tf.tanh, elu: tf.elu, selu: tf.selu, softplus: tf.softplus, leakyRelu: tf.leakyRelu,
  sign: tf.sign, step: tf.step, floor: tf.floor, ceil: tf.ceil, round: tf.round, reciprocal: tf.reciprocal,
  clip: (x) => tf.clipByValue(x, -2, 2), isNaN: tf.isNaN, isInf: tf.isInf, isFinite: tf.isFinite,
  'to bool': (x) => tf.cast(x, 'bool'), onesLike: tf.onesLike, zerosLike: tf.zerosLike,
  'sum with zeros': (x) => tf.add(x, tf.zerosLike(x)), 'times one': (x) => tf.mul(x, tf.onesLike(x)), 'times zero': (x) => tf.mul(x, 0),
  cumsum: (x) => tf.cumsum(x),
}; // prettier-ignore
const binary: Record<string, Binary> = {
  add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div, maximum: tf.maximum, minimum: tf.minimum, squaredDifference: tf.squaredDifference,
  floorDiv: tf.floorDiv, mod: tf.mod, equal: tf.equal, notEqual: tf.notEqual, less: tf.less, lessEqual: tf.lessEqual,
  greater: tf.greater, greaterEqual: tf.greaterEqual, where: (x, y) => tf.where(tf.greater(x, y), x, y), prelu: (x, y) => tf.prelu(x, y),
  pow: tf.pow,
}; // prettier-ignore

/**
 * Where the CPU backend is the odd one out: pow(1, NaN) is 1 by IEEE 754, x mod an infinity is x; and it divides in double
 * precision before it rounds down.
 */
const ODD = ['pow', 'mod', 'floorDiv'];

async function agree(f: () => tf.Tensor): Promise<void> {
  const { cpu, ort } = await onBoth(f);
  expect(ort).toEqual(cpu);
}

describe('extreme numbers', () => {
  it.each(Object.entries(unary))('%s of floats', async (_name, f) => agree(() => f(floats())));

  it.each(Object.entries(binary).filter(([name]) => !ODD.includes(name)))('%s of floats', async (_name, f) =>
    agree(() => f(...pairs(floats)())),
  );

  it.each(['abs', 'neg', 'sign', 'relu', 'clip', 'to bool', 'onesLike', 'step', 'cumsum'])(
    '%s of integers',
    async (name) => agree(() => unary[name]!(integers())),
  );

  it.each(Object.entries(binary).filter(([name]) => !['prelu', 'div', 'pow'].includes(name)))(
    '%s of integers',
    async (_name, f) => agree(() => f(...pairs(integers)())),
  );

  it.each(['add', 'sub', 'floorDiv', 'mod', 'less', 'maximum', 'equal'])('%s of the largest integers', async (name) =>
    agree(() => binary[name]!(...pairs(limits)())),
  );

  it('conversions', async () => {
    await agree(() => tf.cast(tf.tensor1d([...FLOATS, 2 ** 31, 2 ** 32 + 512, -(2 ** 33) - 1024, 1e20]), 'int32'));
    await agree(() => tf.cast(integers(), 'float32'));
    await agree(() => tf.cast(limits(), 'bool'));
    await agree(() => tf.add(tf.cast(truths(), 'int32'), tf.reshape(limits(), [-1, 1])));
  });

  it('pow, mod and floorDiv of ordinary numbers', async () => {
    const some = () => tf.tensor1d([0, 1, -1, 0.5, 2, -2, 3]);
    await agree(() => tf.pow(...pairs(some)()));
    const small = () => tf.tensor1d([0, 1, -1, 2, -3, 10, 31], 'int32');
    await agree(() => tf.pow(tf.reshape(small(), [-1, 1]), tf.tensor1d([0, 1, -1, 2, -2, 3, 9], 'int32')));
    const divisors = () => tf.tensor1d([NaN, Infinity, -Infinity, 0, 1, -1, 0.5, -2.5, 3, 1e5]);
    await agree(() => tf.floorDiv(...pairs(divisors)()));
    await agree(() => tf.mod(tf.tensor2d([[NaN], [5], [-5], [0.5], [Infinity]]), tf.tensor2d([[3, -3, 0, 0.25, NaN]])));
  });

  const reductions: Record<string, () => tf.Tensor> = {
    sum: () => tf.sum(floats()),
    mean: () => tf.mean(floats()),
    prod: () => tf.prod(floats()),
    'sum of integers': () => tf.sum(integers()),
    'prod of integers': () => tf.prod(tf.tensor1d([3, 65536, 7], 'int32')),
    'mean of integers': () => tf.mean(integers()),
    all: () => tf.all(truths()),
    any: () => tf.any(truths()),
    'max of integers': () => tf.max(limits()),
    'argMax of integers': () => tf.argMax(limits()),
    softmax: () => tf.softmax(floats()),
    logSoftmax: () => tf.logSoftmax(floats()),
    'softmax of large numbers': () => tf.softmax(tf.tensor1d([1e30, -1e30, 0])),
    'softmax with a masked entry': () => tf.softmax(tf.tensor1d([-Infinity, 0, 1])),
    'matMul with NaN': () => tf.matMul(tf.tensor2d([[NaN, 1], [1, Infinity]]), tf.tensor2d([[0, 1], [1, 0]])),
    'conv2d with NaN': () => tf.conv2d(tf.tensor4d([1, NaN, 2, 3, 4, 5, 6, 7, Infinity], [1, 3, 3, 1]), tf.ones([2, 2, 1, 2]), 1, 'same'),
  }; // prettier-ignore
  it.each(Object.entries(reductions))('%s', async (_name, f) => agree(f));
});

describe('tensors without elements', () => {
  const none = (shape: number[]) => tf.zeros(shape);
  const cases: Record<string, () => tf.Tensor | tf.Tensor[]> = {
    arithmetic: () => tf.add(tf.mul(none([0, 3]), 2), tf.tensor1d([1, 2, 3])),
    activation: () => tf.sigmoid(none([2, 0])),
    sum: () => [tf.sum(none([0, 3]), 0), tf.sum(none([0, 3]), 1), tf.sum(none([0]))],
    prod: () => tf.prod(none([0, 2]), 0),
    concat: () => [tf.concat([none([0, 2]), tf.ones([1, 2])]), tf.concat([none([0, 2]), none([0, 2])])],
    reshape: () => tf.reshape(none([0, 3]), [3, 0, 2]),
    transpose: () => tf.transpose(none([2, 0, 3]), [1, 0, 2]),
    slice: () => tf.slice(tf.ones([3, 2]), [1, 0], [0, 2]),
    pad: () => tf.pad(none([0, 2]), [[1, 1], [0, 0]], 3),
    tile: () => tf.tile(tf.ones([2, 1]), [0, 3]),
    matMul: () => [tf.matMul(none([0, 3]), tf.ones([3, 2])), tf.matMul(none([2, 0]), none([0, 2]))],
    stack: () => tf.stack([none([0]), none([0])]),
    gather: () => tf.gather(tf.ones([3, 2]), tf.tensor1d([], 'int32')),
    cast: () => tf.cast(none([0]), 'int32'),
    where: () => tf.where(tf.greater(none([0, 2]), 0), none([0, 2]), tf.ones([0, 2])),
    gradient: () => tf.grad((x) => tf.sum(tf.square(tf.concat([x, tf.ones([0, 2])]))))(tf.ones([1, 2])),
  }; // prettier-ignore
  it.each(Object.entries(cases))('%s', async (_name, f) => {
    const results = () => tf.tidy(() => [f()].flat().map((t) => [t.shape, [...t.dataSync()]]));
    await tf.setBackend('cpu');
    const expected = results();
    await useOrt();
    expect(results()).toEqual(expected);
  });
});
