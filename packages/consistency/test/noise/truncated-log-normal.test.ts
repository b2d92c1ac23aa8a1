import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalCdf, normalQuantile, truncatedLogNormal } from '@onestep/consistency';

const CIFAR10 = { pMean: -1, pStd: 1.4, sigmaMin: 0.002, sigmaMax: 80 };

it('the normal distribution has known values, and its quantiles invert it', () => {
  expect(normalCdf(0)).toBe(0.5);
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14);
  expect(normalCdf(-5)).toBeCloseTo(2.866515718791946e-7, 14);
  expect(normalCdf(40)).toBe(1);
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (x) => Math.abs(normalQuantile(normalCdf(x)) - x) < 1e-8),
  );
});

it('noise levels stay in the interval, and rise with the uniform number', () => {
  const levels = truncatedLogNormal([0, 0.25, 0.5, 0.75, 1 - 1e-12], CIFAR10);
  expect(levels[0]).toBeCloseTo(0.002, 10);
  expect(levels[4]).toBeCloseTo(80, 4);
  // The cut takes nearly as much from both sides.
  expect(Math.log(levels[2]!)).toBeCloseTo(-1, 3);
  expect([...levels].sort((a, b) => a - b)).toEqual([...levels]);
});
