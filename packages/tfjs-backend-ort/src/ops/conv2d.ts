import { backend_util } from '@tensorflow/tfjs-core';
import { convolve, convolveInputGradient } from '../lower/convolution.js';
import { filterGradient } from '../lower/filter-gradient.js';
import { checkWindow, geometryOf, hasStandardSize, inputGradientGeometry } from '../lower/geometry.js';
import { fromNchw, toNchw, toPlain } from '../lower/layout.js';
import { type LoweredTensor, sizeOf } from '../lower/lowered-tensor.js';
import { insertZeros, window2d } from '../lower/window.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';
import {
  applyActivation,
  applyBias,
  checkOptional,
  FUSED_INPUTS,
  isKnownActivation,
  optionalInputs,
} from './activation.js';
import type { Kernel } from './kernel.js';

type Shape4 = [number, number, number, number];

/**
 * The geometry of a convolution.
 *
 * @param op name for error messages
 * @throws Error if the window does not fit into the padded input
 */
export function windowInfo(
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

/** Whether a convolution is not over NHWC images in float32, or is empty. Such convolutions are not lowered. */
export const isNotNhwcFloat = (inputs: TensorSpec[], { dataFormat }: Attrs) =>
  (dataFormat ?? 'NHWC') !== 'NHWC' || inputs.some((x) => x.dtype !== 'float32' || sizeOf(x.shape) === 0);

const conv: Kernel = {
  name: 'Conv2D',
  inputs: ['x', 'filter'],
  infer: ([x, filter], attrs) => ({ shape: infoOf(x!.shape, filter!.shape, attrs).outShape, dtype: 'float32' }),
  needsFallback: (inputs, attrs) =>
    isNotNhwcFloat(inputs, attrs) || !hasStandardSize(infoOf(inputs[0]!.shape, inputs[1]!.shape, attrs)),
  lower: (b, [x, filter], attrs, [out]) =>
    convolve(b, x!, filter!, undefined, geometryOf(infoOf(x!.shape, filter!.shape, attrs)), out!.shape),
};

const fusedConv: Kernel = {
  name: 'FusedConv2D',
  inputs: ['x', 'filter'],
  optional: FUSED_INPUTS,
  infer: (inputs, attrs) => {
    const out = conv.infer(inputs, attrs) as TensorSpec;
    checkOptional(inputs, attrs, out.shape);
    return out;
  },
  needsFallback: (inputs, attrs) => conv.needsFallback!(inputs, attrs) || !isKnownActivation(attrs),
  lower: (b, inputs, attrs, [out]) => {
    const [x, filter] = inputs as [LoweredTensor, LoweredTensor];
    const { bias, alpha } = optionalInputs(inputs, attrs);
    const geometry = geometryOf(infoOf(x.shape, filter.shape, attrs));
    // The convolution itself adds a bias per channel.
    const channelBias = bias && sizeOf(bias.shape) === filter.shape[3] ? bias : undefined;
    const sum = convolve(b, x, filter, channelBias, geometry, out!.shape);
    return applyActivation(b, channelBias ? sum : applyBias(b, sum, bias), attrs, alpha);
  },
};

/** The output padding with which ONNX's ConvTranspose returns exactly the size of the input. Null if there is none. */
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
  needsFallback: (inputs, attrs) => {
    if (isNotNhwcFloat(inputs, attrs)) return true;
    const info = infoOf(attrs.inputShape, inputs[1]!.shape, attrs);
    return inputs[0]!.shape.join() !== info.outShape.join();
  },
  lower: (b, [dy, filter], attrs, [out]) => {
    const info = infoOf(out!.shape, filter!.shape, attrs);
    const geometry = geometryOf(info);
    const backward = inputGradientGeometry(geometry, out!.shape, dy!.shape);
    if (backward) return convolveInputGradient(b, dy!, filter!, backward, out!.shape);
    const extra = outputPadding(info);
    if (!extra) {
      const spread = b.tensor(insertZeros(b, toPlain(b, dy!), window2d(info), out!.shape.slice(1, 3)));
      const unpadded = { ...geometry, strides: [1, 1], pads: [0, 0, 0, 0] } as const;
      return convolveInputGradient(b, spread, filter!, unpadded, out!.shape);
    }
    const [n, h, w, c] = out!.shape as Shape4;
    const kernel = b.transpose(toPlain(b, filter!), [3, 2, 0, 1]);
    const value = b.node('ConvTranspose', [toNchw(b, dy!), kernel], [n, c, h, w], {
      attributes: {
        kernel_shape: geometry.kernel,
        strides: geometry.strides,
        dilations: geometry.dilations,
        pads: geometry.pads,
        output_padding: extra,
      },
    });
    return fromNchw(b, value);
  },
};

const filterGradientKernel: Kernel = {
  name: 'Conv2DBackpropFilter',
  inputs: ['x', 'dy'],
  infer: (_inputs, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
  needsFallback: (inputs, attrs) => {
    if (isNotNhwcFloat(inputs, attrs)) return true;
    const info = infoOf(inputs[0]!.shape, attrs.filterShape, attrs);
    return inputs[1]!.shape.join() !== info.outShape.join() || !hasStandardSize(info);
  },
  lower: (b, [x, dy], attrs, [out]) =>
    filterGradient(b, x!, dy!, geometryOf(infoOf(x!.shape, out!.shape, attrs)), out!.shape),
};

export const conv2dKernels: readonly Kernel[] = [conv, fusedConv, inputGradient, filterGradientKernel];
