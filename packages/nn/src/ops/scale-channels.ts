import * as tf from '@tensorflow/tfjs-core';
import { runCompositeKernel } from './composite-kernel.js';

const SCALE = 'ScaleChannels';
const DOT = 'DotChannels';

/**
 * Multiplies each channel of each image by a number.
 *
 * @param x [N, H, W, C]
 * @param s [N, C]
 * @returns [N, H, W, C]
 */
export function scaleChannels(x: tf.Tensor4D, s: tf.Tensor2D): tf.Tensor4D {
  return runCompositeKernel(SCALE, { x, s }, {}, ({ x, s }) =>
    tf.mul(x!, tf.reshape(s!, [s!.shape[0]!, 1, 1, s!.shape[1]!])),
  ) as tf.Tensor4D;
}

/** Sum over the pixels of a b for each channel of each image, [N, C]. */
function dotChannels(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor2D {
  return runCompositeKernel(DOT, { a, b }, {}, ({ a, b }) => {
    const [n, h, w, c] = a!.shape as [number, number, number, number];
    // Engines with a layout of their own for images keep it for the pooling, and not for a sum.
    const mean = tf.avgPool(tf.mul(a!, b!) as tf.Tensor4D, [h, w], 1, 'valid');
    return tf.mul(tf.reshape(mean, [n, c]), h * w);
  }) as tf.Tensor2D;
}

// Both are linear in each operand, and are each other's derivatives.

tf.registerGradient({
  kernelName: SCALE,
  inputsToSave: ['x', 's'],
  gradFunc: (dy, saved) => {
    const [x, s] = saved as [tf.Tensor4D, tf.Tensor2D];
    return { x: () => scaleChannels(dy as tf.Tensor4D, s), s: () => dotChannels(dy as tf.Tensor4D, x) };
  },
});

tf.registerGradient({
  kernelName: DOT,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [tf.Tensor4D, tf.Tensor4D];
    return { a: () => scaleChannels(b, dy as tf.Tensor2D), b: () => scaleChannels(a, dy as tf.Tensor2D) };
  },
});
