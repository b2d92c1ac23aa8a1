import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configure } from '../src/index.js';
import { difference, images, pattern, restartOrt, tf } from './support.js';

const side = fc.integer({ min: 1, max: 3 });
const geometry = fc.record({
  size: fc.tuple(fc.integer({ min: 3, max: 7 }), fc.integer({ min: 3, max: 7 })),
  // In the blocked layout or not.
  channels: fc.constantFrom(3, 16),
  window: fc.tuple(side, side),
  strides: fc.tuple(side, side),
  pad: fc.constantFrom<'same' | 'valid' | 1>('same', 'valid', 1),
});
type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;
type Window = (g: Geometry) => [f: (...inputs: tf.Tensor[]) => tf.Tensor, ...shapes: number[][]];

const shapeOf = ({ size, channels }: Geometry) => [2, ...size, channels];

const windows: Record<string, Window> = {
  maxPool: (g) => [(x) => tf.maxPool(x as tf.Tensor4D, g.window, g.strides, g.pad), shapeOf(g)],
  avgPool: (g) => [(x) => tf.avgPool(x as tf.Tensor4D, g.window, g.strides, g.pad), shapeOf(g)],
  conv2d: (g) => [
    (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, g.strides, g.pad),
    shapeOf(g),
    [...g.window, g.channels, 4],
  ],
  depthwiseConv2d: (g) => [
    (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, g.strides, g.pad),
    shapeOf(g),
    [...g.window, g.channels, 1],
  ],
  'depthwiseConv2d, several filters a channel': (g) => [
    (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, g.strides, g.pad),
    shapeOf(g),
    [...g.window, g.channels, 2],
  ],
};

/** The value of a function, and the gradients of its weighted sum. */
const evaluation =
  ([f, ...shapes]: ReturnType<Window>) =>
  () => {
    const inputs = shapes.map((shape, i) => pattern(shape, i + 1));
    const y = f(...inputs);
    const weights = images(y.shape, 9);
    return [y, ...tf.grads((...args: tf.Tensor[]) => tf.sum(tf.mul(f(...args), weights)))(inputs)];
  };

describe.each<['auto' | 0]>([['auto'], [0]])(
  'windows of any size, stride and padding, channel block %s',
  (channelBlock) => {
    it.each(Object.entries(windows))('%s: value and gradients', async (_name, window) => {
      configure({ channelBlock });
      await restartOrt();
      await fc.assert(
        fc.asyncProperty(geometry, async (g) => {
          // Padding by a number: tfjs computes the width from the height of the window; onnxruntime has no such padding for
          // a window of one pixel. CPU kernels do these.
          const square = [g.window, g.strides].every(([height, width]) => height === width) && g.window[0] > 1;
          fc.pre(g.pad !== 1 || square);
          expect(await difference(evaluation(window(g)))).toBeLessThan(1e-5);
        }),
        { numRuns: 20, seed: 7 },
      );
      configure({ channelBlock: 'auto' });
    });
  },
);
