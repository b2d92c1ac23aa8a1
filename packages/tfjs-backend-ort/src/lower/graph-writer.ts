import type { Attributes, ElementType, OnnxInitializer, OnnxNode } from '../onnx/model.js';
import type { Dialect } from './dialect.js';
import { type GraphValue, sizeOf } from './lowered-tensor.js';

export const MICROSOFT = 'com.microsoft';
export const NCHWC = 'com.microsoft.nchwc';

const BYTES = { float32: 4, float64: 8, float16: 2, int32: 4, int64: 8, bool: 1 } as const;

export interface NodeOptions {
  domain?: string;
  attributes?: Attributes;
  type?: GraphValue['type'];
}

/**
 * Collects ONNX nodes and eliminates common subexpressions: emitting the same operation on the same values again returns the
 * first result. (The forward and the backward pass of a normalization share its statistics in this way.)
 */
export class GraphWriter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxInitializer[] = [];
  /** Sizes in bytes of the results of nodes. */
  readonly bytes = new Map<string, number>();
  /** Results that are intended to replace an input, with that input. */
  readonly replacements = new Map<string, string>();
  private readonly emitted = new Map<string, GraphValue[]>();
  private readonly constants = new Map<string, GraphValue>();
  private count = 0;
  /** The operation that is being lowered. It becomes part of the names of its nodes. */
  private label = '';

  /** @param dialect the operators that may be emitted */
  constructor(readonly dialect: Dialect) {}

  /** Channel block of the layout of images: see Dialect. */
  get block(): number {
    return this.dialect.block;
  }

  /** Calls `emit`. The names of the nodes it emits, and its errors, contain `label`. */
  withLabel<T>(label: string, emit: () => T): T {
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

  /** Wraps a function that emits nodes later, so that they have the current label. */
  withCurrentLabel<A extends unknown[], T>(emit: (...args: A) => T): (...args: A) => T {
    const { label } = this;
    return (...args) => (label === this.label ? emit(...args) : this.withLabel(label, () => emit(...args)));
  }

  isConstant(value: GraphValue): boolean {
    return this.initializers.some((initializer) => initializer.name === value.name);
  }

  /** The results of all nodes so far. */
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
    return this.multiOutputNode(op, inputs, [dims], options)[0]!;
  }

  /** Emits an operator on images in the blocked layout: the one for NCHWc, or the standard one for NCHW. */
  imageNode(
    op: string,
    inputs: readonly (GraphValue | null)[],
    dims: readonly number[],
    attributes: Attributes = {},
  ): GraphValue {
    return this.node(op, inputs, dims, { domain: this.block > 1 ? NCHWC : '', attributes });
  }

  /** Emits a node with several outputs. A null input is an omitted optional one. */
  multiOutputNode(
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

  /** A float constant. Its default dimensions are those of a vector. */
  floats(values: readonly number[], dims: readonly number[] = [values.length]): GraphValue {
    return this.constant('float32', dims, values);
  }

  /** A large float constant. `name` identifies it, so that its elements are created only once and never compared. */
  namedFloats(name: string, dims: readonly number[], create: () => readonly number[]): GraphValue {
    const known = this.constants.get(name);
    if (known) return known;
    const value: GraphValue = { name: `c${this.constants.size}`, dims, type: 'float32' };
    this.initializers.push({ name: value.name, dims, type: 'float32', data: encode('float32', create()) });
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
