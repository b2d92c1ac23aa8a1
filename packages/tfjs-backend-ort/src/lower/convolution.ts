import type { backend_util } from '@tensorflow/tfjs-core';
import type { Builder } from './builder.js';
import { toBlocked, toPaddedBlocked, fromBlocked, toPlain, roundUp, unblock } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';
import { rotatedWeightBlocks, rowKernels, weightBlocks, wholeKernel, type WeightBlocks } from './weight-blocks.js';
import { convolveByRows, rowFilterOf } from './winograd.js';

/** The geometry of a convolution, as ONNX's Conv needs it. */
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
 * Checks that a window fits into the padded image.
 *
 * @throws Error that names the operation and the shapes, if it does not
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

/** Whether the output has the size that ONNX computes. (tfjs rounds differently for explicit padding and 'ceil'.) */
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

/** Convolution of x [N,H,W,I] with weights [kh,kw,I,O]. The convolution itself adds the bias [O]. */
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
 * The geometry of the convolution that computes the gradient of a stride-1 convolution with respect to its input. Its padding
 * is the reach of the kernel minus the padding of the forward pass. Null if that is negative, or if the stride is not 1.
 */
export function inputGradientGeometry(
  geometry: Geometry,
  x: readonly number[],
  dy: readonly number[],
): Geometry | null {
  const { kernel, strides, dilations, pads } = geometry;
  const reach = [0, 1].map((i) => (kernel[i]! - 1) * dilations[i]!) as [number, number];
  const [top, left] = [reach[0] - pads[0], reach[1] - pads[1]];
  const backwardPads = [top, left, x[1]! - dy[1]! - top + reach[0], x[2]! - dy[2]! - left + reach[1]] as const;
  if (strides.some((s) => s !== 1) || backwardPads.some((p) => p < 0)) return null;
  return { kernel, dilations, strides, pads: backwardPads };
}

/**
 * Gradient of a stride-1 convolution with respect to its input: a convolution of dy with the weights rotated by 180 degrees,
 * and with input and output channels swapped. It is twice as fast as ConvTranspose.
 *
 * @param geometry the result of `inputGradientGeometry`
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
  const rotated = b.reverse(toPlain(b, weights, [taps, inputs, outputs]));
  if (b.block === 0) {
    const kernelValue = b.view(b.transpose(rotated, [1, 2, 0]), [inputs, outputs, ...kernel]);
    return convolvePlain(b, toPlain(b, dy), kernelValue, undefined, geometry, shape);
  }
  return convolveBlocked(b, dy, inputs, rotatedWeightBlocks(b, rotated), undefined, geometry, shape);
}

function convolvePlain(
  b: Builder,
  x: GraphValue,
  kernel: GraphValue,
  bias: GraphValue | undefined,
  geometry: Geometry,
  [n, h, w, c]: readonly number[],
): LoweredTensor {
  const out = convolveNchw(b, b.transpose(x, [0, 3, 1, 2]), kernel, bias, geometry, [n!, c!, h!, w!]);
  return b.tensor(b.transpose(out, [0, 2, 3, 1]));
}

/** The standard convolution of [N,C,H,W] with weights [O,C/groups,kh,kw]. */
export function convolveNchw(
  b: Builder,
  x: GraphValue,
  weights: GraphValue,
  bias: GraphValue | undefined,
  geometry: Geometry,
  dims: readonly number[],
  group = 1,
): GraphValue {
  const [top, left, bottom, right] = geometry.pads;
  const isPixelOrImage = geometry.kernel.every((k) => k === 1) || geometry.kernel.every((k, i) => k === x.dims[i + 2]);
  const padFirst = !b.dialect.padsBehind && isPixelOrImage && top === 0 && left === 0;
  const image = padFirst ? b.pad(x, [0, 0, 0, 0], [0, 0, bottom, right]) : x;
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
  return { shape: [n!, h!, w!, c], dtype: 'float32', deferred: b.withCurrentLabel(emit) };
}
