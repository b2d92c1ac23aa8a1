import { startBackend } from '@onestep/backends';
// Registers gradients.
import '@onestep/nn';
import { registerTensorflowHalfKernels } from '@onestep/tfjs-kernels';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { relativeError } from '../../../test-support/fixtures.js';

/** Unit roundoff of half precision. */
const HALF = 2 ** -11;

const missing = await startBackend('tensorflow').then(
  () => null,
  (error: Error) => error.message,
);
if (missing !== null) console.warn(`The tests of half precision on TensorFlow are skipped. ${missing}`);
beforeEach((context) => context.skip(missing !== null, missing ?? ''));

describe('half precision on TensorFlow', () => {
  it.skipIf(missing !== null)('is offered on a GPU only', () => {
    const { isUsingGpuDevice } = tf.backend() as unknown as { isUsingGpuDevice: boolean };
    expect(tf.getKernel('HalfConv2D', 'tensorflow') !== undefined).toBe(isUsingGpuDevice);
  });

  describe('computes what float32 does with rounded operands', () => {
    beforeAll(() => {
      if (missing === null) registerTensorflowHalfKernels();
    });
    afterAll(() => {
      for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) {
        if (kernelName.startsWith('Half')) tf.unregisterKernel(kernelName, 'tensorflow');
      }
    });

    it('convolutions and their gradients, of random shapes', () => {
      const small = fc.integer({ min: 1, max: 5 });
      fc.assert(
        fc.property(small, small, small, small, small, fc.constantFrom(1, 3), (n, h, w, i, o, k) => {
          tf.tidy(() => {
            const pad = k >> 1;
            const x = tf.randomNormal<tf.Rank.R4>([n, h, w, i], 0, 1, 'float32', 1);
            const filter = tf.randomNormal<tf.Rank.R4>([k, k, i, o], 0, 1, 'float32', 2);
            const dy = tf.randomNormal<tf.Rank.R4>([n, h, w, o], 0, 1, 'float32', 3);
            const conv = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, pad);
            const [dx, dFilter] = tf.grads(conv)([round(x), round(filter)], round(dy));
            const attrs = { inputShape: x.shape, filterShape: filter.shape, pad };
            expectClose(run('HalfConv2D', { x, filter }, attrs), conv(round(x), round(filter)));
            expectClose(run('HalfConv2DBackpropInput', { dy, filter }, attrs), dx!);
            expectClose(run('HalfConv2DBackpropFilter', { x, dy }, attrs), dFilter!);
          });
        }),
        { numRuns: 20, seed: 4 },
      );
    });

    it('matrix products, transposed or not', () => {
      for (const [transposeA, transposeB] of [
        [false, false],
        [false, true],
        [true, false],
        [true, true],
      ] as const) {
        tf.tidy(() => {
          const a = tf.randomNormal(transposeA ? [2, 5, 3] : [2, 3, 5], 0, 1, 'float32', 4);
          const b = tf.randomNormal(transposeB ? [2, 4, 5] : [2, 5, 4], 0, 1, 'float32', 5);
          const full = tf.matMul(round(a), round(b), transposeA, transposeB);
          expectClose(run('HalfBatchMatMul', { a, b }, { transposeA, transposeB }), full);
        });
      }
    });

    it('beyond its range, as infinity', () => {
      const [a, b] = [tf.tensor2d([70000, 1], [2, 1]), tf.tensor2d([1], [1, 1])];
      expect([...run('HalfBatchMatMul', { a, b }, { transposeA: false, transposeB: false }).dataSync()]).toEqual([
        Infinity,
        1,
      ]);
    });

    it('and frees what it converts', () => {
      const [a, b] = [tf.ones([1024, 1024]), tf.ones([1024, 1])];
      const multiply = () => run('HalfBatchMatMul', { a, b }, { transposeA: false, transposeB: false }).dispose();
      multiply();
      const before = { tensors: tf.memory().numTensors, resident: process.memoryUsage.rss() };
      // Each rounds `a` to 2 MiB.
      for (let i = 0; i < 200; i++) multiply();
      expect(tf.memory().numTensors).toBe(before.tensors);
      expect(process.memoryUsage.rss() - before.resident).toBeLessThan(100 * 2 ** 20);
    });

    it('names TensorFlow’s reason if a product is impossible', () => {
      const [a, b] = [tf.ones([2, 3]), tf.ones([2, 3])];
      expect(() => run('HalfBatchMatMul', { a, b }, { transposeA: false, transposeB: false })).toThrow(/2,3/);
    });
  });
});

function run(name: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap);
}

/** Rounds to half-precision numbers, by TensorFlow's own product with 1. */
function round<T extends tf.Tensor>(x: T): T {
  const [a, b] = [tf.reshape(x, [x.size, 1]), tf.ones([1, 1])];
  return tf.reshape(run('HalfBatchMatMul', { a, b }, { transposeA: false, transposeB: false }), x.shape) as T;
}

/** Sums of up to 45 terms are rounded once, or, where TensorFlow's CPU kernels sum in half precision, at each term. */
function expectClose(half: tf.Tensor, full: tf.Tensor): void {
  expect(half.shape).toEqual(full.shape);
  expect(relativeError(half.dataSync(), full.dataSync())).toBeLessThan(8 * HALF);
}
