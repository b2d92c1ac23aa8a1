import type { Builder } from '../lower/builder.js';
import { toPlain } from '../lower/layout.js';
import { type GraphValue, sizeOf } from '../lower/lowered-tensor.js';
import type { Kernel } from './kernel.js';
import { axesOf } from './reduce.js';

const sum: Kernel = {
  name: 'Cumsum',
  inputs: ['x'],
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  needsFallback: ([x]) => x!.dtype === 'bool',
  lower: (b, [x], { axis, exclusive, reverse }) =>
    b.tensor(
      b.node('CumSum', [toPlain(b, x!), b.constant('int64', [], axesOf(axis, x!.shape.length))], x!.shape, {
        attributes: { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 },
      }),
    ),
};

/** Shifts x by some places along an axis and fills up with ones. */
function shiftAlong(b: Builder, x: GraphValue, axis: number, places: number, backwards: boolean): GraphValue {
  const amount = (value: number) => x.dims.map((_, i) => (i === axis ? value : 0));
  const [before, after] = backwards ? [-places, places] : [places, -places];
  return b.pad(x, amount(before), amount(after), b.constant(x.type, [], [1]));
}

/** A scan: each round multiplies products of twice as many elements. */
const product: Kernel = {
  name: 'Cumprod',
  inputs: ['x'],
  infer: ([x]) => ({ shape: x!.shape, dtype: x!.dtype }),
  needsFallback: ([x]) => x!.dtype === 'bool' || sizeOf(x!.shape) === 0,
  lower: (b, [x], { axis, exclusive, reverse }) => {
    const [at] = axesOf(axis, x!.shape.length) as [number];
    let value = toPlain(b, x!);
    if (exclusive) value = shiftAlong(b, value, at, 1, !!reverse);
    for (let places = 1; places < x!.shape[at]!; places *= 2) {
      value = b.binary('Mul', value, shiftAlong(b, value, at, places, !!reverse));
    }
    return b.tensor(value);
  },
};

export const cumulativeKernels: readonly Kernel[] = [sum, product];
