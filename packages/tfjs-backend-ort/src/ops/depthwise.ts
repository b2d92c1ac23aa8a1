import type { Builder } from '../lower/builder.js';
import { depthwise, depthwiseFilterGradient, depthwiseInputGradient } from '../lower/depthwise-convolution.js';
import { type Geometry, geometryOf, hasStandardSize, inputGradientGeometry } from '../lower/geometry.js';
import { toPlain } from '../lower/layout.js';
import type { LoweredTensor } from '../lower/lowered-tensor.js';
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
import { isNotNhwcFloat, windowInfo } from './conv2d.js';
import type { Kernel } from './kernel.js';

const infoOf = (x: readonly number[], filter: readonly number[], attrs: Attrs) =>
  windowInfo('depthwiseConv2d', x, filter, attrs, true);

/** Filters [kh,kw,C,M] as [kh*kw,C,M]. */
const tapRows = (b: Builder, filter: LoweredTensor) => {
  const [kh, kw, c, multiplier] = filter.shape as [number, number, number, number];
  return toPlain(b, filter, [kh * kw, c, multiplier]);
};

const isUnsupported = (x: TensorSpec, filter: readonly number[], inputs: TensorSpec[], attrs: Attrs) =>
  isNotNhwcFloat(inputs, attrs) || !hasStandardSize(infoOf(x.shape, filter, attrs));

const forward: Kernel = {
  name: 'DepthwiseConv2dNative',
  inputs: ['x', 'filter'],
  infer: ([x, filter], attrs) => ({ shape: infoOf(x!.shape, filter!.shape, attrs).outShape, dtype: 'float32' }),
  needsFallback: (inputs, attrs) => isUnsupported(inputs[0]!, inputs[1]!.shape, inputs, attrs),
  lower: (b, [x, filter], attrs, [out]) =>
    depthwise(b, x!, tapRows(b, filter!), geometryOf(infoOf(x!.shape, filter!.shape, attrs)), out!.shape),
};

const fused: Kernel = {
  ...forward,
  name: 'FusedDepthwiseConv2D',
  inputs: ['x', 'filter'],
  optional: FUSED_INPUTS,
  infer: (inputs, attrs) => {
    const out = forward.infer(inputs, attrs) as TensorSpec;
    checkOptional(inputs, attrs, out.shape);
    return out;
  },
  needsFallback: (inputs, attrs) => forward.needsFallback!(inputs, attrs) || !isKnownActivation(attrs),
  lower: (b, inputs, attrs, outputs) => {
    const { bias, alpha } = optionalInputs(inputs, attrs);
    const sum = forward.lower(b, inputs.slice(0, 2), attrs, outputs) as LoweredTensor;
    return applyActivation(b, applyBias(b, sum, bias), attrs, alpha);
  },
};

const inputGradient: Kernel = {
  name: 'DepthwiseConv2dNativeBackpropInput',
  inputs: ['dy', 'filter'],
  infer: (_inputs, { inputShape }) => ({ shape: inputShape, dtype: 'float32' }),
  needsFallback: isNotNhwcFloat,
  lower: (b, [dy, filter], attrs, [out]) => {
    const info = infoOf(out!.shape, filter!.shape, attrs);
    const geometry = geometryOf(info);
    const weights = tapRows(b, filter!);
    const backward = inputGradientGeometry(geometry, out!.shape, dy!.shape);
    if (backward) return depthwiseInputGradient(b, dy!, weights, backward, out!.shape);
    const spread = b.tensor(insertZeros(b, toPlain(b, dy!), window2d(info), out!.shape.slice(1, 3)));
    const unpadded: Geometry = { ...geometry, strides: [1, 1], pads: [0, 0, 0, 0] };
    return depthwiseInputGradient(b, spread, weights, unpadded, out!.shape);
  },
};

const filterGradient: Kernel = {
  name: 'DepthwiseConv2dNativeBackpropFilter',
  inputs: ['x', 'dy'],
  infer: (_inputs, { filterShape }) => ({ shape: filterShape, dtype: 'float32' }),
  needsFallback: (inputs, attrs) => isUnsupported(inputs[0]!, attrs.filterShape, inputs, attrs),
  lower: (b, [x, dy], attrs, [out]) =>
    depthwiseFilterGradient(b, x!, dy!, window2d(infoOf(x!.shape, out!.shape, attrs)), out!.shape),
};

export const depthwiseKernels: readonly Kernel[] = [forward, fused, inputGradient, filterGradient];
