import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, pattern, tf } from './support.js';

const x3 = () => pattern([2, 3, 4]);
const ids = () => tf.tensor1d([1, 0, 2, 1], 'int32');

const cases: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  transpose: () => [tf.transpose(x3(), [2, 0, 1]), tf.transpose(pattern([2, 1, 3]), [1, 0, 2])],
  slice: () => tf.slice(x3(), [0, 1, 1], [2, 2, 3]),
  stridedSlice: () => tf.stridedSlice(x3(), [0, 0, 1], [2, 3, 4], [1, 2, 2]),
  concat: () => [tf.concat([x3(), x3()], 1), tf.concat([pattern([2, 2, 2, 16]), pattern([2, 2, 2, 32], 2)], 3)],
  split: () => tf.split(x3(), 2, 2),
  stack: () => [tf.stack([x3(), x3()], 1), ...tf.unstack(x3(), 1)],
  tile: () => [tf.tile(x3(), [1, 2, 3]), tf.tile(pattern([1, 3]), [4, 1])],
  broadcastTo: () => tf.broadcastTo(pattern([3, 1]), [2, 3, 4]),
  reverse: () => tf.reverse(x3(), [0, 2]),
  pad: () => [tf.pad(x3(), [[0, 1], [1, 0], [2, 2]], 0.5), tf.mirrorPad(x3(), [[0, 1], [1, 0], [2, 2]], 'reflect')],
  fill: () => [tf.add(tf.fill([2, 3], 2.5), tf.zeros([3])), tf.mul(tf.ones([40, 40]), 3), tf.zerosLike(x3())],
  gather: () => [tf.gather(x3(), tf.slice(ids(), [0], [2]), 1), tf.gather(pattern([5, 3]), tf.tensor2d([[1, 4], [0, 2]], [2, 2], 'int32'))],
  oneHot: () => tf.oneHot(tf.tensor1d([0, 3, 7, -1], 'int32'), 5),
  segmentSum: () => tf.unsortedSegmentSum(pattern([4, 3]), ids(), 3),
  reductions: () => [tf.sum(x3()), tf.sum(x3(), 1), tf.mean(x3(), [0, 2], true), tf.max(x3(), 0), tf.min(x3(), -1), tf.prod(x3(), 1)],
  logical: () => [tf.all(tf.greater(x3(), -2), 1), tf.any(tf.greater(x3(), 0.9))],
  arg: () => [tf.argMax(x3(), 1), tf.argMin(x3(), -1)],
  softmax: () => [tf.softmax(x3()), tf.logSoftmax(x3())],
  cumsum: () => [tf.cumsum(x3(), 1), tf.cumsum(x3(), 2, true, true)],
  addN: () => tf.addN([x3(), x3(), x3()]),
  channelSum: () => [tf.sum(pattern([2, 3, 4, 32]), [0, 1, 2]), tf.mean(pattern([2, 3, 4, 5]), [0, 1, 2])],
  moments: () => Object.values(tf.moments(x3(), [1])),
  matMul: () => [tf.matMul(pattern([2, 3]), pattern([3, 4])), tf.matMul(pattern([2, 3, 4]), pattern([2, 5, 4]), false, true)],
  fusedMatMul: () => tf.fused.matMul({ a: pattern([2, 3]), b: pattern([3, 4]), bias: pattern([4]), activation: 'relu' }),
}; // prettier-ignore

describe('shape, index and reduction kernels agree with the CPU backend', () => {
  for (const [name, f] of Object.entries(cases)) {
    it(name, async () => expect(await difference(f)).toBeLessThan(2e-6));
  }

  it('random reductions', async () => {
    const dims = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(dims, fc.nat(15), fc.boolean(), async (shape, mask, keep) => {
        const axes = shape.map((_, i) => i).filter((i) => (mask >> i) & 1);
        if (axes.length === 0) return;
        const all = () => [
          tf.sum(pattern(shape), axes, keep),
          tf.mean(pattern(shape), axes, keep),
          tf.max(pattern(shape), axes, keep),
        ];
        expect(await difference(all)).toBeLessThan(2e-6);
      }),
      { numRuns: 15, seed: 2 },
    );
  });

  it('channels sliced and joined in the blocked layout, with gradients', async () => {
    const f = (x: tf.Tensor, w: tf.Tensor) => {
      const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
      const [left, right] = tf.split(y, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
      return tf.sum(tf.square(tf.concat([right, y, tf.slice(left, [0, 0, 0, 0], [-1, -1, -1, 8])], 3)));
    };
    const all = () => tf.grads(f)([pattern([2, 3, 3, 16]), pattern([1, 1, 16, 32], 2)]);
    expect(await difference(all)).toBeLessThan(1e-5);
  });
});
