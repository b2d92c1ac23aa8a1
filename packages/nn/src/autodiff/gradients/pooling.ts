import * as tf from '@tensorflow/tfjs-core';
import { registerSecondDerivative } from './register-gradient.js';

interface PoolAttrs {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The lowest float32, rounded up; -Infinity would become NaN times 0. */
const LOWEST = -3e38;

// Both gradients are linear in dy, with the pooling of dInput as their transpose. They do not depend on the images,
// except for where the maximum is, which is constant almost everywhere.

registerSecondDerivative(
  'AvgPoolGrad',
  ['dy', 'input'],
  (dInput, { input }, { filterSize, strides, pad, dimRoundingMode }: PoolAttrs) => ({
    dy: () => tf.avgPool(dInput, filterSize, strides, pad, dimRoundingMode),
    input: () => tf.zerosLike(input),
  }),
);

registerSecondDerivative('MaxPoolGrad', ['dy', 'input', 'output'], (dInput, saved, attrs: PoolAttrs) => ({
  dy: () => {
    const positions = tf.argMax(windows(saved.input, attrs, LOWEST), 4);
    const values = windows(dInput, attrs, 0);
    return tf.sum(tf.mul(values, tf.oneHot(positions, values.shape[4]!)), 4);
  },
  input: () => tf.zerosLike(saved.input),
  output: () => tf.zerosLike(saved.output),
}));

/** The pixels of each window of a pooling: [N, H', W', C, pixels of a window]. */
function windows(x: tf.Tensor4D, { filterSize, strides, pad, dimRoundingMode }: PoolAttrs, outside: number): tf.Tensor {
  const info = tf.backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { filterHeight: h, filterWidth: w, inChannels: c, padInfo, strideHeight, strideWidth } = info;
  const padded = tf.pad(
    x,
    [
      [0, 0],
      [padInfo.top, padInfo.bottom],
      [padInfo.left, padInfo.right],
      [0, 0],
    ],
    outside,
  );
  // Filter i of each channel picks pixel i.
  const pick = tf.tile(tf.reshape(tf.eye(h * w), [h, w, 1, h * w]), [1, 1, c, 1]) as tf.Tensor4D;
  const picked = tf.depthwiseConv2d(padded, pick, [strideHeight, strideWidth], 'valid');
  return tf.reshape(picked, [info.batchSize, info.outHeight, info.outWidth, c, h * w]);
}
