import { backend_util, slice_util, type Tensor } from '@tensorflow/tfjs-core';
import { canBlock, fromBlocked, isOnlyBlocked, toBlocked, toPlain } from '../lower/layout.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';
import type { Kernel } from './kernel.js';
import { axesOf } from './reduce.js';

/** The sizes of x as [batches, outer, rows, inner], and the shape of the result. */
function gatherInfo(x: TensorSpec, indices: TensorSpec, { axis, batchDims }: Attrs) {
  const [at] = axesOf(axis ?? 0, x.shape.length) as [number];
  const like = ({ shape }: TensorSpec) => ({ shape: [...shape] }) as Tensor;
  return backend_util.segment_util.collectGatherOpShapeInfo(like(x), like(indices), at, batchDims ?? 0);
}

const gather: Kernel = {
  name: 'GatherV2',
  inputs: ['x', 'indices'],
  infer: ([x, indices], attrs) => ({ shape: gatherInfo(x!, indices!, attrs).outputShape, dtype: x!.dtype }),
  needsFallback: ([x, indices]) => indices!.dtype !== 'int32' || sizeOf(x!.shape) === 0 || sizeOf(indices!.shape) === 0,
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
  lower: (b, [x, indices], attrs, [out]) => {
    const { batchSize, outerSize, dimSize, sliceSize } = gatherInfo(x!, indices!, attrs);
    if (batchSize > 1) {
      const moved = b.transpose(toPlain(b, x!, [batchSize, outerSize, dimSize, sliceSize]), [0, 2, 1, 3]);
      const rows = b.view(moved, [batchSize, dimSize, outerSize * sliceSize]);
      const each = sizeOf(indices!.shape) / batchSize;
      const numbers = b.cast(toPlain(b, indices!, [batchSize, each, 1]), 'int64');
      const dims = [batchSize, each, outerSize * sliceSize];
      const found = b.node('GatherND', [rows, numbers], dims, { attributes: { batch_dims: 1 } });
      const back = b.transpose(b.view(found, [batchSize, each, outerSize, sliceSize]), [0, 2, 1, 3]);
      return b.tensor(b.view(back, out!.shape));
    }
    const [at] = axesOf(attrs.axis ?? 0, x!.shape.length) as [number];
    if (attrs.batchDims) {
      const flat = toPlain(b, indices!, [sizeOf(indices!.shape)]);
      const dims = x!.shape.map((d, i) => (i === at ? flat.dims[0]! : d));
      return b.tensor(b.view(b.node('Gather', [toPlain(b, x!), flat], dims, { attributes: { axis: at } }), out!.shape));
    }
    return b.tensor(b.node('Gather', [toPlain(b, x!), toPlain(b, indices!)], out!.shape, { attributes: { axis: at } }));
  },
};

/** A comparison with 0..depth-1. Indices out of range give a row of `offValue`; ONNX's OneHot would wrap around. */
const oneHot: Kernel = {
  name: 'OneHot',
  inputs: ['indices'],
  infer: ([indices], { depth, dtype }) => ({ shape: [...indices!.shape, depth], dtype: dtype ?? 'float32' }),
  needsFallback: ([indices], { dtype }) => indices!.dtype !== 'int32' || dtype === 'bool',
  lower: (b, [indices], { depth, onValue, offValue }, [out]) => {
    const classes = b.constant(
      'int32',
      [depth],
      Array.from({ length: depth }, (_, i) => i),
    );
    const hit = b.binary('Equal', toPlain(b, indices!, [...indices!.shape, 1]), classes, 'bool');
    const value = (v: number) => b.constant(out!.dtype, [1], [v]);
    return b.tensor(b.node('Where', [hit, value(onValue), value(offValue)], out!.shape, { type: out!.dtype }));
  },
};

const pad: Kernel = {
  name: 'PadV2',
  inputs: ['x'],
  infer: ([x], { paddings }) => ({
    shape: x!.shape.map((d, i) => d + paddings[i][0] + paddings[i][1]),
    dtype: x!.dtype,
  }),
  needsFallback: ([x]) => x!.dtype === 'bool',
  lower: (b, [x], { paddings, constantValue }, [out]) => {
    const before = (paddings as number[][]).map((p) => p[0]!);
    const after = (paddings as number[][]).map((p) => p[1]!);
    const channels = [before, after].every((p) => p.slice(0, 3).every((v) => v === 0) && p[3]! % b.block === 0);
    // The gradient of a slice of channels pads whole blocks.
    if (isOnlyBlocked(x!) && canBlock(b, x!.shape) && channels && constantValue === 0) {
      return fromBlocked(b.pad(toBlocked(b, x!), [0, before[3]!, 0, 0], [0, after[3]!, 0, 0]));
    }
    const value = b.pad(toPlain(b, x!), before, after, b.constant(x!.dtype, [], [constantValue ?? 0]));
    return b.tensor(value, out!.shape);
  },
};

