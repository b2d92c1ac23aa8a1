import * as tf from '@tensorflow/tfjs-core';
import { registerComposedKernel } from './composed-kernel.js';
import { infinityAsNaN } from './infinity-as-nan.js';

/** Mean over the pixels of each image and channel: [N, H, W, C] to [N, 1, 1, C]. */
export function pixelMean(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  // The engine's pooling does not support windows of one pixel.
  return height * width === 1 ? x : infinityAsNaN(tf.avgPool(x, [height, width], 1, 'valid'));
}

/**
 * Replaces sums over the pixels of images by pooling, which takes a tenth of the time: the wasm engine first moves the axes
 * of a sum to the end. The gradient of every bias is such a sum.
 */
export function registerPixelSum(): void {
  registerComposedKernel({
    name: 'Sum',
    run: ({ x }: { x: tf.Tensor }, { axis, keepDims }: { axis: number | number[]; keepDims: boolean }) => {
      const axes = tf.util.parseAxisParam(axis, x.shape);
      const isOverPixels = x.rank === 4 && x.dtype === 'float32' && x.size > 0 && /^(0,)?1,2$/.test(axes.join());
      if (!isOverPixels) return null;
      const images = x as tf.Tensor4D;
      const sums = tf.mul(pixelMean(images), images.shape[1] * images.shape[2]) as tf.Tensor4D;
      const [n, , , c] = images.shape;
      if (axes.length === 2) return tf.reshape(sums, keepDims ? [n, 1, 1, c] : [n, c]);
      return tf.reshape(tf.sum(tf.reshape(sums, [n, c]), 0), keepDims ? [1, 1, 1, c] : [c]);
    },
  });
}
