import { halfConvolve, halfFilterGradient, halfInputGradient, halfMatMul } from '../lower/half.js';
import { toPlain } from '../lower/layout.js';
import type { LoweredTensor } from '../lower/lowered-tensor.js';
import type { Probe } from './probes.js';

/** Channels of a convolution with a long sum for each result. */
const MANY = 512;
const TERMS = 9 * MANY;
/** Less than half of the last digit of 1 in half precision: a sum in half precision that has reached 1 stays there. */
const SMALL = 2 ** -12;
const LONG_SUM = 1 + (TERMS - 1) * SMALL;

const geometry = (pad: number) =>
  ({ kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [pad, pad, pad, pad] }) as const;
/** Images of SIZE x SIZE pixels with one channel. */
const SIZE = 4;

/**
 * Every operation in half precision, and a convolution and a matrix product with long sums, which only float32 can add up. A
 * long sum is nearly 2 and then rounded to half precision, an error of at most 2^-10.
 */
export const halfPrecision: Probe = {
  inputs: [
    [1, SIZE, SIZE, 1],
    [1, SIZE, SIZE, 1],
    [3, 3, 1, 1],
  ],
  emit: (b, inputs) => {
    const [x, dy, filter] = inputs.map((value) => b.tensor(value)) as [LoweredTensor, LoweredTensor, LoweredTensor];
    const terms = b.floats(
      Array.from({ length: TERMS }, (_, i) => (i === 0 ? 1 : SMALL)),
      [1, 3, 3, MANY],
    );
    const ones = b.expand(b.floats([1], [1, 1, 1, 1]), [3, 3, MANY, 1]);
    const [row, column] = [b.tensor(b.view(terms, [1, TERMS])), b.tensor(b.view(ones, [TERMS, 1]))];
    return [
      halfConvolve(b, x, filter, geometry(1), x.shape),
      halfInputGradient(b, dy, filter, geometry(1), x.shape),
      halfFilterGradient(b, x, dy, geometry(1), filter.shape),
      halfConvolve(b, b.tensor(terms), b.tensor(ones), geometry(0), [1, 1, 1, 1]),
      halfMatMul(b, row, column, false, false),
    ].map((result) => toPlain(b, result));
  },
  expected: ([x, dy, filter]) => [
    pixels((h, w) => taps((i, j) => at(x!, h + i - 1, w + j - 1) * filter![i * 3 + j]!)),
    pixels((h, w) => taps((i, j) => at(dy!, h - i + 1, w - j + 1) * filter![i * 3 + j]!)),
    Array.from({ length: 9 }, (_, k) =>
      total(pixels((h, w) => at(x!, h + Math.floor(k / 3) - 1, w + (k % 3) - 1) * at(dy!, h, w))),
    ),
    [LONG_SUM],
    [LONG_SUM],
  ],
};

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

const pixels = (value: (h: number, w: number) => number) =>
  Array.from({ length: SIZE ** 2 }, (_, p) => value(Math.floor(p / SIZE), p % SIZE));

const taps = (value: (i: number, j: number) => number) =>
  total(Array.from({ length: 9 }, (_, k) => value(Math.floor(k / 3), k % 3)));

/** A pixel of an image; 0 outside of it. */
function at(image: Float32Array, h: number, w: number): number {
  return h < 0 || h >= SIZE || w < 0 || w >= SIZE ? 0 : image[h * SIZE + w]!;
}
