import fc from 'fast-check';
import { Rng } from '@onestep/random';
import { describe, expect, it } from 'vitest';
import { pivotedCholesky } from '../src/linalg/pivoted-cholesky.js';
import { Workspace } from '../src/linalg/workspace.js';
import { place } from './support/matrices.js';

describe.each([{ plain: false }, { plain: true }])('a Cholesky factor, $plain for plain JavaScript', (kernels) => {
  it.each([
    [12, 5],
    [40, 33],
    [97, 97],
    [130, 64],
  ])('has the rank of the matrix and gives it back: %i rows, rank %i', (n, rank) => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat({ max: n - 1 }), { maxLength: 3 }), (seed, zeros) => {
        const b = new Rng(seed).normal(n * rank);
        // Features that never vary.
        if (rank < n) for (const zero of zeros) b.fill(0, zero * rank, (zero + 1) * rank);
        const matrix = Float64Array.from({ length: n * n }, (_, at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          let sum = 0;
          for (let k = 0; k < rank; k++) sum += b[i * rank + k]! * b[j * rank + k]!;
          return sum;
        });
        const work = new Workspace(n, 1, kernels);
        const { data, stride } = place(work, matrix, n);
        const factor = pivotedCholesky(work, { data, at: 0, stride }, n);
        expect(factor.rank).toBe(rank);
        expect([...factor.order].sort((i, j) => i - j)).toEqual(Array.from({ length: n }, (_, i) => i));
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let k = 0; k <= Math.min(i, j, rank - 1); k++) sum += data[k * stride + i]! * data[k * stride + j]!;
            const expected = matrix[factor.order[i]! * n + factor.order[j]!]!;
            if (Math.abs(sum - expected) > 1e-12 * rank) expect(sum).toBe(expected);
          }
        }
      }),
      { numRuns: 4 },
    );
  });
});
