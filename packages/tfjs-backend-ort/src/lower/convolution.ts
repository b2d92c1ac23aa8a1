import type { backend_util } from '@tensorflow/tfjs-core';
import type { Builder } from './builder.js';
import { toBlocked, toPaddedBlocked, fromBlocked, toPlain, roundUp, unblock } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';
import { rowKernels, turnedWeightBlocks, weightBlocks, wholeKernel, type WeightBlocks } from './weight-blocks.js';
import { convolveByRows, rowFilterOf } from './winograd.js';

/** The geometry of one convolution: what ONNX's Conv needs. */
export interface Geometry {
  kernel: readonly [number, number];
  strides: readonly [number, number];
  dilations: readonly [number, number];
  /** top, left, bottom, right */
  pads: readonly [number, number, number, number];
}

export function geometryOf(info: backend_util.Conv2DInfo): Geometry {
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [info.padInfo.top, info.padInfo.left, info.padInfo.bottom, info.padInfo.right],
  };
}

/**
 * Refuses a window that does not fit into the padded image.
 *
 * @throws naming the operation and the shapes
 */
export function checkWindow(
  name: string,
  x: readonly number[],
  filter: readonly number[],
  out: readonly number[],
): void {
  if (out.every((d) => d >= 0)) return;
  throw new Error(
    `${name}: a window of [${filter}] does not fit into the input [${x}] (the output would be [${out}]).`,
  );
}

/** Whether the output has the size that ONNX computes: tfjs rounds otherwise in some cases (explicit padding, 'ceil'). */
export function hasStandardSize(info: backend_util.Conv2DInfo): boolean {
  const { pads, strides } = geometryOf(info);
  const size = (length: number, pad: number, window: number, stride: number) =>
    Math.floor((length + pad - window) / stride) + 1;
  return (
    info.outHeight === size(info.inHeight, pads[0] + pads[2], info.effectiveFilterHeight, strides[0]) &&
    info.outWidth === size(info.inWidth, pads[1] + pads[3], info.effectiveFilterWidth, strides[1]) &&
    info.outHeight > 0 &&
    info.outWidth > 0
  );
}

const attributes = ({ kernel, strides, dilations, pads }: Geometry) => ({
  kernel_shape: kernel,
  strides,
  dilations,
  pads,
});

/** Convolution of x [N,H,W,I] with weights [kh,kw,I,O]; the bias [O] is added by the convolution itself. */
export function convolve(
  b: Builder,
  x: LoweredTensor,
  weights: LoweredTensor,
  bias: LoweredTensor | undefined,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  if (b.block === 0) {
    const kernel = b.transpose(toPlain(b, weights), [3, 2, 0, 1]);
    return convolvePlain(b, toPlain(b, x), kernel, bias && toPlain(b, bias), geometry, shape);
  }
  const blocks = weightBlocks(b, weights);
  return convolveBlocked(b, x, weights.shape[3]!, blocks, bias && toPlain(b, bias), geometry, shape);
}

/**
 * The convolution that undoes one of stride 1: what the forward pass padded before, it pads as far as the kernel still
 * reaches. Null where that would cut pixels off, or where the stride is not 1.
 */
export function inputGradientGeometry(
  geometry: Geometry,
  x: readonly number[],
  dy: readonly number[],
): Geometry | null {
  const { kernel, strides, dilations, pads } = geometry;
  const reach = [0, 1].map((i) => (kernel[i]! - 1) * dilations[i]!) as [number, number];
  const [top, left] = [reach[0] - pads[0], reach[1] - pads[1]];
  const around = [top, left, x[1]! - dy[1]! - top + reach[0], x[2]! - dy[2]! - left + reach[1]] as const;
  if (strides.some((s) => s !== 1) || around.some((p) => p < 0)) return null;
  return { kernel, dilations, strides, pads: around };
}

/**
 * Gradient of a stride-1 convolution with respect to its input: a convolution of dy with the weights turned by 180
 * degrees and with input and output channels exchanged (twice as fast as ConvTranspose).
 *
 * @param geometry from `turned`
 */
export function convolveInputGradient(
  b: Builder,
  dy: LoweredTensor,
  weights: LoweredTensor,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  const { kernel } = geometry;
  const taps = kernel[0] * kernel[1];
  const [inputs, outputs] = weights.shape.slice(2) as [number, number];
  const flipped = b.reverse(toPlain(b, weights, [taps, inputs, outputs]));
  if (b.block === 0) {
    const kernelValue = b.view(b.transpose(flipped, [1, 2, 0]), [inputs, outputs, ...kernel]);
    return convolvePlain(b, toPlain(b, dy), kernelValue, undefined, geometry, shape);
  }
  return convolveBlocked(b, dy, inputs, turnedWeightBlocks(b, flipped), undefined, geometry, shape);
}

function convolvePlain(
  b: Builder,
  x: GraphValue,
  kernel: GraphValue,
  bias: GraphValue | undefined,
  geometry: Geometry,
  [n, h, w, c]: readonly number[],
): LoweredTensor {
  const out = channelsFirstConv(b, b.transpose(x, [0, 3, 1, 2]), kernel, bias, geometry, [n!, c!, h!, w!]);
  return b.tensor(b.transpose(out, [0, 2, 3, 1]));
}

/** The standard convolution: [N,C,H,W] with weights [O,C/groups,kh,kw]. */
export function channelsFirstConv(
  b: Builder,
  x: GraphValue,
  weights: GraphValue,
  bias: GraphValue | undefined,
  geometry: Geometry,
  dims: readonly number[],
  group = 1,
): GraphValue {
  const [top, left, below, right] = geometry.pads;
  const alone = geometry.kernel.every((k) => k === 1) || geometry.kernel.every((k, i) => k === x.dims[i + 2]);
  const padFirst = !b.dialect.padsBehind && alone && top === 0 && left === 0;
  const image = padFirst ? b.pad(x, [0, 0, 0, 0], [0, 0, below, right]) : x;
  const pads = padFirst ? [0, 0, 0, 0] : geometry.pads;
  return b.node('Conv', [image, weights, ...(bias ? [bias] : [])], dims, {
    attributes: { ...attributes(geometry), pads, group },
  });
}

function convolveBlocked(
  b: Builder,
  x: LoweredTensor,
  channels: number,
  weights: WeightBlocks,
  bias: GraphValue | undefined,
  geometry: Geometry,
  [n, h, w, c]: readonly number[],
): LoweredTensor {
  const outputs = roundUp(channels, b.block);
  const filter = rowFilterOf(b, x.shape, channels, geometry);
  const kernels = filter ? rowKernels(b, weights, filter) : [wholeKernel(b, weights, geometry.kernel)];
  const emit = (added: GraphValue | null) => {
    const bias = added && b.pad(b.view(added, [c!]), [0], [outputs - c!]);
    if (filter) return convolveByRows(b, toBlocked(b, x), kernels, bias, filter);
    const inputs = [toPaddedBlocked(b, x), kernels[0]!, ...(bias ? [bias] : [])];
    return b.imageNode('Conv', inputs, [n!, outputs, h!, w!], attributes(geometry));
  };
  if (outputs !== c) return b.tensor(unblock(b, emit(bias ?? null), c!));
  if (bias) return fromBlocked(emit(bias));
  return { shape: [n!, h!, w!, c], dtype: 'float32', deferred: b.later(emit) };
}
