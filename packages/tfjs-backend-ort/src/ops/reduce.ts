import type { Builder } from '../lower/builder.js';
import { NCHWC } from '../lower/graph-writer.js';
import { canBlock, isOnlyBlocked, toBlocked, toPlain } from '../lower/layout.js';
import { type GraphValue, type LoweredTensor, sizeOf } from '../lower/lowered-tensor.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';
import type { Kernel } from './kernel.js';

/** Resolves tfjs's axes (one, several, none for all, negative from the end). They are sorted. */
export function axesOf(axis: number | number[] | null | undefined, rank: number): number[] {
  const list = axis === undefined || axis === null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return [...new Set(list.map((a) => (a < 0 ? a + rank : a)))].sort((x, y) => x - y);
}

/** tfjs uses another name for the attribute in Max. */
const axisAttribute = ({ axis, reductionIndices }: Attrs) => axis ?? reductionIndices;

function reducedShape(shape: readonly number[], axes: readonly number[], keep: boolean): number[] {
  return keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}

/** Sums [N,H,W,C] over samples and pixels, as the gradient of a bias does. Pixels first: the blocked layout does that fast. */
function channelSum(b: Builder, x: LoweredTensor): GraphValue {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const pooled = b.node('GlobalAveragePool', [toBlocked(b, x)], [n, c, 1, 1], { domain: NCHWC });
  const means = b.view(pooled, [n, c]);
  return b.binary('Mul', b.reduce('ReduceSum', means, [0]), b.floats([h * w]));
}

const onnxOps: Record<string, string> = {
  Sum: 'ReduceSum',
  Mean: 'ReduceMean',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
};

function reduction(name: string, op: string): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x], attrs) => ({
      shape: reducedShape(x!.shape, axesOf(axisAttribute(attrs), x!.shape.length), !!attrs.keepDims),
      dtype: name === 'Mean' ? 'float32' : x!.dtype === 'bool' ? 'int32' : x!.dtype,
    }),
    needsFallback: ([x]) => (x!.dtype === 'bool' && name !== 'Mean') || sizeOf(x!.shape) === 0,
    lower: (b, [x], attrs, [out]) => {
      const axes = axesOf(axisAttribute(attrs), x!.shape.length);
      if (axes.length === 0) return x!;
      let value: GraphValue;
      if (
        (name === 'Sum' || name === 'Mean') &&
        axes.join() === '0,1,2' &&
        b.block > 1 &&
        canBlock(b, x!.shape) &&
        x!.dtype === 'float32'
      ) {
        value = channelSum(b, x!);
        if (name === 'Mean') value = b.binary('Div', value, b.floats([sizeOf(x!.shape.slice(0, 3))]));
      } else {
        const [held, heldAxes] = reductionOperand(b, x!, axes);
        const [merged, reduced] = mergeAxes(b, name === 'Mean' ? b.cast(held, 'float32') : held, heldAxes);
        value = b.reduce(op, merged, reduced);
        if ((name === 'Max' || name === 'Min') && merged.type === 'float32') {
          value = b.binary('Add', value, b.reduce('ReduceSum', onlyNaN(b, merged), reduced));
        }
      }
      return { shape: out!.shape, dtype: out!.dtype, plain: value };
    },
  };
}

/** The value to reduce, and its axes. Images in NCHW keep that order if the remaining axes are in the same order. */
function reductionOperand(b: Builder, x: LoweredTensor, axes: readonly number[]): [GraphValue, readonly number[]] {
  const inOrder = axes.includes(3) || (axes.includes(1) && axes.includes(2));
  if (b.block !== 1 || !isOnlyBlocked(x) || !inOrder) return [toPlain(b, x), axes];
  return [toBlocked(b, x), axes.map((axis) => [0, 2, 3, 1][axis]!)];
}

/** NaN where x is NaN, else 0. (onnxruntime's maximum ignores NaN, its sum does not.) */
function onlyNaN(b: Builder, x: GraphValue): GraphValue {
  return b.node('Where', [b.isNaN(x), x, b.floats([0])], x.dims, { type: 'float32' });
}

