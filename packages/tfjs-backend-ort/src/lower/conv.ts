import type { backend_util } from '@tensorflow/tfjs-core';
import type { Builder } from './builder.js';
import { NCHWC } from './builder.js';
import { block, blockedPadded, fromBlocked, plain, roundUp, unblock } from './layout.js';
import type { GraphValue, Logical } from './logical.js';

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
export function standardSize(info: backend_util.Conv2DInfo): boolean {
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
  x: Logical,
  weights: Logical,
  bias: Logical | undefined,
  geometry: Geometry,
  shape: readonly number[],
): Logical {
  if (b.block === 0) {
    const kernel = b.transpose(plain(b, weights), [3, 2, 0, 1]);
    return convolvePlain(b, plain(b, x), kernel, bias && plain(b, bias), geometry, shape);
  }
  return convolveBlocked(b, x, blockWeights(b, weights), bias && plain(b, bias), geometry, shape);
}

/**
 * The convolution that undoes one of stride 1: what the forward pass padded before, it pads as far as the kernel still
 * reaches. Null where that would cut pixels off, or where the stride is not 1.
 */
export function turned(geometry: Geometry, x: readonly number[], dy: readonly number[]): Geometry | null {
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
  dy: Logical,
  weights: Logical,
  geometry: Geometry,
  shape: readonly number[],
): Logical {
  const { kernel } = geometry;
  const taps = kernel[0] * kernel[1];
  const [inputs, outputs] = weights.shape.slice(2) as [number, number];
  const reversed = b.ints(Array.from({ length: taps }, (_, i) => taps - 1 - i));
  const flat = plain(b, weights, [taps, inputs, outputs]);
  const flipped = b.node('Gather', [flat, reversed], flat.dims, { attributes: { axis: 0 } });
  if (b.block === 0) {
    const kernelValue = b.view(b.transpose(flipped, [1, 2, 0]), [inputs, outputs, ...kernel]);
    return convolvePlain(b, plain(b, dy), kernelValue, undefined, geometry, shape);
  }
  return convolveBlocked(b, dy, blockTurnedWeights(b, flipped, kernel), undefined, geometry, shape);
}

function convolvePlain(
  b: Builder,
  x: GraphValue,
  kernel: GraphValue,
  bias: GraphValue | undefined,
  geometry: Geometry,
  [n, h, w, c]: readonly number[],
): Logical {
  const inputs = [b.transpose(x, [0, 3, 1, 2]), kernel, ...(bias ? [bias] : [])];
  const out = b.node('Conv', inputs, [n!, c!, h!, w!], { attributes: attributes(geometry) });
  return b.logical(b.transpose(out, [0, 2, 3, 1]));
}

function convolveBlocked(
  b: Builder,
  x: Logical,
  weights: GraphValue,
  bias: GraphValue | undefined,
  geometry: Geometry,
  [n, h, w, c]: readonly number[],
): Logical {
  const outputs = weights.dims[0]!;
  const emit = (added: GraphValue | null) => {
    const inputs = [blockedPadded(b, x), weights];
    if (added) inputs.push(b.pad(b.view(added, [c!]), [0], [outputs - c!]));
    return b.imageNode('Conv', inputs, [n!, outputs, h!, w!], attributes(geometry));
  };
  if (outputs !== c) return b.logical(unblock(b, emit(bias ?? null), c!));
  if (bias) return fromBlocked(emit(bias));
  return { shape: [n!, h!, w!, c], dtype: 'float32', deferred: b.later(emit) };
}

/** [kh,kw,I,O] to OIHW with both channel axes blocked (OIHW16i16o), which the blocked convolution reads. */
function blockWeights(b: Builder, weights: Logical): GraphValue {
  const [kh, kw, i, o] = weights.shape as [number, number, number, number];
  if (b.block === 1) return b.transpose(plain(b, weights), [3, 2, 0, 1]);
  const [ip, op] = [roundUp(i, b.block), roundUp(o, b.block)];
  const flat = plain(b, weights, [kh * kw, i, o]);
  // Reordering gathers blocks of both channels; what is left moves whole blocks.
  const padded = b.view(padChannels(b, flat, ip, op), [(kh * kw * ip) / b.block, 1, b.block, op]);
  const blocks = b.view(block(b, padded), [kh * kw, ip / b.block, op / b.block, b.block * b.block]);
  return b.view(b.transpose(blocks, [2, 1, 0, 3]), [op, ip, kh, kw]);
}

const padChannels = (b: Builder, weights: GraphValue, i: number, o: number) =>
  b.pad(weights, [0, 0, 0], [0, i - weights.dims[1]!, o - weights.dims[2]!]);

/** Turned weights [kh*kw,I,O] in the same layout for the gradient, where O is the input and I the output. */
function blockTurnedWeights(b: Builder, turned: GraphValue, [kh, kw]: readonly [number, number]): GraphValue {
  const [taps, i, o] = turned.dims as [number, number, number];
  if (b.block === 1) return b.view(b.transpose(turned, [1, 2, 0]), [i, o, kh, kw]);
  const [ip, op] = [roundUp(i, b.block), roundUp(o, b.block)];
  const padded = b.view(padChannels(b, turned, ip, op), [taps, ip, 1, op]);
  // ReorderInput is a fast blocked transposition of the last two axes; what is left moves whole blocks.
  const reordered = b.node('ReorderInput', [padded], padded.dims, { domain: NCHWC });
  const split = b.view(reordered, [taps, ip / b.block, op / b.block, b.block * b.block]);
  return b.view(b.transpose(split, [1, 2, 0, 3]), [ip, op, kh, kw]);
}