/** The indices of an axis in its mirrored version. 'symmetric' repeats the outermost element. */
function mirroredIndices(size: number, [before, after]: readonly [number, number], mode: string): number[] {
  const edge = mode === 'symmetric' ? 1 : 0;
  return Array.from({ length: before + size + after }, (_, i) => {
    const at = i - before;
    if (at < 0) return -at - edge;
    return at < size ? at : 2 * (size - 1) + edge - at;
  });
}

const mirrorPad: Kernel = {
  name: 'MirrorPad',
  inputs: ['x'],
  infer: ([x], { paddings }) => ({
    shape: x!.shape.map((d, i) => d + paddings[i][0] + paddings[i][1]),
    dtype: x!.dtype,
  }),
  needsFallback: ([x]) => sizeOf(x!.shape) === 0,
  lower: (b, [x], { paddings, mode }, [out]) => {
    let value = toPlain(b, x!);
    x!.shape.forEach((size, axis) => {
      const [before, after] = paddings[axis] as [number, number];
      if (before === 0 && after === 0) return;
      const indices = mirroredIndices(size, [before, after], mode);
      const dims = value.dims.map((d, i) => (i === axis ? indices.length : d));
      value = b.node('Gather', [value, b.ints(indices)], dims, { attributes: { axis } });
    });
    return b.tensor(value, out!.shape);
  },
};

/** Resolves negative positions and tfjs's masks. */
function resolveRanges(shape: readonly number[], attrs: Attrs) {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  const masks = [beginMask ?? 0, endMask ?? 0, ellipsisMask ?? 0, newAxisMask ?? 0, shrinkAxisMask ?? 0] as const;
  return slice_util.sliceInfo([...shape], begin, end, strides, ...masks);
}

const stridedSlice: Kernel = {
  name: 'StridedSlice',
  inputs: ['x'],
  infer: ([x], attrs) => ({ shape: resolveRanges(x!.shape, attrs).finalShape, dtype: x!.dtype }),
  needsFallback: ([x]) => x!.shape.length === 0 || sizeOf(x!.shape) === 0,
  lower: (b, [x], attrs, [out]) => {
    if (sizeOf(out!.shape) === 0) return { shape: out!.shape, dtype: out!.dtype, fill: 0 };
    const { begin, end, strides } = resolveRanges(x!.shape, attrs);
    const sizes = begin.map((from, i) => Math.max(0, Math.ceil((end[i]! - from) / strides[i]!)));
    const ends = x!.shape.map((d, i) => {
      const past = begin[i]! + (sizes[i]! - 1) * strides[i]! + Math.sign(strides[i]!);
      // ONNX counts negative ends from the back.
      return past < 0 ? past - d : past;
    });
    const axes = x!.shape.map((_, i) => i);
    const inputs = [toPlain(b, x!), b.ints(begin), b.ints(ends), b.ints(axes), b.ints(strides)];
    return b.tensor(b.node('Slice', inputs, sizes), out!.shape);
  },
};

/** A matrix, or a tensor of twice the rank, with the elements of x on its diagonal. */
const diagonal: Kernel = {
  name: 'Diag',
  inputs: ['x'],
  infer: ([x]) => ({ shape: [...x!.shape, ...x!.shape], dtype: x!.dtype }),
  needsFallback: ([x]) => x!.dtype === 'bool' || sizeOf(x!.shape) === 0,
  lower: (b, [x], _attrs, [out]) => {
    const size = sizeOf(x!.shape);
    // Each row has one zero more than there are columns, so each element moves one place further than the previous one.
    const rows = b.pad(toPlain(b, x!, [size, 1]), [0, 0], [0, size]);
    return b.tensor(b.slice(b.view(rows, [size * (size + 1)]), 0, 0, size * size), out!.shape);
  },
};

export const indexingKernels: readonly Kernel[] = [gather, oneHot, pad, mirrorPad, stridedSlice, diagonal];
