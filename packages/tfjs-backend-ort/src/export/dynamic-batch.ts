import type { OnnxInitializer, OnnxNode } from '../onnx/model.js';
import type { Program } from './program.js';
import { BATCH, type Length, ShapeArithmetic } from './shape-arithmetic.js';

/**
 * Joins two traces of one function, with two batch sizes, into a graph for any batch size. A whole number that differs
 * between them must be the same multiple of the batch size in both. It is then inferred (Reshape), or computed from the shape
 * of an input.
 *
 * @param sizes the batch sizes of the two traces
 * @param batched positions of the inputs whose first axis is the batch
 * @throws Error that names the operation, if anything else differs
 */
export function joinTraces(
  [first, second]: readonly [Program, Program],
  sizes: readonly [number, number],
  batched: readonly number[],
): Program {
  const arithmetic = new ShapeArithmetic(first.inputs[batched[0]!]!.name);
  const counterpart = new Map(first.inputs.map(({ name }, i) => [name, second.inputs[i]!.name]));
  const nodes = first.nodes.map((node, i) => {
    const other = second.nodes[i];
    if (!other || !isSameOperation(node, other)) throw notDynamic(differentOperation(node, other, sizes));
    const inputs = node.inputs.map((name, k) => {
      const [mine, theirs] = [first.constants.get(name), second.constants.get(other.inputs[k]!)];
      if (mine && theirs) return joinConstants(node, k, mine, theirs, sizes, arithmetic) ?? name;
      if ((counterpart.get(name) ?? name) === other.inputs[k]) return name;
      throw notDynamic(differentOperation(node, other, sizes));
    });
    node.outputs.forEach((name, k) => counterpart.set(name, other.outputs[k]!));
    return { ...node, inputs };
  });
  const extra = second.nodes[first.nodes.length];
  if (extra) throw notDynamic(differentOperation(undefined, extra, sizes));
  return {
    nodes: [...arithmetic.nodes, ...nodes],
    constants: new Map([...first.constants, ...arithmetic.constants]),
    inputs: first.inputs.map((input, i) => ({
      ...input,
      dims: input.dims.map((d, axis) => (axis === 0 && batched.includes(i) ? BATCH : d)),
    })),
    outputs: first.outputs.map((output, i) => ({
      ...output,
      dims: output.dims.map((d, axis) => {
        const length = lengthOf(Number(d), Number(second.outputs[i]!.dims[axis]), sizes);
        if (length === null) {
          throw notDynamic(`axis ${axis} of the output '${output.name}' is not a multiple of the batch`);
        }
        return typeof length === 'number' ? length : length.batches === 1 ? BATCH : `${length.batches}*${BATCH}`;
      }),
    })),
    computed: first.computed,
  };
}

/** The length that is `a` with the first batch size and `b` with the second. Null if it is not a multiple of the batch. */
function lengthOf(a: number, b: number, [m, n]: readonly [number, number]): Length | null {
  if (a === b) return a;
  const batches = a / m;
  return Number.isInteger(batches) && batches * n === b ? { batches } : null;
}

/** Computes a constant from the batch size and returns its name. Null if the constant is the same in both traces. */
function joinConstants(
  node: OnnxNode,
  position: number,
  a: OnnxInitializer,
  b: OnnxInitializer,
  sizes: readonly [number, number],
  arithmetic: ShapeArithmetic,
): string | null {
  const hasSameSpec = a.type === b.type && a.dims.join() === b.dims.join();
  const isShared = a.data.buffer === b.data.buffer && a.data.byteOffset === b.data.byteOffset;
  if (hasSameSpec && (isShared || Buffer.compare(a.data, b.data) === 0)) return null;
  const [mine, theirs] = [toIntegers(a), toIntegers(b)];
  const lengths = hasSameSpec && mine && theirs ? mine.map((value, i) => lengthOf(value, theirs[i]!, sizes)) : [null];
  if (lengths.includes(null)) {
    throw notDynamic(
      `a constant that ${node.label || node.op} uses depends on the batch, or is random (with ${sizes[0]} samples ` +
        `${format(a)}; with ${sizes[1]} ${format(b)})`,
    );
  }
  return arithmetic.vector(lengths as Length[], node.op === 'Reshape' && position === 1);
}

function toIntegers({ type, data }: OnnxInitializer): number[] | null {
  if (type !== 'int64') return null;
  return Array.from(new BigInt64Array(data.slice().buffer), Number);
}

function format({ type, dims, data }: OnnxInitializer): string {
  const copy = data.slice().buffer;
  const values =
    type === 'float32'
      ? new Float32Array(copy)
      : type === 'int32'
        ? new Int32Array(copy)
        : type === 'int64'
          ? new BigInt64Array(copy)
          : new Uint8Array(copy);
  const first = [...values.slice(0, 4)].map((value) => Number(Number(value).toPrecision(4)));
  return `${type} [${dims.join()}]: ${first.join(', ')}${values.length > 4 ? ', ...' : ''}`;
}

const isSameOperation = (a: OnnxNode, b: OnnxNode): boolean =>
  a.op === b.op &&
  a.inputs.length === b.inputs.length &&
  a.outputs.length === b.outputs.length &&
  JSON.stringify(a.attributes) === JSON.stringify(b.attributes);

function differentOperation(a: OnnxNode | undefined, b: OnnxNode | undefined, [m, n]: readonly [number, number]) {
  const name = (node: OnnxNode | undefined) => (node ? node.label || node.op : 'nothing');
  return `the function computes ${name(a)} for a batch of ${m} where it computes ${name(b)} for one of ${n}`;
}

function notDynamic(reason: string): Error {
  return new Error(
    `The exported function does not work for every batch size: ${reason}. ` +
      "Export it with { batch: 'fixed' }, or list in 'batch' only the inputs whose first axis is the batch.",
  );
}
