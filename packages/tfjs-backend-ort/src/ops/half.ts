import { geometryOf, inputGradientGeometry } from '../lower/geometry.js';
import { halfConvolve, halfFilterGradient, halfInputGradient, halfMatMul } from '../lower/half.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';
import { windowInfo } from './conv2d.js';
import type { Kernel } from './kernel.js';
import { inferMatMul } from './matmul.js';

// Kernels for the operations of @onestep/nn in half precision. Names and attributes are the contract with it.

/** The geometry of a convolution with stride 1. */
function infoOf(x: readonly number[], filter: readonly number[], { pad }: Attrs) {
  return windowInfo('half-precision convolution', x, filter, { strides: 1, pad }, false);
}

const float32 = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });

export const halfKernels: readonly Kernel[] = [
  {
    name: 'HalfConv2D',
    inputs: ['x', 'filter'],
    infer: ([x, filter], attrs) => float32(infoOf(x!.shape, filter!.shape, attrs).outShape),
    lower: (b, [x, filter], attrs, [out]) =>
      halfConvolve(b, x!, filter!, geometryOf(infoOf(x!.shape, filter!.shape, attrs)), out!.shape),
  },
  {
    name: 'HalfConv2DBackpropInput',
    inputs: ['dy', 'filter'],
    infer: (_inputs, { inputShape }) => float32(inputShape),
    lower: (b, [dy, filter], attrs, [out]) => {
      const forward = geometryOf(infoOf(out!.shape, filter!.shape, attrs));
      const backward = inputGradientGeometry(forward, out!.shape, dy!.shape);
      if (!backward) throw new Error(`padding by ${attrs.pad} is more than the filter [${filter!.shape}] reaches.`);
      return halfInputGradient(b, dy!, filter!, backward, out!.shape);
    },
  },
  {
    name: 'HalfConv2DBackpropFilter',
    inputs: ['x', 'dy'],
    infer: (_inputs, { filterShape }) => float32(filterShape),
    lower: (b, [x, dy], attrs, [out]) =>
      halfFilterGradient(b, x!, dy!, geometryOf(infoOf(x!.shape, out!.shape, attrs)), out!.shape),
  },
  {
    name: 'HalfBatchMatMul',
    inputs: ['a', 'b'],
    infer: inferMatMul,
    lower: (b, [x, y], { transposeA, transposeB }, [out]) => {
      if (sizeOf(x!.shape) === 0 || sizeOf(y!.shape) === 0) return { ...float32(out!.shape), fill: 0 };
      return halfMatMul(b, x!, y!, transposeA, transposeB);
    },
  },
];
