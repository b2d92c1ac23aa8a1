import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundToHalf } from '../src/round-to-half.js';

it('keeps half-precision numbers, and rounds ties to even', () => {
  const values = Float32Array.of(0, 1, -2.5, 1 + 2 ** -10, 65504, 2 ** -24, 2 ** -14);
  expect(roundToHalf(values)).toEqual(values);
  // 1 + 2^-11 is halfway between 1 and 1 + 2^-10.
  expect(roundToHalf(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 70000, 2 ** -26))).toEqual(
    Float32Array.of(1, 1 + 2 ** -9, Infinity, 0),
  );
});

it('has a relative error of at most 2^-11', () => {
  fc.assert(
    fc.property(fc.float({ min: Math.fround(6.2e-5), max: 65504, noNaN: true }), (x) => {
      expect(Math.abs(roundToHalf(Float32Array.of(x))[0]! / x - 1)).toBeLessThanOrEqual(2 ** -11);
    }),
  );
});
