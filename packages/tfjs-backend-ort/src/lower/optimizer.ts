import type { Attrs, TensorSpec } from '../tensor-spec.js';
import type { Builder } from './builder.js';
import { toPlain } from './layout.js';
import { type GraphValue, type LoweredTensor, sizeOf } from './lowered-tensor.js';

/** Tensors of at least this many elements are updated one by one, so that they stay in the cache and nothing is copied. */
const LARGE = 2 ** 14;

/** Tensors that are updated together. */
interface Group {
  /** Their positions in the lists. */
  members: readonly number[];
  /** For each list, its tensors as one flat vector. */
  operands: GraphValue[];
}

/**
 * Groups the tensors of an update: each large tensor alone, and all small ones together, so that they need one chain of
 * operations instead of one per parameter.
 *
 * @param lists parallel lists: their k-th tensors have the same size
 */
function groupTensors(b: Builder, lists: readonly (readonly LoweredTensor[])[]): Group[] {
  const sizes = lists[0]!.map((t) => sizeOf(t.shape));
  const large = sizes.flatMap((size, k) => (size >= LARGE ? [[k]] : []));
  const small = sizes.flatMap((size, k) => (size < LARGE ? [k] : []));
  return (small.length > 0 ? [small, ...large] : large).map((members) => ({
    members,
    operands: lists.map((list) =>
      b.concat(
        members.map((k) => toPlain(b, list[k]!, [sizes[k]!])),
        0,
      ),
    ),
  }));
}

/** Splits a group's result into `results`, as flat vectors. The result of a large tensor may overwrite `old`. */
function distribute(
  b: Builder,
  results: GraphValue[],
  { members }: Group,
  result: GraphValue,
  old: GraphValue,
  of: readonly LoweredTensor[],
): void {
  if (members.length === 1) b.replacements.set(result.name, old.name);
  const pieces = b.split(
    result,
    members.map((k) => sizeOf(of[k]!.shape)),
  );
  members.forEach((k, i) => (results[k] = pieces[i]!));
}

const toTensors = (pieces: readonly GraphValue[], outputs: readonly TensorSpec[]): LoweredTensor[] =>
  outputs.map((o, i) => ({ shape: o.shape, dtype: 'float32', plain: pieces[i]! }));

/** beta * average + (1 - beta) * value */
function updateAverage(b: Builder, average: GraphValue, value: GraphValue, beta: number): GraphValue {
  if (beta === 0) return value;
  return b.binary('Add', b.binary('Mul', average, b.floats([beta])), b.binary('Mul', value, b.floats([1 - beta])));
}

/** Replaces infinities by +-bound. */
function boundInfinities(b: Builder, x: GraphValue, bound: number): GraphValue {
  const limit = (value: number) => b.constant('float32', [], [value]);
  const clipped = b.node('Clip', [x, limit(-bound), limit(bound)], x.dims);
  return b.node('Where', [b.isInfinite(x), clipped, x], x.dims, { type: 'float32' });
}

/**
 * Adam with bias correction for all parameters at once (Kingma & Ba 2015, Algorithm 1):
 *
 *   p - lr * (m / correction1) / (sqrt(v / correction2) + epsilon)
 *
 * NaN in the gradient is replaced by 0, and infinities by +-bound.
 */
export function adamUpdate(
  b: Builder,
  inputs: LoweredTensor[],
  attrs: Attrs,
  outputs: readonly TensorSpec[],
): LoweredTensor[] {
  const { count, beta1, beta2, epsilon, bound } = attrs as Record<string, number>;
  const list = (i: number) => inputs.slice(i * count!, (i + 1) * count!);
  const [lr, correction1, correction2] = inputs.slice(4 * count!).map((x) => toPlain(b, x, [1])) as [
    GraphValue,
    GraphValue,
    GraphValue,
  ];
  const rate = b.binary('Div', lr, correction1);
  const root = b.unary('Sqrt', correction2);
  const results: [GraphValue[], GraphValue[], GraphValue[]] = [[], [], []];
  const updates = groupTensors(b, [list(0), list(1), list(2), list(3)]).map((group) => {
    const [p, raw, m, v] = group.operands as [GraphValue, GraphValue, GraphValue, GraphValue];
    const number = b.node('Where', [b.isNaN(raw), b.floats([0]), raw], raw.dims, { type: 'float32' });
    const g = bound === undefined ? number : boundInfinities(b, number, bound);
    const m1 = updateAverage(b, m, g, beta1!);
    const v1 = updateAverage(b, v, b.binary('Mul', g, g), beta2!);
    distribute(b, results[1], group, m1, m, list(2));
    distribute(b, results[2], group, v1, v, list(3));
    return { group, p, m1, v1 };
  });
  // Parameters can be overwritten when nothing reads them any more, which is after all gradients have been computed.
  const now = b.dialect.rematerialize ? b.after(rate, ...updates.map(({ m1 }) => m1)) : rate;
  for (const { group, p, m1, v1 } of updates) {
    const deviation = b.binary('Div', b.unary('Sqrt', v1), root);
    const step = b.binary('Div', b.binary('Mul', m1, now), b.binary('Add', deviation, b.floats([epsilon!])));
    distribute(b, results[0], group, b.binary('Sub', p, step), p, list(0));
  }
  return results.flatMap((pieces, i) => toTensors(pieces, outputs.slice(i * count!, (i + 1) * count!)));
}

/** Exponential moving averages of all parameters at once: p + beta * (e - p). */
export function emaUpdate(
  b: Builder,
  inputs: LoweredTensor[],
  { count }: Attrs,
  outputs: readonly TensorSpec[],
): LoweredTensor[] {
  const beta = toPlain(b, inputs[2 * count]!, [1]);
  const averages = inputs.slice(0, count);
  const results: GraphValue[] = [];
  for (const group of groupTensors(b, [averages, inputs.slice(count, 2 * count)])) {
    const [e, p] = group.operands as [GraphValue, GraphValue];
    const moved = b.binary('Add', p, b.binary('Mul', b.binary('Sub', e, p), beta));
    distribute(b, results, group, moved, e, averages);
  }
  return toTensors(results, outputs);
}
