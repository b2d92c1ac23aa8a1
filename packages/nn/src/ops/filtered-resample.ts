import * as tf from '@tensorflow/tfjs-core';
import { runForwardKernelOr } from './engine-kernel.js';

/**
 * Halves height and width: correlates each channel with a filter at every second pixel.
 *
 * @param x [N, H, W, C], H and W even
 * @param filter a variable of L * L weights, L even; it has to outlive the gradient
 * @param padding zeros added on every side
 * @returns [N, H', W', C] with H' = (H + 2 padding - L) / 2 + 1
 * @throws if H or W is odd
 */
export function downsampleFiltered(x: tf.Tensor4D, filter: tf.Variable, padding: number): tf.Tensor4D {
  if (x.shape[1] % 2 !== 0 || x.shape[2] % 2 !== 0) {
    throw new Error(`Only images of even height and width can be halved, not ${x.shape[1]}x${x.shape[2]}.`);
  }
  return correlateDifferentiably(x, filter, padding);
}

/**
 * Doubles height and width: the transpose of {@link downsampleFiltered}, times 4 to keep the brightness.
 *
 * @param x [N, H, W, C]
 * @param filter a variable of L * L weights, L even; it has to outlive the gradient
 * @param padding rows and columns cut from every side
 * @returns [N, H', W', C] with H' = 2 H - 2 + L - 2 padding
 */
export function upsampleFiltered(x: tf.Tensor4D, filter: tf.Variable, padding: number): tf.Tensor4D {
  const differentiable = tf.customGrad((x) => ({
    value: tf.mul(correlateTransposed(x as tf.Tensor4D, filter, padding), 4),
    gradFunc: (dy) => tf.mul(correlateDifferentiably(dy as tf.Tensor4D, filter, padding), 4),
  }));
  return runForwardKernelOr('UpsampleFiltered', { x, filter }, { padding }, () => differentiable(x) as tf.Tensor4D);
}

// Each is the other's gradient, so that they can be differentiated any number of times.

function correlateDifferentiably(x: tf.Tensor4D, filter: tf.Variable, padding: number): tf.Tensor4D {
  return tf.customGrad((x) => ({
    value: correlate(x as tf.Tensor4D, filter, padding),
    gradFunc: (dy) => correlateTransposedDifferentiably(dy as tf.Tensor4D, filter, padding),
  }))(x) as tf.Tensor4D;
}

function correlateTransposedDifferentiably(y: tf.Tensor4D, filter: tf.Variable, padding: number): tf.Tensor4D {
  return tf.customGrad((y) => ({
    value: correlateTransposed(y as tf.Tensor4D, filter, padding),
    gradFunc: (dx) => correlateDifferentiably(dx as tf.Tensor4D, filter, padding),
  }))(y) as tf.Tensor4D;
}

/** Depthwise correlation with stride 2. */
function correlate(x: tf.Tensor4D, filter: tf.Variable, padding: number): tf.Tensor4D {
  return tf.depthwiseConv2d(x, repeatFilter(filter, x.shape[3]), 2, padding);
}

/**
 * The transpose of {@link correlate}: inserts zeros between the pixels, then correlates with the mirrored
 * filter.
 */
function correlateTransposed(y: tf.Tensor4D, filter: tf.Variable, padding: number): tf.Tensor4D {
  const [n, h, w, c] = y.shape;
  const length = filterLength(filter);
  // [N, H, W, 2C] reshaped to [N, H, 2W, C] has a zero pixel after every pixel; likewise for the rows.
  const columns = tf.reshape(tf.concat([y, tf.zerosLike(y)], 3), [n, h, 2 * w * c]);
  const rows = tf.reshape(tf.concat([columns, tf.zerosLike(columns)], 2), [n, 2 * h, 2 * w, c]) as tf.Tensor4D;
  const mirrored = tf.reverse(repeatFilter(filter, c), [0, 1]) as tf.Tensor4D;
  // One row less after than before: the last row of pixels is already followed by a row of zeros.
  return tf.depthwiseConv2d(padImages(rows, length - 1 - padding, length - 2 - padding), mirrored, 1, 'valid');
}

function padImages(x: tf.Tensor4D, before: number, after: number): tf.Tensor4D {
  return tf.pad(x, [
    [0, 0],
    [before, after],
    [before, after],
    [0, 0],
  ]);
}

/** The filter repeated for each channel: [L, L, channels, 1]. */
function repeatFilter(filter: tf.Variable, channels: number): tf.Tensor4D {
  const length = filterLength(filter);
  return tf.tile(tf.reshape(filter, [length, length, 1, 1]), [1, 1, channels, 1]) as tf.Tensor4D;
}

function filterLength(filter: tf.Variable): number {
  return Math.round(Math.sqrt(filter.size));
}
