import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from './replace-kernel.js';

type Shape4D = [number, number, number, number];

interface Attributes {
  strides: [number, number] | number;
  pad: number | 'valid' | 'same' | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * The gradients of a convolution as convolutions: the wasm engine has none with respect to the filter, and computes that with
 * respect to the input ten times slower than a convolution.
 */
export function registerConvolutionGradients(): void {
  replaceKernel({
    name: 'Conv2DBackpropFilter',
    run: ({ x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D }, attributes: Attributes & { filterShape: Shape4D }) =>
      filterGradient(x, dy, attributes),
  });
  replaceKernel({
    name: 'Conv2DBackpropInput',
    run: ({ dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D }, attributes: Attributes & { inputShape: Shape4D }) =>
      inputGradient(dy, filter, attributes),
  });
}

/**
 * sum over images n and pixels p of x[n, p + k, i] dy[n, p, o]: a convolution of images of n channels, one for each i, with dy as a
 * filter as large as the images; its output has the filter's size. A stride spreads the filter (dilation).
 */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  { strides, pad, dimRoundingMode, filterShape }: Attributes & { filterShape: Shape4D },
): tf.Tensor4D {
  const conv = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } =
    conv;
  const [inChannels, outChannels] = [conv.inChannels, conv.outChannels];
  if (filterHeight * filterWidth * strideHeight * strideWidth === 1 && padInfo.top === 0 && padInfo.left === 0) {
    const pixels = tf.reshape(x, [-1, inChannels]);
    return tf.reshape(tf.matMul(pixels, tf.reshape(dy, [-1, outChannels]), true, false), filterShape);
  }
  // Rows and columns behind the last that the convolution reached are left out, those that it padded are padded here.
  const behind = (size: number, out: number, stride: number, filter: number, before: number) =>
    (out - 1) * stride + filter - before - size;
  const bottom = behind(inHeight, outHeight, strideHeight, filterHeight, padInfo.top);
  const right = behind(inWidth, outWidth, strideWidth, filterWidth, padInfo.left);
  const seen: Shape4D = [-1, inHeight + Math.min(bottom, 0), inWidth + Math.min(right, 0), -1];
  const images = bottom < 0 || right < 0 ? tf.slice(x, [0, 0, 0, 0], seen) : x;
  const padding: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [padInfo.top, Math.max(bottom, 0)],
    [padInfo.left, Math.max(right, 0)],
    [0, 0],
  ];
  const byChannel = tf.transpose(images, [3, 1, 2, 0]);
  const byPixel = tf.transpose(dy, [1, 2, 0, 3]);
  const gradient = tf.conv2d(byChannel, byPixel, 1, padding, 'NHWC', [strideHeight, strideWidth]);
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/** A convolution of dy with the filter turned by 180 degrees; null for strides, which are left to the engine's own kernel. */
function inputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { strides, pad, dimRoundingMode, inputShape }: Attributes & { inputShape: Shape4D },
): tf.Tensor4D | null {
  const conv = tf.backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad, dimRoundingMode);
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, padInfo } = conv;
  const [top, left] = [filterHeight - 1 - padInfo.top, filterWidth - 1 - padInfo.left];
  const bottom = inHeight - outHeight + filterHeight - 1 - top;
  const right = inWidth - outWidth + filterWidth - 1 - left;
  if (conv.strideHeight !== 1 || conv.strideWidth !== 1 || Math.min(top, left, bottom, right) < 0) return null;
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(dy, turned, 1, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}
