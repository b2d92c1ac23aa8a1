import * as tf from '@tensorflow/tfjs-core';
import { registerComposedKernel } from './composed-kernel.js';
import { infinityAsNaN } from './infinity-as-nan.js';

type Shape4D = [number, number, number, number];

interface ConvolutionAttrs {
  strides: [number, number] | number;
  pad: number | 'valid' | 'same' | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Registers the gradients of a convolution, computed by convolutions. The wasm engine has no gradient with respect to the
 * filter, and its gradient with respect to the input is ten times slower than a convolution.
 */
export function registerConvolutionGradients(): void {
  registerComposedKernel({
    name: 'Conv2DBackpropFilter',
    run: ({ x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D }, attrs: ConvolutionAttrs & { filterShape: Shape4D }) =>
      filterGradient(x, dy, attrs),
  });
  registerComposedKernel({
    name: 'Conv2DBackpropInput',
    run: (
      { dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D },
      attrs: ConvolutionAttrs & { inputShape: Shape4D },
    ) => inputGradient(dy, filter, attrs),
  });
}

/**
 * The sum over images n and pixels p of x[n, p + k, i] dy[n, p, o], as a convolution: the images have n channels, one image
 * for each i, and dy is a filter as large as the images. The output has the size of the filter. A stride becomes a dilation.
 */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  { strides, pad, dimRoundingMode, filterShape }: ConvolutionAttrs & { filterShape: Shape4D },
): tf.Tensor4D {
  const conv = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } =
    conv;
  const [inChannels, outChannels] = [conv.inChannels, conv.outChannels];
  if (filterHeight * filterWidth * strideHeight * strideWidth === 1 && padInfo.top === 0 && padInfo.left === 0) {
    const pixels = tf.reshape(x, [-1, inChannels]);
    return tf.reshape(tf.matMul(pixels, tf.reshape(dy, [-1, outChannels]), true, false), filterShape);
  }
  // Crop the rows and columns that the convolution did not reach; pad those that it padded.
  const overhang = (size: number, out: number, stride: number, filter: number, before: number) =>
    (out - 1) * stride + filter - before - size;
  const bottom = overhang(inHeight, outHeight, strideHeight, filterHeight, padInfo.top);
  const right = overhang(inWidth, outWidth, strideWidth, filterWidth, padInfo.left);
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
  return infinityAsNaN(tf.transpose(gradient, [1, 2, 0, 3]));
}

/** A convolution of dy with the filter rotated by 180 degrees. Null for strides, which the engine's own kernel handles. */
function inputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { strides, pad, dimRoundingMode, inputShape }: ConvolutionAttrs & { inputShape: Shape4D },
): tf.Tensor4D | null {
  const conv = tf.backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad, dimRoundingMode);
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, padInfo } = conv;
  const [top, left] = [filterHeight - 1 - padInfo.top, filterWidth - 1 - padInfo.left];
  const bottom = inHeight - outHeight + filterHeight - 1 - top;
  const right = inWidth - outWidth + filterWidth - 1 - left;
  if (conv.strideHeight !== 1 || conv.strideWidth !== 1 || Math.min(top, left, bottom, right) < 0) return null;
  const rotated = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(dy, rotated, 1, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}
