import type { Builder } from './builder.js';
import { NCHWC } from './graph-writer.js';
import { type GraphValue, type LoweredTensor, sizeOf } from './lowered-tensor.js';

/** Whether a tensor of shape [N,H,W,C] fits into the blocked layout without padding. */
export function canBlock(b: Builder, shape: readonly number[]): boolean {
  return b.block > 0 && shape.length === 4 && shape[3]! % b.block === 0 && sizeOf(shape) > 0;
}

/** The elements of `x` in row-major order, with its own shape or the given dimensions. */
export function toPlain(b: Builder, x: LoweredTensor, dims: readonly number[] = x.shape): GraphValue {
  if (!x.plain) {
    emitDeferred(x);
    if (x.fill !== undefined) x.plain = b.expand(fillScalar(b, x), x.shape.length ? x.shape : [1]);
    else x.plain = unblock(b, x.blocked!, x.shape[3]!);
  }
  return b.view(x.plain, dims);
}

/** A one-element value for a tensor whose elements are all equal. */
export function fillScalar(b: Builder, x: LoweredTensor): GraphValue {
  return b.constant(x.dtype, [1], [x.fill!]);
}

/** The elements of an [N,H,W,C] tensor in the blocked layout. */
export function toBlocked(b: Builder, x: LoweredTensor): GraphValue {
  emitDeferred(x);
  x.blocked ??= block(b, toPlain(b, x));
  return x.blocked;
}

/** Emits a convolution that was deferred for a bias. */
export function emitDeferred(x: LoweredTensor): void {
  if (x.deferred && !x.blocked) x.blocked = x.deferred(null);
}

/** Whether a tensor is available in the blocked layout only. */
export const isOnlyBlocked = (x: LoweredTensor): boolean =>
  !x.plain && (x.blocked !== undefined || x.deferred !== undefined);

/**
 * Applies a reordering operator, which supports float32 only. Booleans survive the conversion. Integers of more than 24 bits
 * would not, so int32 is never in the blocked layout.
 */
function reorderAsFloat(b: Builder, value: GraphValue, reorder: (value: GraphValue) => GraphValue): GraphValue {
  return b.cast(reorder(b.cast(value, 'float32')), value.type);
}

/** NHWC to NCHWc. With a single block of channels, or a single pixel, the two are the same sequence of elements. */
export function block(b: Builder, nhwc: GraphValue): GraphValue {
  const [n, h, w, c] = nhwc.dims as [number, number, number, number];
  if (c === b.block || h * w === 1) return b.view(nhwc, [n, c, h, w]);
  if (b.block === 1) return b.transpose(nhwc, [0, 3, 1, 2]);
  return reorderAsFloat(b, nhwc, (value) =>
    b.node('ReorderInput', [value], [n, c, h, w], { domain: NCHWC, attributes: { channels_last: 1 } }),
  );
}

/** NCHWc to NHWC. Only the first `channels` channels are kept. */
export function unblock(b: Builder, nchwc: GraphValue, channels: number): GraphValue {
  const [n, c, h, w] = nchwc.dims as [number, number, number, number];
  if (channels === c && (c === b.block || h * w === 1)) return b.view(nchwc, [n, h, w, c]);
  if (b.block === 1) return b.transpose(nchwc, [0, 2, 3, 1]);
  return reorderAsFloat(b, nchwc, (value) =>
    b.node('ReorderOutput', [value], [n, h, w, channels], {
      domain: NCHWC,
      attributes: { channels, channels_last: 1 },
    }),
  );
}

/** The image planes of an [N,H,W,C] tensor, in NCHW order. */
export function toPlanes(b: Builder, x: LoweredTensor): GraphValue {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  if (b.block === 1 && x.dtype === 'float32') return toBlocked(b, x);
  if (b.block === 0 || h * w === 1 || x.dtype !== 'float32') return b.transpose(toPlain(b, x), [0, 3, 1, 2]);
  return b.node('ReorderOutput', [toPaddedBlocked(b, x)], [n, c, h, w], { domain: NCHWC, attributes: { channels: c } });
}

/** An [N,H,W,C] tensor in the blocked layout, its channels padded with zeros to a whole number of blocks. */
export function toPaddedBlocked(b: Builder, x: LoweredTensor): GraphValue {
  const channels = x.shape[3]!;
  const extra = roundUp(channels, b.block) - channels;
  if (extra === 0) return toBlocked(b, x);
  return block(b, b.pad(toPlain(b, x), [0, 0, 0, 0], [0, 0, 0, extra]));
}

/** An operand for a standard convolution operator, in NCHW order. */
export function toNchw(b: Builder, x: LoweredTensor): GraphValue {
  return b.block === 1 ? toBlocked(b, x) : b.transpose(toPlain(b, x), [0, 3, 1, 2]);
}

/** The result of such an operator, as an [N,H,W,C] tensor. */
export function fromNchw(b: Builder, value: GraphValue): LoweredTensor {
  return b.block === 1 ? fromBlocked(value) : b.tensor(b.transpose(value, [0, 2, 3, 1]));
}

export const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** An [N,H,W,C] tensor from its elements in the blocked layout. */
export function fromBlocked(value: GraphValue): LoweredTensor {
  const [n, c, h, w] = value.dims as [number, number, number, number];
  return { shape: [n, h, w, c], dtype: value.type as LoweredTensor['dtype'], blocked: value };
}
