import fc from 'fast-check';
import { Rng } from '@onestep/random';
import { expect, it } from 'vitest';
import { pivotedCholesky } from '../src/linalg/pivoted-cholesky.js';
import { symmetricEigenvalues } from '../src/linalg/symmetric-eigenvalues.js';

const sorted = (values: Float64Array) => [...values].sort((a, b) => a - b);

it('finds 2 - 2 cos(pi k / (n + 1)) for second differences', () => {
  const n = 40;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = 2;
    if (i > 0) matrix[i * n + i - 1] = matrix[(i - 1) * n + i] = -1;
  }
  sorted(symmetricEigenvalues(matrix, n)).forEach((value, k) => {
    expect(value).toBeCloseTo(2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1)), 12);
  });
});

it('finds chosen eigenvalues after a reflection', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 25 }),
      fc.nat(),
      (values, seed) => {
        const n = values.length;
        const v = new Rng(seed).normal(n);
        const norm2 = v.reduce((sum, x) => sum + x * x, 0);
        const reflection = (i: number, k: number) => (i === k ? 1 : 0) - (2 * v[i]! * v[k]!) / norm2;
        const matrix = Float64Array.from({ length: n * n }, (_, at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          return values.reduce((sum, value, k) => sum + reflection(i, k) * value * reflection(j, k), 0);
        });
        const found = sorted(symmetricEigenvalues(matrix, n));
        [...values]
          .sort((a, b) => a - b)
          .forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(1e-10));
      },
    ),
    // A regression: subnormal numbers.
    { examples: [[[1e-323, 0, 1e-323], 0]] },
  );
});

it('handles zero, one-by-one and diagonal matrices, and refuses NaN', () => {
  expect(symmetricEigenvalues(new Float64Array(9), 3)).toEqual(new Float64Array(3));
  expect(symmetricEigenvalues(Float64Array.of(7), 1)).toEqual(Float64Array.of(7));
  expect(sorted(symmetricEigenvalues(Float64Array.of(3, 0, 0, 1), 2))).toEqual([1, 3]);
  expect(() => symmetricEigenvalues(Float64Array.of(NaN), 1)).toThrow(/NaN/);
});

it('factors a singular matrix with its rank', () => {
  const [n, rank] = [12, 5];
  const b = new Rng(0).normal(n * rank);
  const matrix = Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += b[i * rank + k]! * b[j * rank + k]!;
    return sum;
  });
  const factor = pivotedCholesky(matrix, n);
  expect(factor.rank).toBe(rank);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += factor.rows[k * n + i]! * factor.rows[k * n + j]!;
      expect(sum).toBeCloseTo(matrix[factor.order[i]! * n + factor.order[j]!]!, 12);
    }
  }
});
