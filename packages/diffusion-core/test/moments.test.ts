import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addSample, mergeMoments, momentsFromSums, NO_SAMPLES, statistic } from '../src/training/moments.js';

it('moments are those of the numbers', () => {
  const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(numbers, (values) => {
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
      const result = statistic(values.reduce(addSample, NO_SAMPLES));
      expect(result.num).toBe(values.length);
      expect(Math.abs(result.mean - mean)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(mean)));
      expect(Math.abs(result.std - Math.sqrt(variance))).toBeLessThanOrEqual(1e-6 * (1 + Math.sqrt(variance)));

      const half = values.length >> 1;
      const of = (part: number[]) => part.reduce(addSample, NO_SAMPLES);
      const merged = statistic(mergeMoments(of(values.slice(0, half)), of(values.slice(half))));
      expect(merged.num).toBe(result.num);
      expect(Math.abs(merged.mean - mean)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(mean)));
      expect(Math.abs(merged.std - Math.sqrt(variance))).toBeLessThanOrEqual(1e-6 * (1 + Math.sqrt(variance)));
    }),
  );
});

it('moments follow from sums', () => {
  const moments = momentsFromSums(4, 10, 30); // 1, 2, 3, 4
  expect(statistic(moments)).toEqual({ num: 4, mean: 2.5, std: Math.sqrt(1.25) });
  expect(mergeMoments(NO_SAMPLES, NO_SAMPLES)).toEqual(NO_SAMPLES);
});
