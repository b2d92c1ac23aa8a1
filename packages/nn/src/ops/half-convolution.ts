import * as tf from '@tensorflow/tfjs-core';
import { HALF_KERNELS, hasHalfPrecision } from './half-precision.js';

type Shape4D = [number, number, number, number];

/**
 * Convolution with stride 1, in half precision on engines that have it (see {@link hasHalfPrecision}) and in float32 on
 * others. So are its derivatives of any order.
 *
 * @param x [N, H, W, in], float32
 * @param filter [kh, kw, in, out], float32
 * @param padding zeros added on every side
 * @returns [N, H', W', out], float32, with H' = H + 2 padding - kh + 1
 */
export function halfConv2d(x: tf.Tensor4D, filter: tf.Tensor4D, padding: number): tf.Tensor4D {
  return hasHalfPrecision() ? convolve(x, filter, padding) : tf.conv2d(x, filter, 1, padding);
}

function convolve(x: tf.Tensor, filter: tf.Tensor, pad: number): tf.Tensor4D {
  return tf.engine().runKernel(HALF_KERNELS.convolution, { x, filter }, { pad });
}

function inputGradient(dy: tf.Tensor, filter: tf.Tensor, inputShape: Shape4D, pad: number): tf.Tensor {
  return tf.engine().runKernel(HALF_KERNELS.inputGradient, { dy, filter }, { inputShape, pad });
}

function filterGradient(x: tf.Tensor, dy: tf.Tensor, filterShape: Shape4D, pad: number): tf.Tensor {
  return tf.engine().runKernel(HALF_KERNELS.filterGradient, { x, dy }, { filterShape, pad });
}

// The three operations are linear in each operand, and are each other's derivatives.

tf.registerGradient({
  kernelName: HALF_KERNELS.convolution,
  inputsToSave: ['x', 'filter'],
  gradFunc: (upstream, saved, attrs) => {
    const [dy, x, filter, pad] = gradientArguments(upstream, saved, attrs);
    return {
      x: () => inputGradient(dy, filter, x.shape as Shape4D, pad),
      filter: () => filterGradient(x, dy, filter.shape as Shape4D, pad),
    };
  },
});

tf.registerGradient({
  kernelName: HALF_KERNELS.inputGradient,
  inputsToSave: ['dy', 'filter'],
  gradFunc: (upstream, saved, attrs) => {
    const [dx, dy, filter, pad] = gradientArguments(upstream, saved, attrs);
    return {
      dy: () => convolve(dx, filter, pad),
      filter: () => filterGradient(dx, dy, filter.shape as Shape4D, pad),
    };
  },
});

tf.registerGradient({
  kernelName: HALF_KERNELS.filterGradient,
  inputsToSave: ['x', 'dy'],
  gradFunc: (upstream, saved, attrs) => {
    const [dFilter, x, dy, pad] = gradientArguments(upstream, saved, attrs);
    return {
      x: () => inputGradient(dy, dFilter, x.shape as Shape4D, pad),
      dy: () => convolve(x, dFilter, pad),
    };
  },
});

function gradientArguments(
  upstream: tf.Tensor | tf.Tensor[],
  [first, second]: tf.Tensor[],
  attrs: tf.NamedAttrMap,
): [upstream: tf.Tensor, first: tf.Tensor, second: tf.Tensor, pad: number] {
  return [upstream as tf.Tensor, first!, second!, attrs.pad as number];
}
