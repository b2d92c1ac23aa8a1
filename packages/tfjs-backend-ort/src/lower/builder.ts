import type { Attributes, ElementType, OnnxInitializer, OnnxNode } from '../onnx/model.js';
import { ELEMENT_TYPE } from '../onnx/model.js';
import type { Dialect } from './dialect.js';
import { sizeOf, type GraphValue, type Logical } from './logical.js';

export const MICROSOFT = 'com.microsoft';
export const NCHWC = 'com.microsoft.nchwc';

/** The opset in which reductions take their axes as an input; ReduceSum always has, here. */
const AXES_ARE_INPUTS = 18;

const BYTES = { float32: 4, float64: 8, int32: 4, int64: 8, bool: 1 } as const;

interface NodeOptions {
  domain?: string;
  attributes?: Attributes;
  type?: GraphValue['type'];
}

/**
 * Collects ONNX nodes. Emitting the same operation on the same values twice gives the first one's result: that is the
 * common-subexpression elimination (a normalisation's statistics are shared by its forward and backward pass).
 */
export class Builder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxInitializer[] = [];
  /** Sizes of what the nodes produce. */
  readonly bytes = new Map<string, number>();
  /** Results that are meant to take the place of an input, and of which input. */
  readonly replacements = new Map<string, string>();
  private readonly emitted = new Map<string, GraphValue[]>();
  private readonly constants = new Map<string, GraphValue>();
  private count = 0;
  /** The operation being lowered, which ends up in the names of its nodes. */
  private label = '';

  /** @param dialect which operators may be emitted */
  constructor(readonly dialect: Dialect) {}

  /** Channel block of the layout of images: see Dialect. */
  get block(): number {
    return this.dialect.block;
  }

  /** Calls `emit` with names and errors of what it emits showing `label`. */
  labelled<T>(label: string, emit: () => T): T {
    const before = this.label;
    this.label = label;
    try {
      return emit();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`${label}: ${message}`, { cause: error });
    } finally {
      this.label = before;
    }
  }

  /** The same for something emitted later: it keeps the label of now. */
  later<A extends unknown[], T>(emit: (...args: A) => T): (...args: A) => T {
    const { label } = this;
    return (...args) => (label === this.label ? emit(...args) : this.labelled(label, () => emit(...args)));
  }

  isConstant(value: GraphValue): boolean {
    return this.initializers.some((initializer) => initializer.name === value.name);
  }

  /** Everything that nodes have computed so far. */
  computed(): GraphValue[] {
    return [...this.emitted.values()].flat();
  }

  /** Emits a node with one output. */
  node(
    op: string,
    inputs: readonly (GraphValue | null)[],
    dims: readonly number[],
    options: NodeOptions = {},
  ): GraphValue {
    return this.nodes_(op, inputs, [dims], options)[0]!;
  }

  /** An operator of convolutional networks on images in the blocked layout: that of NCHWc, or the standard one for NCHW. */
  imageNode(
    op: string,
    inputs: readonly (GraphValue | null)[],
    dims: readonly number[],
    attributes: Attributes = {},
  ): GraphValue {
    return this.node(op, inputs, dims, { domain: this.block > 1 ? NCHWC : '', attributes });
  }

  /** Emits a node with several outputs. A null input is an omitted optional one. */
  nodes_(
    op: string,
    inputs: readonly (GraphValue | null)[],
    dims: readonly (readonly number[])[],
    { domain = '', attributes = {}, type = inputs[0]?.type ?? 'float32' }: NodeOptions = {},
  ): GraphValue[] {
    const names = inputs.map((input) => input?.name ?? '');
    const key = `${op} ${names.join()} ${JSON.stringify(attributes)} ${type} ${dims.length}`;
    const known = this.emitted.get(key);
    if (known) return known;
    const outputs = dims.map((d): GraphValue => ({ name: `v${this.count++}`, dims: d, type }));
    this.nodes.push({ op, domain, inputs: names, outputs: outputs.map((o) => o.name), attributes, label: this.label });
    for (const { name, dims: d } of outputs) this.bytes.set(name, sizeOf(d) * BYTES[type]);
    this.emitted.set(key, outputs);
    return outputs;
  }

  /** A constant of 64-bit integers (axes, shapes). */
  ints(values: readonly number[]): GraphValue {
    return this.constant('int64', [values.length], values);
  }

  /** A float constant; a single number by default has the dimensions [1]. */
  floats(values: readonly number[], dims: readonly number[] = [values.length]): GraphValue {
    return this.constant('float32', dims, values);
  }

  /** A large float constant: `name` says all about it, so that it is made and compared once. */
  onceFloats(name: string, dims: readonly number[], make: () => readonly number[]): GraphValue {
    const known = this.constants.get(name);
    if (known) return known;
    const value: GraphValue = { name: `c${this.constants.size}`, dims, type: 'float32' };
    this.initializers.push({ name: value.name, dims, type: 'float32', data: encode('float32', make()) });
    this.constants.set(name, value);
    return value;
  }

  constant(type: GraphValue['type'], dims: readonly number[], values: readonly number[]): GraphValue {
    const key = `${type} ${dims.join()} ${values.join()} ${values.some((v) => Object.is(v, -0)) ? 'negative zero' : ''}`;
    const known = this.constants.get(key);
    if (known) return known;
    const value: GraphValue = { name: `c${this.constants.size}`, dims, type };
    this.initializers.push({ name: value.name, dims, type: type as ElementType, data: encode(type, values) });
    this.constants.set(key, value);
    return value;
  }

  /** The same elements in row-major order under other dimensions. */
  view(value: GraphValue, dims: readonly number[]): GraphValue {
    if (value.dims.length === dims.length && value.dims.every((d, i) => d === dims[i])) return value;
    return this.node('Reshape', [value, this.ints(dims)], dims, { attributes: { allowzero: 1 } });
  }

  /** The same value, but not before `other` is there: the order in which a graph runs follows from its edges only. */
  after(value: GraphValue, other: GraphValue): GraphValue {
    const nothing = this.node('Shape', [other], [0], { attributes: { start: 0, end: 0 }, type: 'int64' });
    const dims = this.concat([nothing, this.ints(value.dims)], 0);
    return this.node('Reshape', [value, dims], value.dims, { attributes: { allowzero: 1 } });
  }

  cast(value: GraphValue, type: GraphValue['type']): GraphValue {
    if (value.type === type) return value;
    return this.node('Cast', [value], value.dims, { attributes: { to: ELEMENT_TYPE[type] }, type });
  }

  /**
   * Floats as whole numbers the way typed arrays store them: cut off, modulo 2^32, and 0 for what is not finite. A
   * processor gives the least number for all that does not fit; that of int64 is 0 modulo 2^32.
   */
  toInt32(value: GraphValue): GraphValue {
    if (!this.dialect.wideNumbers) return this.cast(value, 'int32');
    // onnxruntime makes one conversion of two, but not with an addition between them.
    return this.cast(this.binary('Add', this.cast(value, 'int64'), this.ints([0])), 'int32');
  }

  transpose(value: GraphValue, perm: readonly number[]): GraphValue {
    const moved = perm.filter((p) => value.dims[p] !== 1);
    // Nothing moves but axes of one element: the elements stay where they are.
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

  /** Adds zeros (or, with negative numbers, removes elements) at both ends of every axis. */
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

  /** A vector cut into pieces of these sizes. */
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
    return this.nodes_('Split', [value, this.ints(sizes)], dims, { attributes: { axis: 0 } });
  }

  /** Which elements are NaN. */
  isNaN(value: GraphValue): GraphValue {
    if (this.dialect.isNaN) return this.unary('IsNaN', value, { type: 'bool' });
    return this.unary('Not', this.binary('Equal', value, value, 'bool'));
  }

  /** Sum, mean and the like over some axes. */
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

  /** An elementwise operation with numpy broadcasting. */
  binary(op: string, x: GraphValue, y: GraphValue, type: GraphValue['type'] = x.type): GraphValue {
    return this.node(op, [x, y], broadcastDims(x.dims, y.dims), { type });
  }

  /** Matrix product of the last two axes, either side optionally transposed. */
  matMul(x: GraphValue, y: GraphValue, transA = false, transB = false): GraphValue {
    const batch = broadcastDims(x.dims.slice(0, -2), y.dims.slice(0, -2));
    const dims = [...batch, transA ? x.dims.at(-1)! : x.dims.at(-2)!, transB ? y.dims.at(-2)! : y.dims.at(-1)!];
    if (!transA && !transB) return this.node('MatMul', [x, y], dims);
    // It knows floats only.
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

  /** A tensor held in row-major order. */
  logical(value: GraphValue, shape: readonly number[] = value.dims): Logical {
    return { shape, dtype: value.type as Logical['dtype'], plain: value };
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const permuted = (dims: readonly number[], perm: readonly number[]) => perm.map((p) => dims[p]!);

export function broadcastDims(x: readonly number[], y: readonly number[]): number[] {
  const rank = Math.max(x.length, y.length);
  return Array.from({ length: rank }, (_, i) => {
    const a = x[x.length - rank + i] ?? 1;
    const b = y[y.length - rank + i] ?? 1;
    return a === 1 ? b : a;
  });
}

function encode(type: GraphValue['type'], values: readonly number[]): Uint8Array {
  const array =
    type === 'float32'
      ? Float32Array.from(values)
      : type === 'int32'
        ? Int32Array.from(values)
        : type === 'int64'
          ? BigInt64Array.from(values, BigInt)
          : Uint8Array.from(values);
  return new Uint8Array(array.buffer);
}

export { sizeOf };
