import { ELEMENT_TYPE } from '../onnx/model.js';
import { GraphWriter, MICROSOFT, type NodeOptions } from './graph-writer.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';

/** The opset from which on all reductions take their axes as an input. (ReduceSum does in every opset used here.) */
const AXES_ARE_INPUTS = 18;
/** The largest finite float32. */
const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

/** Emits operations, and computes the dimensions of their results. */
export class Builder extends GraphWriter {
  /** The same elements in row-major order under other dimensions. */
  view(value: GraphValue, dims: readonly number[]): GraphValue {
    if (value.dims.length === dims.length && value.dims.every((d, i) => d === dims[i])) return value;
    return this.node('Reshape', [value, this.ints(dims)], dims, { attributes: { allowzero: 1 } });
  }

  /**
   * The same value, but available only after `others` have been computed. (The order in which a graph runs follows from its
   * edges alone.)
   */
  after(value: GraphValue, ...others: GraphValue[]): GraphValue {
    const emptyShape = (other: GraphValue) =>
      this.node('Shape', [other], [0], { attributes: { start: 0, end: 0 }, type: 'int64' });
    const dims = this.concat([...others.map(emptyShape), this.ints(value.dims)], 0);
    return this.node('Reshape', [value, dims], value.dims, { attributes: { allowzero: 1 } });
  }

  cast(value: GraphValue, type: GraphValue['type']): GraphValue {
    if (value.type === type) return value;
    return this.node('Cast', [value], value.dims, { attributes: { to: ELEMENT_TYPE[type] }, type });
  }

  /**
   * Converts floats to integers as storing them in a typed array does: truncated, modulo 2^32, and 0 if not finite. (For
   * numbers that do not fit a processor returns the smallest integer, and that of int64 is 0 modulo 2^32.)
   */
  toInt32(value: GraphValue): GraphValue {
    if (!this.dialect.wideNumbers) return this.cast(value, 'int32');
    // The addition prevents onnxruntime from merging the two conversions.
    return this.cast(this.binary('Add', this.cast(value, 'int64'), this.ints([0])), 'int32');
  }

  transpose(value: GraphValue, perm: readonly number[]): GraphValue {
    const moved = perm.filter((p) => value.dims[p] !== 1);
    // Only axes of length 1 move, so the elements stay where they are.
    if (moved.every((p, i) => i === 0 || p > moved[i - 1]!)) return this.view(value, permuted(value.dims, perm));
    return this.node('Transpose', [value], permuted(value.dims, perm), { attributes: { perm } });
  }

  expand(value: GraphValue, dims: readonly number[]): GraphValue {
    if (value.dims.length === dims.length && value.dims.every((d, i) => d === dims[i])) return value;
    return this.node('Expand', [value, this.ints(dims)], dims);
  }

  slice(value: GraphValue, axis: number, begin: number, end: number, step = 1): GraphValue {
    if (begin === 0 && end === value.dims[axis] && step === 1) return value;
    const dims = value.dims.map((d, i) => (i === axis ? Math.ceil((end - begin) / step) : d));
    return this.node(
      'Slice',
      [value, this.ints([begin]), this.ints([end]), this.ints([axis]), this.ints([step])],
      dims,
    );
  }

  /** Adds zeros, or `fill`, at both ends of every axis. Negative numbers remove elements. */
  pad(value: GraphValue, before: readonly number[], after: readonly number[], fill?: GraphValue): GraphValue {
    if (before.every((p) => p === 0) && after.every((p) => p === 0)) return value;
    const dims = value.dims.map((d, i) => d + before[i]! + after[i]!);
    return this.node('Pad', [value, this.ints([...before, ...after]), ...(fill ? [fill] : [])], dims);
  }

  concat(values: readonly GraphValue[], axis: number): GraphValue {
    if (values.length === 1) return values[0]!;
    const total = values.reduce((sum, v) => sum + v.dims[axis]!, 0);
    return this.node(
      'Concat',
      values,
      values[0]!.dims.map((d, i) => (i === axis ? total : d)),
      { attributes: { axis } },
    );
  }

  /** Reverses the first axis. */
  reverse(value: GraphValue): GraphValue {
    const count = value.dims[0]!;
    if (count === 1) return value;
    const order = this.ints(Array.from({ length: count }, (_, i) => count - 1 - i));
    return this.node('Gather', [value, order], value.dims, { attributes: { axis: 0 } });
  }

