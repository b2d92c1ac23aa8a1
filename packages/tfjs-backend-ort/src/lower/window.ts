import type { backend_util } from '@tensorflow/tfjs-core';
import type { Builder } from './builder.js';
import { fromNchw, toPlain, toPlanes } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';

/** A sliding window over any number of spatial axes. */
export interface Window {
  kernel: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
  /** Padding before and after every spatial axis. */
  before: readonly number[];
  after: readonly number[];
}

export function window2d(info: backend_util.Conv2DInfo): Window {
  const { padInfo } = info;
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [padInfo.top, padInfo.left],
    after: [padInfo.bottom, padInfo.right],
  };
}

export function window3d(info: backend_util.Conv3DInfo): Window {
  const { padInfo } = info;
  return {
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    before: [padInfo.front, padInfo.top, padInfo.left],
    after: [padInfo.back, padInfo.bottom, padInfo.right],
  };
}

/** The distance between the first and the last tap of the window, on every axis. */
export const windowReach = ({ kernel, dilations }: Window): number[] => kernel.map((k, i) => (k - 1) * dilations[i]!);

/** The sizes that ONNX computes for the spatial axes. (tfjs rounds differently for some paddings.) */
export function outputSizes(window: Window, sizes: readonly number[]): number[] {
  const last = windowReach(window);
  return sizes.map((size, i) => {
    const room = size + window.before[i]! + window.after[i]! - last[i]! - 1;
    return Math.floor(room / window.strides[i]!) + 1;
  });
}

/** The attributes of ONNX's Conv and pooling operators. */
export const windowAttributes = ({ kernel, strides, before, after }: Window) => ({
  kernel_shape: kernel,
  strides,
  pads: [...before, ...after],
});

/** The offset of every tap from the first, in row-major order. */
export function tapOffsets({ kernel, dilations }: Window): number[][] {
  return kernel.reduce<number[][]>(
    (list, k, axis) => list.flatMap((tap) => Array.from({ length: k }, (_, i) => [...tap, i * dilations[axis]!])),
    [[]],
  );
}

/**
 * Inserts zeros between the pixels of dy [N,...out,C] (for the stride) and around them. The rotated window, sliding over the
 * result with stride 1 and without padding, then computes the gradient for an input of `sizes`.
 */
export function insertZeros(b: Builder, dy: GraphValue, window: Window, sizes: readonly number[]): GraphValue {
  const [n, c] = [dy.dims[0]!, dy.dims.at(-1)!];
  const out = dy.dims.slice(1, -1);
  let value = dy;
  if (window.strides.some((s) => s !== 1)) {
    const apart = b.view(dy, [n, ...out.flatMap((d) => [d, 1]), c]);
    const zeros = [0, ...window.strides.flatMap((s) => [0, s - 1]), 0];
    const padded = b.pad(apart, Array<number>(zeros.length).fill(0), zeros);
    value = b.view(padded, [n, ...out.map((d, i) => d * window.strides[i]!), c]);
  }
  const last = windowReach(window);
  const before = sizes.map((_, i) => last[i]! - window.before[i]!);
  const after = sizes.map((size, i) => size + window.before[i]! - out[i]! * window.strides[i]!);
  return b.pad(value, [0, ...before, 0], [0, ...after, 0]);
}

/** The pixels of x [N,...,C], already padded, that one tap of the window reads. */
export function sliceAtTap(
  b: Builder,
  x: GraphValue,
  tap: readonly number[],
  strides: readonly number[],
  out: readonly number[],
) {
  return tap.reduce(
    (value, begin, i) => b.slice(value, i + 1, begin, begin + (out[i]! - 1) * strides[i]! + 1, strides[i]!),
    x,
  );
}

/** Converts x [N,...,C] to planes [N,C,...]. */
export function toChannelsFirst(b: Builder, x: LoweredTensor): GraphValue {
  const rank = x.shape.length;
  if (rank === 4) return toPlanes(b, x);
  return b.transpose(toPlain(b, x), [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]);
}

/** Converts planes [N,C,...] to [N,...,C]. */
export function fromChannelsFirst(b: Builder, value: GraphValue): LoweredTensor {
  const rank = value.dims.length;
  if (rank === 4) return fromNchw(b, value);
  return b.tensor(b.transpose(value, [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]));
}
