import type { Builder } from '../lower/builder.js';
import { toPlain } from '../lower/layout.js';
import { type GraphValue, sizeOf } from '../lower/lowered-tensor.js';
import type { TensorSpec } from '../tensor-spec.js';
import { sliceBlocked } from './joining.js';
import type { Kernel } from './kernel.js';
import { axesOf } from './reduce.js';

const transpose: Kernel = {
  name: 'Transpose',
  inputs: ['x'],
  infer: ([x], { perm }) => ({ shape: perm.map((p: number) => x!.shape[p]), dtype: x!.dtype }),
  lower: (b, [x], { perm }, [out]) => b.tensor(b.transpose(toPlain(b, x!), perm), out!.shape),
};

/** The offset of a slice whose elements are contiguous in row-major order. Null for others, and for empty and full slices. */
function contiguousOffset(input: readonly number[], begin: readonly number[], size: readonly number[]): number | null {
  const cut = size.findIndex((d) => d !== 1);
  const first = cut < 0 ? size.length : cut;
  if (size.every((d, i) => d === input[i]) || size.some((d, i) => d === 0 || (i > first && d !== input[i])))
    return null;
  return input.reduce((offset, d, i) => offset * d + (begin[i] ?? 0), 0);
}

const slice: Kernel = {
  name: 'Slice',
  inputs: ['x'],
  infer: ([x], { begin, size }) => {
    const starts = [begin].flat() as number[];
    const sizes = [size].flat() as number[];
    const shape = x!.shape.map((d, i) => (sizes[i] === undefined || sizes[i]! < 0 ? d - (starts[i] ?? 0) : sizes[i]!));
    const bad = shape.findIndex((d, i) => (starts[i] ?? 0) + d > x!.shape[i]!);
    if (starts.some((v) => v < 0)) {
      throw new Error(
        `slice() does not support negative begin indexing. Got begin [${starts}] for the shape [${x!.shape}].`,
      );
    }
    if (bad >= 0)
      throw new Error(`Slice: begin [${starts}] and size [${sizes}] leave the tensor of shape [${x!.shape}].`);
    return { shape, dtype: x!.dtype };
  },
  rangeOffset: (input, { begin }, output) => contiguousOffset(input, [begin].flat() as number[], output),
  lower: (b, [x], { begin }, [out]) => {
    const starts = x!.shape.map((_, i) => ([begin].flat() as number[])[i] ?? 0);
    const cut = sliceBlocked(b, x!, starts, out!.shape);
    if (cut) return cut;
    const value = toPlain(b, x!);
    const axes = starts.map((_, i) => i).filter((i) => starts[i] !== 0 || out!.shape[i] !== x!.shape[i]);
    if (axes.length === 0) return b.tensor(value, out!.shape);
    const ends = axes.map((i) => starts[i]! + out!.shape[i]!);
    const inputs = [value, b.ints(axes.map((i) => starts[i]!)), b.ints(ends), b.ints(axes)];
    return b.tensor(b.node('Slice', inputs, out!.shape), out!.shape);
  },
};

const tile: Kernel = {
  name: 'Tile',
  inputs: ['x'],
  infer: ([x], { reps }) => ({ shape: x!.shape.map((d, i) => d * reps[i]), dtype: x!.dtype }),
  lower: (b, [x], { reps }, [out]) => {
    if (x!.fill !== undefined && !x!.plain) return { ...x!, shape: out!.shape };
    // Tiling axes of length 1 is a broadcast.
    if (x!.shape.every((d, i) => d === 1 || reps[i] === 1)) return b.tensor(b.expand(toPlain(b, x!), out!.shape));
    return b.tensor(b.node('Tile', [toPlain(b, x!), b.ints(reps)], out!.shape), out!.shape);
  },
};

const broadcastTo: Kernel = {
  name: 'BroadcastTo',
  inputs: ['x'],
  infer: ([x], { shape }) => ({ shape, dtype: x!.dtype }),
  lower: (b, [x], _attrs, [out]) => b.tensor(b.expand(toPlain(b, x!), out!.shape)),
};

const reverse: Kernel = {
  name: 'Reverse',
  inputs: ['x'],
  infer: ([x], { dims }) => {
    const bad = [dims].flat().find((d: number) => !Number.isInteger(d) || d < -x!.shape.length || d >= x!.shape.length);
    if (bad !== undefined) throw new Error(`reverse: [${x!.shape}] has no axis ${bad}.`);
    return { shape: x!.shape, dtype: x!.dtype };
  },
  needsFallback: ([x]) => sizeOf(x!.shape) === 0,
  lower: (b, [x], { dims }) => b.tensor(reverseAxes(b, toPlain(b, x!), axesOf(dims, x!.shape.length))),
};

function reverseAxes(b: Builder, x: GraphValue, axes: readonly number[]): GraphValue {
  return axes.reduce((value, axis) => {
    const indices = Array.from({ length: x.dims[axis]! }, (_, i) => x.dims[axis]! - 1 - i);
    return b.node('Gather', [value, b.ints(indices)], value.dims, { attributes: { axis } });
  }, x);
}

const flip: Kernel = {
  name: 'FlipLeftRight',
  inputs: ['image'],
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  needsFallback: ([x]) => sizeOf(x!.shape) === 0,
  lower: (b, [x]) => b.tensor(reverseAxes(b, toPlain(b, x!), [2])),
};

/** Converts a number as storing it in a typed array does. */
function toStored(value: number, dtype: TensorSpec['dtype']): number {
  if (dtype === 'bool') return Number.isNaN(value) || Math.trunc(value) !== 0 ? 1 : 0;
  return dtype === 'int32' ? Math.trunc(value) | 0 : value;
}

const fill: Kernel = {
  name: 'Fill',
  inputs: [],
  infer: (_inputs, { shape, value, dtype }) => ({
    shape,
    dtype: dtype ?? (typeof value === 'boolean' ? 'bool' : 'float32'),
  }),
  needsFallback: (_inputs, { value, dtype }) =>
    typeof value === 'string' || dtype === 'string' || dtype === 'complex64',
  lower: (_b, _inputs, { value }, [out]) => ({
    shape: out!.shape,
    dtype: out!.dtype,
    fill: toStored(Number(value), out!.dtype),
  }),
};

const like = (name: string, value: 0 | 1): Kernel => ({
  name,
  inputs: ['x'],
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  lower: (_b, [x]) => ({ shape: x!.shape, dtype: x!.dtype, fill: value }),
});

export const shapeKernels: readonly Kernel[] = [
  transpose,
  slice,
  tile,
  broadcastTo,
  reverse,
  flip,
  fill,
  like('ZerosLike', 0),
  like('OnesLike', 1),
];
