import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { toPlain } from '../lower/layout.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import { rowNumbers, writeRows } from '../lower/scatter-rows.js';
import type { Kernel } from './kernel.js';

/** The number of positions, and the number of axes of each. A vector contains positions of one axis. */
function positionsOf({ shape }: { shape: readonly number[] }): [count: number, axes: number] {
  return shape.length > 1 ? [sizeOf(shape.slice(0, -1)), shape.at(-1)!] : [sizeOf(shape), 1];
}

/** @throws Error that names the first position that is out of range */
function checkPositions(name: string, values: ArrayLike<number> | null | undefined, sizes: readonly number[]): void {
  for (let i = 0; i < (values?.length ?? 0) && sizes.length > 0; i += sizes.length) {
    const position = sizes.map((_, axis) => values![i + axis]!);
    if (position.some((p, axis) => p < 0 || p >= sizes[axis]!)) {
      throw new Error(`Invalid indices: ${name} got [${position}], which is not in a tensor of shape [${sizes}].`);
    }
  }
}

const gatherNd: Kernel = {
  name: 'GatherNd',
  inputs: ['params', 'indices'],
  infer: ([params, indices]) => {
    const [shape] = backend_util.prepareAndValidate(params as TensorInfo, indices as TensorInfo);
    return { shape, dtype: params!.dtype };
  },
  needsFallback: ([params, indices]) =>
    indices!.dtype !== 'int32' || sizeOf(indices!.shape) === 0 || sizeOf(params!.shape) === 0,
  check: ([params, indices], _attrs, [, values]) => {
    if (values?.length === sizeOf(indices!.shape)) {
      checkPositions('gatherND', values, params!.shape.slice(0, indices!.shape.at(-1)));
    }
  },
  lower: (b, [params, indices], _attrs, [out]) => {
    const axes = indices!.shape.at(-1)!;
    const count = sizeOf(indices!.shape) / axes;
    const sizes = params!.shape.slice(0, axes);
    const numbers = rowNumbers(b, toPlain(b, indices!, [count, axes]), sizes);
    const rows = toPlain(b, params!, [sizeOf(sizes), sizeOf(params!.shape.slice(axes))]);
    return b.tensor(b.node('Gather', [rows, numbers], [count, rows.dims[1]!], { attributes: { axis: 0 } }), out!.shape);
  },
};

/** Updates rows of a tensor. If a row is named more than once, the updates are added up, or the last one counts. */
function scatter(name: string, inputs: readonly string[], reduction: 'none' | 'add'): Kernel {
  const [indicesAt, updatesAt] = [inputs.indexOf('indices'), inputs.indexOf('updates')];
  const target = (specs: readonly { shape: readonly number[] }[], shape: readonly number[] | undefined) =>
    shape ?? specs[0]!.shape;
  return {
    name,
    inputs,
    infer: (specs, { shape }) => {
      return { shape: target(specs, shape), dtype: specs[updatesAt]!.dtype };
    },
    needsFallback: (specs, { shape }) =>
      specs.some((spec) => sizeOf(spec.shape) === 0) ||
      sizeOf(target(specs, shape)) === 0 ||
      specs[indicesAt]!.dtype !== 'int32' ||
      specs[updatesAt]!.dtype === 'bool',
    check: (specs, { shape }, values) => {
      const indices = specs[indicesAt]!;
      if (values[indicesAt]?.length !== sizeOf(indices.shape)) return;
      checkPositions(name, values[indicesAt], target(specs, shape).slice(0, positionsOf(indices)[1]));
    },
    lower: (b, values, { shape }, [out]) => {
      const [indices, updates] = [values[indicesAt]!, values[updatesAt]!];
      const [count, axes] = positionsOf(indices);
      const sizes = target(values, shape).slice(0, axes);
      const dims = [sizeOf(sizes), sizeOf(out!.shape) / sizeOf(sizes)];
      const before =
        reduction === 'add' ? b.expand(b.constant(out!.dtype, [1, 1], [0]), dims) : toPlain(b, values[0]!, dims);
      const numbers = rowNumbers(b, toPlain(b, indices, [count, axes]), sizes);
      const rows = toPlain(b, updates, [count, dims[1]!]);
      return b.tensor(writeRows(b, before, numbers, rows, reduction), out!.shape);
    },
  };
}

/** Sums the rows of x by segment, as the gradient of a gather does. */
const segmentSum: Kernel = {
  name: 'UnsortedSegmentSum',
  inputs: ['x', 'segmentIds'],
  infer: ([x, ids], { numSegments }) => ({
    shape: [numSegments, ...x!.shape.slice(ids!.shape.length)],
    dtype: x!.dtype,
  }),
  needsFallback: ([x, ids]) =>
    x!.dtype === 'bool' || ids!.dtype !== 'int32' || ids!.shape.length !== 1 || sizeOf(x!.shape) === 0,
  lower: (b, [x, ids], { numSegments }, [out]) => {
    const count = x!.shape[0]!;
    const width = sizeOf(x!.shape) / count;
    const number = (value: number) => b.constant('int32', [1], [value]);
    // Rows without a segment go into an extra one, which is sliced off.
    const id = toPlain(b, ids!, [count]);
    const below = b.binary('Less', id, number(0), 'bool');
    const outside = b.binary('Or', below, b.binary('Greater', id, number(numSegments - 1), 'bool'), 'bool');
    const target = b.node('Where', [outside, number(numSegments), id], id.dims, { type: 'int32' });
    const zeros = b.expand(b.constant(x!.dtype, [1, 1], [0]), [numSegments + 1, width]);
    const sums = writeRows(b, zeros, target, toPlain(b, x!, [count, width]), 'add');
    return b.tensor(b.slice(sums, 0, 0, numSegments), out!.shape);
  },
};

export const scatterKernels: readonly Kernel[] = [
  gatherNd,
  scatter('ScatterNd', ['indices', 'updates'], 'add'),
  scatter('TensorScatterUpdate', ['tensor', 'indices', 'updates'], 'none'),
  segmentSum,
];