/** Merges neighboring axes that are all reduced or all kept, because onnxruntime's fast paths cover only a few patterns. */
function mergeAxes(b: Builder, value: GraphValue, axes: readonly number[]): [GraphValue, number[]] {
  const dims: number[] = [];
  const reduced: boolean[] = [];
  value.dims.forEach((d, i) => {
    const isReduced = axes.includes(i);
    if (dims.length > 0 && reduced.at(-1) === isReduced) dims[dims.length - 1]! *= d;
    else {
      dims.push(d);
      reduced.push(isReduced);
    }
  });
  return [b.view(value, dims), dims.map((_, i) => i).filter((i) => reduced[i])];
}

function logical(name: 'All' | 'Any'): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x], { axis, keepDims }) => ({
      shape: reducedShape(x!.shape, axesOf(axis, x!.shape.length), !!keepDims),
      dtype: 'bool',
    }),
    needsFallback: ([x]) => sizeOf(x!.shape) === 0,
    lower: (b, [x], { axis }, [out]) => {
      const axes = axesOf(axis, x!.shape.length);
      const asNumbers = b.cast(toPlain(b, x!), 'int32');
      const value = b.reduce(name === 'All' ? 'ReduceMin' : 'ReduceMax', asNumbers, axes);
      return { shape: out!.shape, dtype: 'bool', plain: b.cast(value, 'bool') };
    },
  };
}

function arg(name: 'ArgMax' | 'ArgMin'): Kernel {
  return {
    name,
    inputs: ['x'],
    infer: ([x], { axis }) => ({
      shape: x!.shape.filter((_, i) => i !== axesOf(axis, x!.shape.length)[0]),
      dtype: 'int32',
    }),
    needsFallback: ([x]) => sizeOf(x!.shape) === 0,
    lower: (b, [x], { axis }, [out]) => {
      // tfjs skips NaN.
      const last = b.floats([name === 'ArgMax' ? -Infinity : Infinity]);
      const numbers = (value: GraphValue) =>
        value.type === 'float32'
          ? b.node('Where', [b.isNaN(value), last, value], value.dims, { type: 'float32' })
          : value;
      const value = b.node(
        name,
        [numbers(x!.dtype === 'bool' ? b.cast(toPlain(b, x!), 'int32') : toPlain(b, x!))],
        out!.shape,
        {
          attributes: { axis: axesOf(axis, x!.shape.length)[0]!, keepdims: 0 },
          type: 'int64',
        },
      );
      return b.tensor(b.cast(value, 'int32'), out!.shape);
    },
  };
}

/** Softmax and LogSoftmax. An axis other than the last one is moved to the end and back. */
function softmax(name: string, input: string, axisOf: (attrs: Attrs) => number): Kernel {
  return {
    name,
    inputs: [input],
    infer: ([x]) => ({ shape: x!.shape, dtype: 'float32' }),
    needsFallback: ([x]: TensorSpec[]) => x!.dtype !== 'float32' || sizeOf(x!.shape) === 0,
    lower: (b, [x], attrs) => {
      const rank = x!.shape.length;
      const axis = axesOf(axisOf(attrs), rank)[0]!;
      const perm = x!.shape.map((_, i) => i);
      [perm[axis], perm[rank - 1]] = [rank - 1, axis];
      const moved = b.transpose(toPlain(b, x!), perm);
      const value = b.unary(name, moved, { attributes: { axis: rank - 1 } });
      return b.tensor(b.transpose(value, perm), x!.shape);
    },
  };
}

export const reductionKernels: readonly Kernel[] = [
  ...Object.entries(onnxOps).map(([name, op]) => reduction(name, op)),
  logical('All'),
  logical('Any'),
  arg('ArgMax'),
  arg('ArgMin'),
  softmax('Softmax', 'logits', ({ dim }) => dim),
  softmax('LogSoftmax', 'logits', ({ axis }) => axis),
];
