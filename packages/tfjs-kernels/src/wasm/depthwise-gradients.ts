import * as tf from '@tensorflow/tfjs-core';
import { registerComposedKernel } from './composed-kernel.js';
import { infinityAsNaN } from './infinity-as-nan.js';

type Shape4D = [number, number, number, number];

interface DepthwiseAttrs {
  strides: [number, number] | number;
  pad: number | 'valid' | 'same' | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Registers the gradients of a depthwise convolution, which the wasm engine lacks. */
export function registerDepthwiseGradients(): void {
  registerComposedKernel({
    name: 'DepthwiseConv2dNativeBackpropInput',
    run: ({ dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D }, attrs: DepthwiseAttrs & { inputShape: Shape4D }) =>
      depthwiseInputGradient(dy, filter, attrs),
  });
  registerComposedKernel({
    name: 'DepthwiseConv2dNativeBackpropFilter',
    run: ({ x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D }, attrs: DepthwiseAttrs & { filterShape: Shape4D }) =>
      depthwiseFilterGradient(x, dy, attrs),
  });
}

/**
 * A depthwise convolution of dy with the filter rotated by 180 degrees, for each of the channels that the filter makes of
 * one. Where there is a stride, zeros separate the pixels of dy.
 */
export function depthwiseInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { strides, pad, dimRoundingMode, inputShape }: DepthwiseAttrs & { inputShape: Shape4D },
): tf.Tensor4D {
  const conv = tf.backend_util.computeConv2DInfo(inputShape, filter.shape, strides, 1, pad, dimRoundingMode, true);
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, padInfo } = conv;
  const [n, , , inChannels] = inputShape;
  const multiplier = filter.shape[3];
  const [height, width] = [(outHeight - 1) * conv.strideHeight + 1, (outWidth - 1) * conv.strideWidth + 1];
  // Zeros around dy so that the convolution covers every pixel of x; negative where the forward pass did not reach one.
  const [top, left] = [filterHeight - 1 - padInfo.top, filterWidth - 1 - padInfo.left];
  const [bottom, right] = [inHeight + padInfo.top - height, inWidth + padInfo.left - width];
  const rotated = tf.unstack(tf.reverse(filter, [0, 1]), 3);
  const gradients = tf.unstack(tf.reshape(dy, [n, outHeight, outWidth, inChannels, multiplier]), 4);
  return tf.addN(
    gradients.map((gradient, m) => {
      const spread = spreadPixels(gradient as tf.Tensor4D, conv.strideHeight, conv.strideWidth);
      const placed = padOrCrop(spread, [top, bottom], [left, right]);
      return infinityAsNaN(tf.depthwiseConv2d(placed, tf.expandDims(rotated[m]!, 3) as tf.Tensor4D, 1, 'valid'));
    }),
  ) as tf.Tensor4D;
}

/** For each pixel of the filter, the sum over images and pixels of x times dy. */
function depthwiseFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  { strides, pad, dimRoundingMode, filterShape }: DepthwiseAttrs & { filterShape: Shape4D },
): tf.Tensor4D {
  const conv = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode, true);
  const { outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } = conv;
  const [n, , , inChannels] = x.shape;
  const [height, width] = [(outHeight - 1) * strideHeight + 1, (outWidth - 1) * strideWidth + 1];
  const padded = padOrCrop(
    x,
    [padInfo.top, height + filterHeight - 1 - conv.inHeight - padInfo.top],
    [padInfo.left, width + filterWidth - 1 - conv.inWidth - padInfo.left],
  );
  const gradients = tf.reshape(dy, [n * outHeight * outWidth, inChannels, filterShape[3]]);
  const rows: tf.Tensor[] = [];
  for (let row = 0; row < filterHeight; row++) {
    for (let column = 0; column < filterWidth; column++) {
      const seen = tf.stridedSlice(
        padded,
        [0, row, column, 0],
        [n, row + height, column + width, inChannels],
        [1, strideHeight, strideWidth, 1],
      );
      rows.push(tf.sum(tf.mul(tf.reshape(seen, [n * outHeight * outWidth, inChannels, 1]), gradients), 0));
    }
  }
  return tf.reshape(tf.stack(rows), filterShape);
}

/** Puts stride - 1 zeros between the pixels. */
function spreadPixels(x: tf.Tensor4D, strideHeight: number, strideWidth: number): tf.Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return x;
  const [n, h, w, c] = x.shape;
  // Zeros after a pixel are zero channels in the next dimension.
  const columns = tf.reshape(
    tf.pad(tf.reshape(x, [n * h * w, c]), [
      [0, 0],
      [0, (strideWidth - 1) * c],
    ]),
    [n * h, w * strideWidth * c],
  );
  const rows = tf.pad(columns, [
    [0, 0],
    [0, (strideHeight - 1) * w * strideWidth * c],
  ]);
  const spread = tf.reshape(rows, [n, h * strideHeight, w * strideWidth, c]) as tf.Tensor4D;
  return tf.slice(spread, [0, 0, 0, 0], [n, (h - 1) * strideHeight + 1, (w - 1) * strideWidth + 1, c]);
}

/** Adds rows and columns of zeros, or removes them where the number is negative. */
function padOrCrop(x: tf.Tensor4D, rows: [number, number], columns: [number, number]): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const cropped = (by: number) => Math.max(-by, 0);
  const begin = [0, cropped(rows[0]), cropped(columns[0]), 0];
  const size = [n, h - begin[1]! - cropped(rows[1]), w - begin[2]! - cropped(columns[1]), c];
  const added = ([before, after]: [number, number]): [number, number] => [Math.max(before, 0), Math.max(after, 0)];
  return tf.pad(tf.slice(x, begin, size), [[0, 0], added(rows), added(columns), [0, 0]]);
}
