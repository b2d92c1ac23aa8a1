import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, images, pattern, tf } from './support.js';

/** The output and both gradients. */
function convolution(x: number[], filter: number[], strides: number, pad: 'same' | 'valid' | number, dilation = 1) {
  const conv = (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad, 'NHWC', dilation);
  const [dx, dw] = tf.grads((x, w) => tf.sum(tf.sin(conv(x, w))))([pattern(x), pattern(filter, 2)]);
  return [conv(pattern(x), pattern(filter, 2)), dx!, dw!];
}

describe('convolutions and their gradients agree with the CPU backend', () => {
  const channels = fc.constantFrom(1, 3, 16, 20, 32);
  it('random shapes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 3, max: 7 }),
        fc.integer({ min: 3, max: 6 }),
        channels,
        channels,
        fc.constantFrom(1, 2, 3),
        fc.constantFrom('same' as const, 'valid' as const),
        async (n, h, w, i, o, k, pad) => {
          expect(await difference(() => convolution([n, h, w, i], [k, k, i, o], 1, pad))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 25, seed: 3 },
    );
  });

  it.each([
    [2, 'same'],
    [2, 'valid'],
    [2, 1],
    [3, 'same'],
  ] as const)('stride %s, padding %s', async (stride, pad) => {
    expect(await difference(() => convolution([2, 7, 6, 3], [3, 3, 3, 5], stride, pad))).toBeLessThan(1e-5);
    expect(await difference(() => convolution([2, 8, 8, 16], [3, 3, 16, 16], stride, pad))).toBeLessThan(1e-5);
  });

  it('dilated, depthwise', async () => {
    expect(
      await difference(() => tf.conv2d(images([2, 7, 7, 16]), images([3, 3, 16, 16]), 1, 'same', 'NHWC', 2)),
    ).toBeLessThan(1e-5);
    expect(
      await difference(() => tf.depthwiseConv2d(images([2, 7, 6, 3]), images([3, 3, 3, 2]), 2, 'same')),
    ).toBeLessThan(1e-5);
  });

  it('bias and activation', async () => {
    const f = (activation: 'relu' | 'linear', o: number) =>
      tf.fused.conv2d({
        x: images([2, 5, 5, 16]),
        filter: images([3, 3, 16, o], 2),
        bias: pattern([o], 3),
        strides: 1,
        pad: 'same',
        activation,
      });
    for (const o of [16, 5]) {
      expect(await difference(() => [f('relu', o), f('linear', o)])).toBeLessThan(1e-5);
    }
  });

  it.each([16, 3])('pooling and nearest-neighbor resizing of %s channels, with gradients', async (c) => {
    const pooled = () =>
      tf.grad((x) => tf.sum(tf.sin(tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'))))(pattern([2, 4, 6, c]));
    const resized = () =>
      tf.grad((x) => tf.sum(tf.sin(tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [4, 9]))))(pattern([1, 2, 3, c]));
    const forward = () => [
      tf.avgPool(images([2, 4, 6, c]), 2, 2, 'valid'),
      tf.avgPool(images([2, 5, 5, c]), 3, 2, 'same'),
      tf.maxPool(images([2, 5, 5, c]), 3, 2, 'same'),
      tf.image.resizeNearestNeighbor(images([2, 3, 3, c]), [6, 9]),
    ];
    for (const f of [pooled, resized, forward]) expect(await difference(f)).toBeLessThan(2e-6);
  });
});
