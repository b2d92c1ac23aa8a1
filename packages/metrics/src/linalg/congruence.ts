import { addProduct, type Operand } from './add-product.js';
import type { Matrix } from './kernels/kernels.js';
import type { Workspace } from './workspace.js';

/** A factor L of a matrix, as rows of L'. */
export interface Factor {
  /** [rank, n], upper triangular; what is below the diagonal is not read */
  rows: Matrix;
  rank: number;
}

/**
 * Computes L' S L for symmetric S. With T the lower triangle of S, and one half of its diagonal, S = T + T', and
 * L' S L = Y + Y' with Y = L' (T L): triangular products, of three quarters of the work of L' (S L).
 *
 * @param s [n, n]; only the lower triangle is read. The upper triangle of its first `rank` rows and columns becomes the
 *   result.
 */
export function congruence(work: Workspace, { rows, rank }: Factor, s: Matrix, n: number): void {
  const { data, stride } = s;
  for (let i = 0; i < n; i++) data[i * (stride + 1)]! /= 2;
  const factor = { matrix: rows, rows: rank, triangle: 'upper' } as const;
  // T L is lower triangular, because both are.
  const product = { matrix: work.matrix(), rows: rank, triangle: 'upper', transposed: true } as const;
  addProduct(work, product.matrix, { matrix: s, rows: n, triangle: 'lower' } satisfies Operand, factor, n, {
    triangle: 'lower',
  });
  data.fill(0);
  addProduct(work, s, factor, product, n);
  for (let i = 0; i < rank; i++) for (let j = i; j < rank; j++) data[i * stride + j]! += data[j * stride + i]!;
}
