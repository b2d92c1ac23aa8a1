import { blocked, canBlock, fromBlocked, onlyBlocked, plain } from '../lower/layout.js';
import { sizeOf } from '../lower/logical.js';
import { axesOf } from './reduce.js';
import { defineKernels, type Kernel } from './kernel.js';

const gather: Kernel = {
  name: 'GatherV2',
  inputs: ['x', 'indices'],
  infer: ([x, indices], { axis, batchDims }) => {
    const [at] = axesOf(axis ?? 0, x!.shape.length) as [number];
    const shape = [...x!.shape.slice(0, at), ...indices!.shape.slice(batchDims ?? 0), ...x!.shape.slice(at + 1)];
    return { shape, dtype: x!.dtype };
  },
  unsupported: ([x, indices], { batchDims }) =>
    (batchDims ?? 0) !== 0 || indices!.dtype !== 'int32' || sizeOf(x!.shape) === 0 || sizeOf(indices!.shape) === 0,
  check: ([x], { axis }, [, indices]) => {
    const rows = x!.shape[axesOf(axis ?? 0, x!.shape.length)[0]!]!;
    for (let i = 0; i < (indices?.length ?? 0); i++) {
      const index = indices![i]!;
      if (index < 0 || index >= rows) {
        throw new Error(
          `GatherV2: the index value ${index} is not in [0, ${rows - 1}] (x has the shape [${x!.shape}]).`,
        );
      }
    }
  },
  lower: (b, [x, indices], { axis }, [out]) => {
    const [at] = axesOf(axis ?? 0, x!.shape.length) as [number];
    return b.logical(b.node('Gather', [plain(b, x!), plain(b, indices!)], out!.shape, { attributes: { axis: at } }));
  },
};

/** Comparison with 0..depth-1: indices outside give a row of `offValue`, where ONNX's OneHot would wrap. */
const oneHot: Kernel = {
  name: 'OneHot',
  inputs: ['indices'],
  infer: ([indices], { depth, dtype }) => ({ shape: [...indices!.shape, depth], dtype: dtype ?? 'float32' }),
  unsupported: ([indices], { dtype }) => indices!.dtype !== 'int32' || dtype === 'bool',
  lower: (b, [indices], { depth, onValue, offValue }, [out]) => {
    const classes = b.constant(
      'int32',
      [depth],
      Array.from({ length: depth }, (_, i) => i),
    );
    const hit = b.binary('Equal', plain(b, indices!, [...indices!.shape, 1]), classes, 'bool');
    const value = (v: number) => b.constant(out!.dtype, [1], [v]);
    return b.logical(b.node('Where', [hit, value(onValue), value(offValue)], out!.shape, { type: out!.dtype }));
  },
};

const pad: Kernel = {
  name: 'PadV2',
  inputs: ['x'],
  infer: ([x], { paddings }) => ({
    shape: x!.shape.map((d, i) => d + paddings[i][0] + paddings[i][1]),
    dtype: x!.dtype,
  }),
  unsupported: ([x]) => x!.dtype === 'bool',
  lower: (b, [x], { paddings, constantValue }, [out]) => {
    const before = (paddings as number[][]).map((p) => p[0]!);
    const after = (paddings as number[][]).map((p) => p[1]!);
    const channels = [before, after].every((p) => p.slice(0, 3).every((v) => v === 0) && p[3]! % b.block === 0);
    // The gradient of a channel slice pads whole blocks.
    if (onlyBlocked(x!) && canBlock(b, x!.shape) && channels && constantValue === 0) {
      return fromBlocked(b.pad(blocked(b, x!), [0, before[3]!, 0, 0], [0, after[3]!, 0, 0]));
    }
    const value = b.pad(plain(b, x!), before, after, b.constant(x!.dtype, [], [constantValue ?? 0]));
    return b.logical(value, out!.shape);
  },
};

const mirrorPad: Kernel = {
  name: 'MirrorPad',
  inputs: ['x'],
  infer: ([x], { paddings }) => ({
    shape: x!.shape.map((d, i) => d + paddings[i][0] + paddings[i][1]),
    dtype: x!.dtype,
  }),
  unsupported: ([x], { mode }) =>
    mode !== 'reflect' || x!.dtype === 'bool' || x!.shape.length === 0 || sizeOf(x!.shape) === 0,
  lower: (b, [x], { paddings }, [out]) => {
    const amounts = [...paddings.map((p: number[]) => p[0]), ...paddings.map((p: number[]) => p[1])];
    return b.logical(
      b.node('Pad', [plain(b, x!), b.ints(amounts)], out!.shape, { attributes: { mode: 'reflect' } }),
      out!.shape,
    );
  },
};

const stridedSlice: Kernel = {
  name: 'StridedSlice',
  inputs: ['x'],
  infer: ([x], attrs) => {
    const { begin, end, strides } = attrs as { begin: number[]; end: number[]; strides: number[] };
    const shape = x!.shape.map((_, i) => Math.max(0, Math.ceil((end[i]! - begin[i]!) / strides[i]!)));
    return { shape, dtype: x!.dtype };
  },
  // Masks and negative positions have rules of their own; plain ranges are what gradients and patches need.
  unsupported: ([x], { begin, end, strides, ...masks }) =>
    ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'].some((name) => masks[name]) ||
    begin.length !== x!.shape.length ||
    begin.length === 0 ||
    (strides as number[]).some((s) => s < 1) ||
    [...begin, ...end].some((v: number) => v < 0) ||
    (end as number[]).some((v, i) => v > x!.shape[i]!),
  lower: (b, [x], { begin, end, strides }, [out]) => {
    const axes = x!.shape.map((_, i) => i);
    const inputs = [plain(b, x!), b.ints(begin), b.ints(end), b.ints(axes), b.ints(strides)];
    return b.logical(b.node('Slice', inputs, out!.shape), out!.shape);
  },
};

/** The gradient of a gather: rows of x added up by segment. */
const segmentSum: Kernel = {
  name: 'UnsortedSegmentSum',
  inputs: ['x', 'segmentIds'],
  infer: ([x, ids], { numSegments }) => ({
    shape: [numSegments, ...x!.shape.slice(ids!.shape.length)],
    dtype: x!.dtype,
  }),
  unsupported: ([x, ids]) =>
    x!.dtype === 'bool' || ids!.dtype !== 'int32' || ids!.shape.length !== 1 || sizeOf(x!.shape) === 0,
  lower: (b, [x, ids], { numSegments }, [out]) => {
    const rows = x!.shape[0]!;
    const row = sizeOf(x!.shape) / rows;
    // Rows of no segment go into one more, which is cut off.
    const id = plain(b, ids!, [rows, 1]);
    const outside = b.binary(
      'Or',
      b.binary('Less', id, b.constant('int32', [1], [0]), 'bool'),
      b.binary('Greater', id, b.constant('int32', [1], [numSegments - 1]), 'bool'),
      'bool',
    );
    const target = b.node('Where', [outside, b.constant('int32', [1], [numSegments]), id], id.dims, { type: 'int32' });
    // One element after the other, in order: the same bits every time, and a NaN stays in its segment.
    const zeros = b.expand(b.constant(x!.dtype, [1, 1], [0]), [numSegments + 1, row]);
    const sums = b.node(
      'ScatterElements',
      [zeros, b.expand(target, [rows, row]), plain(b, x!, [rows, row])],
      zeros.dims,
      {
        attributes: { axis: 0, reduction: 'add' },
      },
    );
    return b.logical(b.slice(sums, 0, 0, numSegments), out!.shape);
  },
};

defineKernels(gather, oneHot, pad, mirrorPad, stridedSlice, segmentSum);
