import type { Builder } from './builder.js';
import { convolveNchw } from './convolution.js';
import type { Geometry } from './geometry.js';
import { canBlock, fromBlocked, toBlocked, toPlain } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';
import { fromChannelsFirst, sliceAtTap, tapOffsets, toChannelsFirst, type Window } from './window.js';

/**
 * Depthwise convolution: each of the C input channels has its own M filters.
 *
 * @param weights [kh*kw, C, M]
 * @param shape shape of the result, [N,H,W,C*M]
 */
export function depthwise(
  b: Builder,
  x: LoweredTensor,
  weights: GraphValue,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  const [count, c, multiplier] = weights.dims as [number, number, number];
  const dims = [shape[0]!, shape[3]!, shape[1]!, shape[2]!];
  if (multiplier === 1 && canBlock(b, x.shape)) {
    // The blocked layout of one filter per channel: channel block, kernel row, kernel column, channel in the block.
    const split = b.view(weights, [count, c / b.block, b.block]);
    const kernel = b.view(b.transpose(split, [1, 0, 2]), [c, 1, ...geometry.kernel]);
    const { strides, dilations, pads } = geometry;
    const attributes = { kernel_shape: geometry.kernel, strides, dilations, pads, group: c };
    return fromBlocked(b.imageNode('Conv', [toBlocked(b, x), kernel], dims, attributes));
  }
  const kernel = b.view(b.transpose(weights, [1, 2, 0]), [c * multiplier, 1, ...geometry.kernel]);
  return fromChannelsFirst(b, convolveNchw(b, toChannelsFirst(b, x), kernel, undefined, geometry, dims, c));
}

/**
 * The gradient with respect to the input. dy already contains the zeros that the rotated window needs, or `geometry` adds them
 * as padding.
 *
 * @param weights [kh*kw, C, M] as in the forward pass
 * @param shape shape of the result, [N,H,W,C]
 */
export function depthwiseInputGradient(
  b: Builder,
  dy: LoweredTensor,
  weights: GraphValue,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  const [, c, multiplier] = weights.dims as [number, number, number];
  const rotated = b.reverse(weights);
  if (multiplier === 1) return depthwise(b, dy, rotated, geometry, shape);
  const kernel = b.view(b.transpose(rotated, [1, 2, 0]), [c, multiplier, ...geometry.kernel]);
  const dims = [shape[0]!, c, shape[1]!, shape[2]!];
  return fromChannelsFirst(b, convolveNchw(b, toChannelsFirst(b, dy), kernel, undefined, geometry, dims, c));
}

/** The gradient with respect to the filters [kh,kw,C,M]: one sum over all pixels per tap. */
export function depthwiseFilterGradient(
  b: Builder,
  x: LoweredTensor,
  dy: LoweredTensor,
  window: Window,
  shape: readonly number[],
): LoweredTensor {
  const [c, multiplier] = shape.slice(2) as [number, number];
  const [n, height, width] = dy.shape as [number, number, number];
  const pixels = n * height * width;
  const padded = b.pad(toPlain(b, x), [0, ...window.before, 0], [0, ...window.after, 0]);
  const gradient = toPlain(b, dy, [pixels, c, multiplier]);
  const sums = tapOffsets(window).map((tap) => {
    const seen = b.view(sliceAtTap(b, padded, tap, window.strides, [height, width]), [pixels, c, 1]);
    return b.view(b.reduce('ReduceSum', b.binary('Mul', seen, gradient), [0]), [1, c, multiplier]);
  });
  return b.tensor(b.view(b.concat(sums, 0), shape), shape);
}
