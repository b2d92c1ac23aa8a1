import fc from 'fast-check';
import { Rng } from '@onestep/random';
import { describe, expect, it } from 'vitest';
import { symmetricEigenvalues } from '../src/linalg/symmetric-eigenvalues.js';
import { Workspace } from '../src/linalg/workspace.js';
import { place, turn } from './support/matrices.js';

const sorted = (values: ArrayLike<number>) => Float64Array.from(values).sort();

describe.each([{ plain: false }, { plain: true }])('eigenvalues, $plain for plain JavaScript', (kernels) => {
  const eigenvalues = (matrix: Float64Array, n: number) => {
    const work = new Workspace(n, 1, kernels);
    return symmetricEigenvalues(work, place(work, matrix, n), n);
  };

  it.each([1, 2, 3, 4, 5, 31, 32, 33, 64, 150])('are 2 - 2 cos(pi k / (n + 1)) for %i second differences', (n) => {
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      matrix[i * n + i] = 2;
      if (i > 0) matrix[i * n + i - 1] = matrix[(i - 1) * n + i] = -1;
    }
    sorted(eigenvalues(matrix, n)).forEach((value, k) => {
      expect(value).toBeCloseTo(2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1)), 12);
    });
  });

  it('are the chosen ones after a reflection', () => {
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
          const found = sorted(eigenvalues(matrix, n));
          sorted(values).forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(1e-10));
        },
      ),
      // A regression: subnormal numbers.
      { examples: [[[1e-323, 0, 1e-323], 0]] },
    );
  });

  it('are the chosen ones of matrices of several panels, some with many equal or zero', () => {
    const value = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(0, 1, 1, 1e-8));
    fc.assert(
      fc.property(fc.array(value, { minLength: 26, maxLength: 140, size: 'max' }), fc.nat(), (values, seed) => {
        const found = sorted(eigenvalues(turn(values, seed), values.length));
        sorted(values).forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(1e-13));
      }),
      { numRuns: 20 },
    );
  });

  it('scale with the matrix, from the smallest to the largest doubles', () => {
    const values = [1, 0.5, 0.25, -3, 2];
    for (const scale of [2 ** -1000, 2 ** -500, 2 ** 1000]) {
      const found = sorted(eigenvalues(turn(values, 1), 5)).map((value) => value * scale);
      expect(
        sorted(
          eigenvalues(
            turn(values, 1).map((element) => element * scale),
            5,
          ),
        ),
      ).toEqual(found);
    }
  });

  it('keep their precision where the elements fall from the first row to the last', () => {
    // D A D with D from 1 to 1e-12 and A = I + u u' / n: by the determinant, the product of the eigenvalues is
    // 2 times that of the squares of D.
    const n = 49;
    const scale = Float64Array.from({ length: n }, (_, i) => 10 ** (-i / 4));
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, k] = [Math.floor(at / n), at % n];
      return scale[i]! * scale[k]! * ((i === k ? 1 : 0) + 1 / n);
    });
    const logarithm = (values: Float64Array) => values.reduce((sum, value) => sum + Math.log(value), 0);
    expect(logarithm(eigenvalues(matrix, n))).toBeCloseTo(2 * logarithm(scale) + Math.log(2), 10);
  });

  it('are those of zero, one-by-one and diagonal matrices, and refuse NaN', () => {
    expect(eigenvalues(new Float64Array(9), 3)).toEqual(new Float64Array(3));
    expect(eigenvalues(Float64Array.of(7), 1)).toEqual(Float64Array.of(7));
    expect(sorted(eigenvalues(Float64Array.of(3, 0, 0, 1), 2))).toEqual(Float64Array.of(1, 3));
    expect(() => eigenvalues(Float64Array.of(NaN), 1)).toThrow(/NaN/);
  });
});
