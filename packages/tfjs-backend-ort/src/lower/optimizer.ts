import type { Attrs, OutputSpec } from '../kernels/kernel.js';
import type { Builder } from './builder.js';
import { plain } from './layout.js';
import { sizeOf, type GraphValue, type Logical } from './logical.js';

/** Tensors of at least this many elements are updated one by one: they stay in the cache, and nothing is copied. */
const LARGE = 2 ** 16;

/**
 * Applies `update` to the k-th tensor of every list, for each k: the large ones alone, all small ones together as one flat
 * vector, which makes one chain of operations instead of one a parameter.
 *
 * @param update the flat operands, one from each list, to the flat results
 * @param replaced for each result the list that it replaces
 * @returns for each result the list of tensors, left flat (their shape is only a view)
 */
function forEachTensor(
  b: Builder,
  lists: readonly (readonly Logical[])[],
  replaced: readonly number[],
  update: (operands: GraphValue[]) => GraphValue[],
): GraphValue[][] {
  const sizes = lists[0]!.map((t) => sizeOf(t.shape));
  const large = sizes.flatMap((size, k) => (size >= LARGE ? [[k]] : []));
  const small = sizes.flatMap((size, k) => (size < LARGE ? [k] : []));
  const results: GraphValue[][] = [];
  for (const group of small.length > 0 ? [small, ...large] : large) {
    const operands = lists.map((list) =>
      b.concat(
        group.map((k) => plain(b, list[k]!, [sizes[k]!])),
        0,
      ),
    );
    update(operands).forEach((flat, i) => {
      if (group.length === 1) b.replacements.set(flat.name, operands[replaced[i]!]!.name);
      const pieces = b.split(
        flat,
        group.map((k) => sizes[k]!),
      );
      results[i] ??= [];
      group.forEach((k, j) => (results[i]![k] = pieces[j]!));
    });
  }
  return results;
}

const like = (pieces: readonly GraphValue[], outputs: readonly OutputSpec[]): Logical[] =>
  outputs.map((o, i) => ({ shape: o.shape, dtype: 'float32', plain: pieces[i]! }));

/** beta * average + (1 - beta) * value */
function decay(b: Builder, average: GraphValue, value: GraphValue, beta: number): GraphValue {
  if (beta === 0) return value;
  return b.binary('Add', b.binary('Mul', average, b.floats([beta])), b.binary('Mul', value, b.floats([1 - beta])));
}

/**
 * Adam with bias correction over all parameters at once (Kingma & Ba 2015, algorithm 1):
 * p - lr * (m/correction1) / (sqrt(v/correction2) + epsilon), after NaN in the gradient became 0 and large values
 * were clipped to +-bound.
 */
export function adamUpdate(b: Builder, inputs: Logical[], attrs: Attrs, outputs: readonly OutputSpec[]): Logical[] {
  const { count, beta1, beta2, epsilon, bound } = attrs as Record<string, number>;
  const list = (i: number) => inputs.slice(i * count!, (i + 1) * count!);
  const [lr, correction1, correction2] = inputs.slice(4 * count!).map((x) => plain(b, x, [1])) as [
    GraphValue,
    GraphValue,
    GraphValue,
  ];
  const rate = b.binary('Div', lr, correction1);
  const root = b.unary('Sqrt', correction2);
  const limit = (value: number) => b.constant('float32', [], [value]);
  const results = forEachTensor(b, [list(0), list(1), list(2), list(3)], [0, 2, 3], ([p, raw, m, v]) => {
    const finite = b.node('Where', [b.isNaN(raw!), b.floats([0]), raw!], raw!.dims, { type: 'float32' });
    const g = bound === undefined ? finite : b.node('Clip', [finite, limit(-bound), limit(bound)], raw!.dims);
    const m1 = decay(b, m!, g, beta1!);
    const v1 = decay(b, v!, b.binary('Mul', g, g), beta2!);
    const deviation = b.binary('Div', b.unary('Sqrt', v1), root);
    const step = b.binary('Div', b.binary('Mul', m1, rate), b.binary('Add', deviation, b.floats([epsilon!])));
    return [b.binary('Sub', p!, step), m1, v1];
  });
  return results.flatMap((pieces, i) => like(pieces, outputs.slice(i * count!, (i + 1) * count!)));
}

/** Exponential moving averages of all parameters at once: p + beta * (e - p). */
export function emaUpdate(b: Builder, inputs: Logical[], { count }: Attrs, outputs: readonly OutputSpec[]): Logical[] {
  const beta = plain(b, inputs[2 * count]!, [1]);
  const lists = [inputs.slice(0, count), inputs.slice(count, 2 * count)];
  const [averages] = forEachTensor(b, lists, [0], ([e, p]) => [
    b.binary('Add', p!, b.binary('Mul', b.binary('Sub', e!, p!), beta)),
  ]);
  return like(averages!, outputs);
}
