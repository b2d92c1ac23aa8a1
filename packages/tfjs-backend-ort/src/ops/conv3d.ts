import { backend_util } from '@tensorflow/tfjs-core';
import { checkWindow } from '../lower/geometry.js';
import { toPlain } from '../lower/layout.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import {
  fromChannelsFirst,
  insertZeros,
  outputSizes,
  sliceAtTap,
  tapOffsets,
  toChannelsFirst,
  window3d,
  windowAttributes,
} from '../lower/window.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';
import type { Kernel } from './kernel.js';

type Shape5 = [number, number, number, number, number];

function infoOf(x: readonly number[], filter: readonly number[], { strides, dilations, pad }: Attrs) {
  if (x[4] !== filter[3]) {
    throw new Error(`conv3d: input [${x}] has ${x[4]} channels, but the filter [${filter}] takes ${filter[3]}.`);
  }
  const info = backend_util.computeConv3DInfo([...x] as Shape5, [...filter] as Shape5, strides, dilations ?? 1, pad);
  checkWindow('conv3d', x, filter, info.outShape);
  return info;
}

/** Whether a convolution is not over [N,D,H,W,C] in float32, or its output size is not the one that ONNX computes. */
function isUnsupported(inputs: TensorSpec[], x: readonly number[], filter: readonly number[], attrs: Attrs): boolean {
  if ((attrs.dataFormat ?? 'NDHWC') !== 'NDHWC') return true;
  if (inputs.some((input) => input.dtype !== 'float32' || sizeOf(input.shape) === 0)) return true;
  const info = infoOf(x, filter, attrs);
  const sizes = outputSizes(window3d(info), x.slice(1, -1));
  return sizes.some((size, i) => size <= 0 || size !== info.outShape[i + 1]);
}

const conv: Kernel = {
  name: 'Conv3D',
  inputs: ['x', 'filter'],
  infer: ([x, filter], attrs) => ({ shape: infoOf(x!.shape, filter!.shape, attrs).outShape, dtype: 'float32' }),
  needsFallback: (inputs, attrs) => isUnsupported(inputs, inputs[0]!.shape, inputs[1]!.shape, attrs),
  lower: (b, [x, filter], attrs, [out]) => {
    const window = window3d(infoOf(x!.shape, filter!.shape, attrs));
    const kernel = b.transpose(toPlain(b, filter!), [4, 3, 0, 1, 2]);
    const dims = [out!.shape[0]!, out!.shape[4]!, ...out!.shape.slice(1, 4)];
    const attributes = { ...windowAttributes(window), dilations: window.dilations };
    return fromChannelsFirst(b, b.node('Conv', [toChannelsFirst(b, x!), kernel], dims, { attributes }));
  },
};

const inputGradient: Kernel = {
  name: 'Conv3DBackpropInputV2',
  inputs: ['dy', 'filter'],
  infer: (_inputs, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
  needsFallback: (inputs, attrs) => isUnsupported(inputs, attrs.inputShape, inputs[1]!.shape, attrs),
  lower: (b, [dy, filter], attrs, [out]) => {
    const window = window3d(infoOf(out!.shape, filter!.shape, attrs));
    const [inputs, outputs] = filter!.shape.slice(3) as [number, number];
    const count = sizeOf(window.kernel);
    const reversed = b.ints(Array.from({ length: count }, (_, i) => count - 1 - i));
    const flat = toPlain(b, filter!, [count, inputs, outputs]);
    const rotated = b.node('Gather', [flat, reversed], flat.dims, { attributes: { axis: 0 } });
    const kernel = b.view(b.transpose(rotated, [1, 2, 0]), [inputs, outputs, ...window.kernel]);
    const spread = b.tensor(insertZeros(b, toPlain(b, dy!), window, out!.shape.slice(1, 4)));
    const dims = [out!.shape[0]!, inputs, ...out!.shape.slice(1, 4)];
    const attributes = { kernel_shape: window.kernel, dilations: window.dilations };
    return fromChannelsFirst(b, b.node('Conv', [toChannelsFirst(b, spread), kernel], dims, { attributes }));
  },
};

const filterGradient: Kernel = {
  name: 'Conv3DBackpropFilterV2',
  inputs: ['x', 'dy'],
  infer: (_inputs, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
  needsFallback: (inputs, attrs) => isUnsupported(inputs, inputs[0]!.shape, attrs.filterShape, attrs),
  lower: (b, [x, dy], attrs, [out]) => {
    const window = window3d(infoOf(x!.shape, out!.shape, attrs));
    const [inputs, outputs] = out!.shape.slice(3) as [number, number];
    const sizes = dy!.shape.slice(1, 4);
    const pixels = dy!.shape[0]! * sizeOf(sizes);
    const padded = b.pad(toPlain(b, x!), [0, ...window.before, 0], [0, ...window.after, 0]);
    const gradient = toPlain(b, dy!, [pixels, outputs]);
    const products = tapOffsets(window).map((tap) => {
      const seen = b.view(sliceAtTap(b, padded, tap, window.strides, sizes), [pixels, inputs]);
      return b.view(b.matMul(seen, gradient, true), [1, inputs, outputs]);
    });
    return b.tensor(b.view(b.concat(products, 0), out!.shape), out!.shape);
  },
};

export const conv3dKernels: readonly Kernel[] = [conv, inputGradient, filterGradient];
