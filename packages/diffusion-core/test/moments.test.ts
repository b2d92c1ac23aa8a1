import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addSample, NO_SAMPLES, statistic } from '../src/training/moments.js';

test('moments are those of the numbers', () => {
  const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(numbers, (values) => {
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
      const result = statistic(values.reduce(addSample, NO_SAMPLES));
      expect(result.num).toBe(values.length);
      expect(Math.abs(result.mean - mean)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(mean)));
      expect(Math.abs(result.std - Math.sqrt(variance))).toBeLessThanOrEqual(1e-6 * (1 + Math.sqrt(variance)));
    }),
  );
});
