import type { Attrs, OutputSpec } from '../kernels/kernel.js';
import type { Builder } from './builder.js';
import { plain } from './layout.js';
import { sizeOf, type GraphValue, type Logical } from './logical.js';

/** Many tensors as one flat vector: one chain of operations instead of one a parameter. */
function flatten(b: Builder, tensors: readonly Logical[]): GraphValue {
  return b.concat(
    tensors.map((t) => plain(b, t, [sizeOf(t.shape)])),
    0,
  );
}

/** The inverse: pieces of a flat vector, left flat (their shape is only a view). */
function unflatten(b: Builder, flat: GraphValue, outputs: readonly OutputSpec[]): Logical[] {
  const pieces = b.split(
    flat,
    outputs.map((o) => sizeOf(o.shape)),
  );
  return outputs.map((o, i) => ({ shape: o.shape, dtype: 'float32', plain: pieces[i]! }));
}

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
  const group = (i: number) => flatten(b, inputs.slice(i * count!, (i + 1) * count!));
  const [p, raw, m, v] = [group(0), group(1), group(2), group(3)];
  const [lr, correction1, correction2] = inputs.slice(4 * count!).map((x) => plain(b, x, [1])) as [
    GraphValue,
    GraphValue,
    GraphValue,
  ];
  const finite = b.node('Where', [b.isNaN(raw), b.floats([0]), raw], raw.dims, {
    type: 'float32',
  });
  const limit = (value: number) => b.constant('float32', [], [value]);
  const g = bound === undefined ? finite : b.node('Clip', [finite, limit(-bound), limit(bound)], raw.dims);
  const m1 = decay(b, m, g, beta1!);
  const v1 = decay(b, v, b.binary('Mul', g, g), beta2!);
  const rate = b.binary('Div', lr, correction1);
  const deviation = b.binary('Div', b.unary('Sqrt', v1), b.unary('Sqrt', correction2));
  const step = b.binary('Div', b.binary('Mul', m1, rate), b.binary('Add', deviation, b.floats([epsilon!])));
  const p1 = b.binary('Sub', p, step);
  return [p1, m1, v1].flatMap((flat, i) => unflatten(b, flat, outputs.slice(i * count!, (i + 1) * count!)));
}

/** Exponential moving averages of all parameters at once: p + beta * (e - p). */
export function emaUpdate(b: Builder, inputs: Logical[], { count }: Attrs, outputs: readonly OutputSpec[]): Logical[] {
  const e = flatten(b, inputs.slice(0, count));
  const p = flatten(b, inputs.slice(count, 2 * count));
  const beta = plain(b, inputs[2 * count]!, [1]);
  return unflatten(b, b.binary('Add', p, b.binary('Mul', b.binary('Sub', e, p), beta)), outputs);
}
