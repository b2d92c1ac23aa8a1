import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, images, pattern, tf } from './support.js';

type Unary = (x: tf.Tensor) => tf.Tensor;
const positive =
  (f: Unary): Unary =>
  (x) =>
    f(tf.add(tf.abs(x), 0.1));

const unary: Record<string, Unary> = {
  abs: tf.abs, neg: tf.neg, exp: tf.exp, sin: tf.sin, cos: tf.cos, tan: tf.tan, tanh: tf.tanh, sigmoid: tf.sigmoid,
  asin: tf.asin, acos: tf.acos, atan: tf.atan, sinh: tf.sinh, cosh: tf.cosh, asinh: tf.asinh, atanh: tf.atanh,
  erf: tf.erf, softplus: tf.softplus, elu: tf.elu, selu: tf.selu, leakyRelu: tf.leakyRelu, relu: tf.relu,
  relu6: (x) => tf.relu6(tf.mul(x, 10)), square: tf.square, sign: tf.sign, step: tf.step, isNaN: tf.isNaN,
  isFinite: tf.isFinite, isInf: tf.isInf, floor: (x) => tf.floor(tf.mul(x, 5)), ceil: (x) => tf.ceil(tf.mul(x, 5)),
  round: (x) => tf.round(tf.mul(x, 5)), log: positive(tf.log), sqrt: positive(tf.sqrt), rsqrt: positive(tf.rsqrt),
  reciprocal: positive(tf.reciprocal), acosh: positive((x) => tf.acosh(tf.add(x, 1))),
  clip: (x) => tf.clipByValue(x, -0.3, 0.4), toInt: (x) => tf.cast(tf.mul(x, 9), 'int32'),
  toBool: (x) => tf.logicalNot(tf.cast(tf.round(x), 'bool')), prelu: (x) => tf.prelu(x, tf.scalar(0.3)),
}; // prettier-ignore

const binary: Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor> = {
  add: tf.add, sub: tf.sub, mul: tf.mul, div: (x, y) => tf.div(x, tf.add(tf.abs(y), 0.2)), maximum: tf.maximum,
  minimum: tf.minimum, pow: (x, y) => tf.pow(tf.add(tf.abs(x), 0.1), y), squaredDifference: tf.squaredDifference,
  mod: (x, y) => tf.mod(x, tf.add(tf.abs(y), 0.2)), floorDiv: (x, y) => tf.floorDiv(x, tf.add(tf.abs(y), 0.2)),
  greater: tf.greater, greaterEqual: tf.greaterEqual, less: tf.less, lessEqual: tf.lessEqual, equal: tf.equal,
  notEqual: tf.notEqual, and: (x, y) => tf.logicalAnd(tf.greater(x, 0), tf.greater(y, 0)),
  or: (x, y) => tf.logicalOr(tf.greater(x, 0), tf.greater(y, 0)),
  where: (x, y) => tf.where(tf.greater(tf.add(x, y), 0), tf.add(x, tf.zerosLike(y)), tf.add(y, tf.zerosLike(x))),
}; // prettier-ignore

describe('elementwise kernels agree with the CPU backend', () => {
  for (const [name, f] of Object.entries(unary)) {
    it(name, async () => {
      expect(await difference(() => f(pattern([3, 7])))).toBeLessThan(2e-6);
      // In the blocked layout, after a convolution.
      const blocked = () => f(tf.tanh(tf.conv2d(images([2, 3, 4, 16]), images([1, 1, 16, 16], 2), 1, 'same')));
      if (!/toInt|toBool|floor|ceil|round|tan$|atanh|step|sign/.test(name)) {
        expect(await difference(blocked)).toBeLessThan(1e-5);
      }
    });
  }
  for (const [name, f] of Object.entries(binary)) {
    it(name, async () => {
      for (const [x, y] of [
        [
          [2, 3],
          [2, 3],
        ],
        [
          [2, 1, 3],
          [4, 1],
        ],
        [[], [5]],
        [[3], []],
      ] as [number[], number[]][]) {
        expect(await difference(() => f(pattern(x), pattern(y, 2)))).toBeLessThan(2e-6);
      }
    });
  }

  it('integers', async () => {
    const x = () => tf.tensor1d([7, -7, 5, 0], 'int32');
    const y = () => tf.tensor1d([2, 2, -3, 4], 'int32');
    const all = () => [
      tf.add(x(), y()),
      tf.mul(x(), y()),
      tf.sub(x(), y()),
      tf.floorDiv(x(), y()),
      tf.mod(x(), tf.abs(y())),
      tf.maximum(x(), y()),
      tf.less(x(), y()),
    ];
    expect(await difference(all)).toBe(0);
  });

  it('random broadcasts, plain and next to a convolution', async () => {
    const shapes = fc.tuple(
      fc.constantFrom(1, 2),
      fc.constantFrom(1, 3),
      fc.constantFrom(1, 4),
      fc.constantFrom(1, 16),
    );
    await fc.assert(
      fc.asyncProperty(shapes, fc.constantFrom(tf.add, tf.sub, tf.mul, tf.maximum), async (shape, f) => {
        const conv = () => tf.conv2d(images([2, 3, 4, 16]), images([1, 1, 16, 16], 2), 1, 'same');
        expect(await difference(() => [f(conv(), pattern(shape, 3)), f(pattern(shape, 3), conv())])).toBeLessThan(3e-6);
      }),
      { numRuns: 15, seed: 1 },
    );
  });
});
