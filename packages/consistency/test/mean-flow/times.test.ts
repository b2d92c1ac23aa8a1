import fc from 'fast-check';
import { expect, it } from 'vitest';
import { meanFlow, meanFlowTimes } from '@onestep/consistency';
import { Rng } from '@onestep/random';

it.each(['v0', 'v1'] as const)(
  '%s draws times 0 < r <= t <= tmax, and r = t for the share that is not `ratio`',
  (trSampler) => {
    const arbitrary = fc.record({
      seed: fc.nat(1e6),
      ratio: fc.constantFrom(0, 0.25, 0.75, 1),
      tmax: fc.constantFrom(0.5, 1),
    });
    fc.assert(
      fc.property(arbitrary, ({ seed, ...draws }) => {
        const options = { ...meanFlow.settle({ trSampler }), ...draws };
        const rng = new Rng(seed);
        const uniform = rng.uniform(40);
        const times = meanFlowTimes(rng.normal(40), rng.normal(40), uniform, options);
        const [t, r] = [times.filter((_, i) => i % 2 === 0), times.filter((_, i) => i % 2 === 1)];
        expect(t.every((time, i) => 0 < r[i]! && r[i]! <= time && time <= draws.tmax)).toBe(true);
        const equal = t.filter((time, i) => time === r[i]).length;
        const without = uniform.filter((u) => u >= draws.ratio).length;
        // v1 cuts an r above t down to it, besides.
        if (trSampler === 'v0') expect(equal).toBe(without);
        else expect(equal).toBeGreaterThanOrEqual(without);
      }),
      { numRuns: 30 },
    );
  },
);

it('v0 takes the larger time as t, and v1 the first', () => {
  const options = { pMeanT: 0, pStdT: 1, pMeanR: 0, pStdR: 1, ratio: 1, tmax: 1 };
  const times = (trSampler: 'v0' | 'v1') => [...meanFlowTimes([-1], [1], [0], { ...options, trSampler })];
  const [low, high] = [1 / (1 + Math.E), Math.E / (1 + Math.E)] as [number, number];
  expect(times('v0')).toEqual([expect.closeTo(high, 12), expect.closeTo(low, 12)]);
  expect(times('v1')).toEqual([expect.closeTo(low, 12), expect.closeTo(low, 12)]);
});
