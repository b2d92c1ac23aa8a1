import { backend_util } from '@tensorflow/tfjs-core';
import { channelsFirst, fromChannelsFirst, plain } from '../lower/layout.js';
import { checkWindow, convolve, convolveInputGradient, geometryOf, standardSize, turned } from '../lower/conv.js';
import { filterGradient } from '../lower/filter-gradient.js';
import { mapUnary } from '../lower/elementwise.js';
import { sizeOf } from '../lower/logical.js';
import { activate, knowsActivation } from './matmul.js';
import { defineKernels, type Attrs, type InputSpec, type Kernel } from './kernel.js';

type Shape4 = [number, number, number, number];

function windowInfo(
  op: string,
  x: readonly number[],
  filter: readonly number[],
  { strides, pad, dilations, dimRoundingMode }: Attrs,
  isDepthwise: boolean,
) {
  const shapes = [[...x] as Shape4, [...filter] as Shape4] as const;
  const info = backend_util.computeConv2DInfo(...shapes, strides, dilations ?? 1, pad, dimRoundingMode, isDepthwise);
  checkWindow(op, x, filter, info.outShape);
  return info;
}

function infoOf(x: readonly number[], filter: readonly number[], attrs: Attrs) {
  if (x[3] !== filter[2]) {
    throw new Error(`conv2d: input [${x}] has ${x[3]} channels, but the filter [${filter}] takes ${filter[2]}.`);
  }
  return windowInfo('conv2d', x, filter, attrs, false);
}

const otherThanNhwcFloat = (inputs: InputSpec[], { dataFormat }: Attrs) =>
  (dataFormat ?? 'NHWC') !== 'NHWC' || inputs.some((x) => x.dtype !== 'float32' || sizeOf(x.shape) === 0);

const conv: Kernel = {
  name: 'Conv2D',
  inputs: ['x', 'filter'],
  infer: ([x, filter], attrs) => ({ shape: infoOf(x!.shape, filter!.shape, attrs).outShape, dtype: 'float32' }),
  unsupported: (inputs, attrs) =>
    otherThanNhwcFloat(inputs, attrs) || !standardSize(infoOf(inputs[0]!.shape, inputs[1]!.shape, attrs)),
  lower: (b, [x, filter], attrs, [out]) =>
    convolve(b, x!, filter!, undefined, geometryOf(infoOf(x!.shape, filter!.shape, attrs)), out!.shape),
};

const fusedConv: Kernel = {
  name: 'FusedConv2D',
  inputs: ['x', 'filter', 'bias'],
  infer: conv.infer,
  unsupported: (inputs, attrs) =>
    conv.unsupported!(inputs, attrs) ||
    !knowsActivation(attrs) ||
    (inputs[2] !== undefined && sizeOf(inputs[2].shape) !== inputs[1]!.shape[3]),
  lower: (b, [x, filter, bias], attrs, [out]) => {
    const geometry = geometryOf(infoOf(x!.shape, filter!.shape, attrs));
    return mapUnary(b, convolve(b, x!, filter!, bias, geometry, out!.shape), (y) => activate(b, y, attrs));
  },
};

/** Output padding with which ONNX's ConvTranspose gives exactly the input's size, or null where none does. */
function outputPadding(info: backend_util.Conv2DInfo): [number, number] | null {
  const { pads } = geometryOf(info);
  const full = (size: number, stride: number, kernel: number) => (size - 1) * stride + kernel;
  const extra: [number, number] = [
    info.inHeight - full(info.outHeight, info.strideHeight, info.effectiveFilterHeight) + pads[0] + pads[2],
    info.inWidth - full(info.outWidth, info.strideWidth, info.effectiveFilterWidth) + pads[1] + pads[3],
  ];
  const fits = extra[0] >= 0 && extra[1] >= 0 && extra[0] < info.strideHeight && extra[1] < info.strideWidth;
  return fits ? extra : null;
}

const inputGradient: Kernel = {
  name: 'Conv2DBackpropInput',
  inputs: ['dy', 'filter'],
  infer: (_inputs, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
  unsupported: (inputs, attrs) => {
    if (otherThanNhwcFloat(inputs, attrs)) return true;
    const info = infoOf(attrs.inputShape, inputs[1]!.shape, attrs);
    if (inputs[0]!.shape.join() !== info.outShape.join() || !standardSize(info)) return true;
    return !turned(geometryOf(info), info.inShape, info.outShape) && outputPadding(info) === null;
  },
  lower: (b, [dy, filter], attrs, [out]) => {
    const info = infoOf(out!.shape, filter!.shape, attrs);
    const geometry = geometryOf(info);
    const turning = turned(geometry, out!.shape, dy!.shape);
    if (turning) return convolveInputGradient(b, dy!, filter!, turning, out!.shape);
    const [n, h, w, c] = out!.shape as Shape4;
    const kernel = b.transpose(plain(b, filter!), [3, 2, 0, 1]);
    const value = b.node('ConvTranspose', [channelsFirst(b, dy!), kernel], [n, c, h, w], {
      attributes: {
        kernel_shape: geometry.kernel,
        strides: geometry.strides,
        dilations: geometry.dilations,
        pads: geometry.pads,
        output_padding: outputPadding(info)!,
      },
    });
    return fromChannelsFirst(b, value);
  },
};

const filterGradientKernel: Kernel = {
  name: 'Conv2DBackpropFilter',
  inputs: ['x', 'dy'],
  infer: (_inputs, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
  unsupported: (inputs, attrs) => {
    if (otherThanNhwcFloat(inputs, attrs)) return true;
    const info = infoOf(inputs[0]!.shape, attrs.filterShape, attrs);
    return inputs[1]!.shape.join() !== info.outShape.join() || !standardSize(info);
  },
  lower: (b, [x, dy], attrs, [out]) =>
    filterGradient(b, x!, dy!, geometryOf(infoOf(x!.shape, out!.shape, attrs)), out!.shape),
};

const depthwise: Kernel = {
  name: 'DepthwiseConv2dNative',
  inputs: ['x', 'filter'],
  infer: ([x, filter], attrs) => ({ shape: depthwiseInfo(x!.shape, filter!.shape, attrs).outShape, dtype: 'float32' }),
  unsupported: (inputs, attrs) =>
    otherThanNhwcFloat(inputs, attrs) || !standardSize(depthwiseInfo(inputs[0]!.shape, inputs[1]!.shape, attrs)),
  lower: (b, [x, filter], attrs, [out]) => {
    const [kh, kw, c, multiplier] = filter!.shape as Shape4;
    const { strides, dilations, pads } = geometryOf(depthwiseInfo(x!.shape, filter!.shape, attrs));
    const kernel = b.view(b.transpose(plain(b, filter!), [2, 3, 0, 1]), [c * multiplier, 1, kh, kw]);
    const [n, h, w, outputs] = out!.shape as Shape4;
    const value = b.node('Conv', [channelsFirst(b, x!), kernel], [n, outputs, h, w], {
      attributes: { kernel_shape: [kh, kw], strides, dilations, pads, group: c },
    });
    return fromChannelsFirst(b, value);
  },
};

function depthwiseInfo(x: readonly number[], filter: readonly number[], attrs: Attrs) {
  return windowInfo('depthwiseConv2d', x, filter, attrs, true);
}

defineKernels(conv, fusedConv, inputGradient, filterGradientKernel, depthwise);