  /** Splits a vector into pieces of the given sizes. */
  split(value: GraphValue, sizes: readonly number[]): GraphValue[] {
    if (sizes.length === 1) return [value];
    const limit = this.dialect.splitOutputs;
    if (sizes.length > limit) {
      const each = Math.ceil(sizes.length / limit);
      const groups: (readonly number[])[] = [];
      for (let i = 0; i < sizes.length; i += each) groups.push(sizes.slice(i, i + each));
      const parts = this.split(value, groups.map(sum));
      return groups.flatMap((group, i) => this.split(parts[i]!, group));
    }
    const dims = sizes.map((size) => [size]);
    return this.multiOutputNode('Split', [value, this.ints(sizes)], dims, { attributes: { axis: 0 } });
  }

  /** Which elements are NaN. */
  isNaN(value: GraphValue): GraphValue {
    if (this.dialect.isNaN) return this.unary('IsNaN', value, { type: 'bool' });
    return this.unary('Not', this.binary('Equal', value, value, 'bool'));
  }

  /** Which elements are infinite. */
  isInfinite(value: GraphValue): GraphValue {
    if (this.dialect.isNaN) return this.unary('IsInf', value, { type: 'bool' });
    return this.binary('Greater', this.unary('Abs', value), this.floats([LARGEST_FLOAT]), 'bool');
  }

  /** Sum, mean and other reductions over some axes. */
  reduce(op: string, value: GraphValue, axes: readonly number[], keep = false): GraphValue {
    const dims = keep
      ? value.dims.map((d, i) => (axes.includes(i) ? 1 : d))
      : value.dims.filter((_, i) => !axes.includes(i));
    if (axes.length === 0) return value;
    const keepdims = keep ? 1 : 0;
    if (this.dialect.opset < AXES_ARE_INPUTS && op !== 'ReduceSum') {
      return this.node(op, [value], dims, { attributes: { axes, keepdims } });
    }
    return this.node(op, [value, this.ints(axes)], dims, { attributes: { keepdims } });
  }

  unary(op: string, value: GraphValue, options: NodeOptions = {}): GraphValue {
    return this.node(op, [value], value.dims, options);
  }

  /** An elementwise operation with NumPy broadcasting. */
  binary(op: string, x: GraphValue, y: GraphValue, type: GraphValue['type'] = x.type): GraphValue {
    return this.node(op, [x, y], broadcastDims(x.dims, y.dims), { type });
  }

  /** Matrix product over the last two axes. Either operand may be transposed. */
  matMul(x: GraphValue, y: GraphValue, transA = false, transB = false): GraphValue {
    const batch = broadcastDims(x.dims.slice(0, -2), y.dims.slice(0, -2));
    const dims = [...batch, transA ? x.dims.at(-1)! : x.dims.at(-2)!, transB ? y.dims.at(-2)! : y.dims.at(-1)!];
    if (!transA && !transB) return this.node('MatMul', [x, y], dims);
    // FusedMatMul supports floats only.
    if (!this.dialect.fusedMatMul || x.type !== 'float32') {
      return this.matMul(transA ? this.swapLast(x) : x, transB ? this.swapLast(y) : y);
    }
    return this.node('FusedMatMul', [x, y], dims, {
      domain: MICROSOFT,
      attributes: { transA: transA ? 1 : 0, transB: transB ? 1 : 0 },
    });
  }

  private swapLast(value: GraphValue): GraphValue {
    const rank = value.dims.length;
    return this.transpose(value, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
  }

  /** A tensor whose elements are in row-major order. */
  tensor(value: GraphValue, shape: readonly number[] = value.dims): LoweredTensor {
    return { shape, dtype: value.type as LoweredTensor['dtype'], plain: value };
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const permuted = (dims: readonly number[], perm: readonly number[]) => perm.map((p) => dims[p]!);

/** The dimensions of an elementwise operation on two operands that broadcast. */
export function broadcastDims(x: readonly number[], y: readonly number[]): number[] {
  const rank = Math.max(x.length, y.length);
  return Array.from({ length: rank }, (_, i) => {
    const a = x[x.length - rank + i] ?? 1;
    const b = y[y.length - rank + i] ?? 1;
    return a === 1 ? b : a;
  });
}
