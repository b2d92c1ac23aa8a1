import * as tf from '@tensorflow/tfjs-core';
import { registerComposedKernel } from './composed-kernel.js';
import { depthwiseInputGradient } from './depthwise-gradients.js';

interface PoolAttrs {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: number | 'valid' | 'same';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The lowest float32, rounded up; -Infinity would become NaN times 0. */
const LOWEST = -3e38;

/** Replaces the gradient of max pooling: the wasm engine's own takes no maximum below zero for one, and drops its gradient. */
export function registerMaxPoolGradient(): void {
  registerComposedKernel({
    name: 'MaxPoolGrad',
    run: ({ dy, input }: { dy: tf.Tensor4D; input: tf.Tensor4D }, attrs: PoolAttrs) =>
      maxPoolGradient(dy, input, attrs),
  });
}

function maxPoolGradient(dy: tf.Tensor4D, x: tf.Tensor4D, attrs: PoolAttrs): tf.Tensor4D {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const info = tf.backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, outHeight, outWidth, inChannels, filterHeight, filterWidth, padInfo } = info;
  const window = filterHeight * filterWidth;
  const padded = tf.pad(
    x,
    [
      [0, 0],
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
      [0, 0],
    ],
    LOWEST,
  );
  // Filter i of each channel picks pixel i of a window.
  const unit = tf.reshape(tf.eye(window), [filterHeight, filterWidth, 1, window]);
  const pick = tf.tile(unit, [1, 1, inChannels, 1]) as tf.Tensor4D;
  const stride: [number, number] = [info.strideHeight, info.strideWidth];
  const pixels = tf.reshape(tf.depthwiseConv2d(padded, pick, stride, 'valid'), [-1, window]);
  const isMaximum = tf.oneHot(tf.argMax(pixels, 1), window);
  const shares = tf.reshape(tf.mul(tf.reshape(dy, [-1, 1]), isMaximum), [
    batchSize,
    outHeight,
    outWidth,
    inChannels * window,
  ]) as tf.Tensor4D;
  const gradient = depthwiseInputGradient(shares, pick, { strides: stride, pad: 'valid', inputShape: padded.shape });
  return tf.slice(gradient, [0, padInfo.top, padInfo.left, 0], x.shape);
}
