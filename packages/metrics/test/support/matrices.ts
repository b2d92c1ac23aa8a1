import { Rng } from '@onestep/random';
import type { Matrix } from '../../src/linalg/kernels/kernels.js';
import type { Workspace } from '../../src/linalg/workspace.js';

/** Puts a row-major matrix into a matrix of a workspace. */
export function place(work: Workspace, values: Float64Array, columns: number): Matrix {
  const matrix = work.matrix();
  for (let row = 0; row * columns < values.length; row++) {
    matrix.data.set(values.subarray(row * columns, (row + 1) * columns), row * matrix.stride);
  }
  return matrix;
}

/** Turns a diagonal matrix by reflections: Q D Q', [n, n], with the same Q for the same seed. */
export function turn(diagonal: ArrayLike<number>, seed: number, reflections = 3): Float64Array {
  const n = diagonal.length;
  const rng = new Rng(seed);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = diagonal[i]!;
  for (let r = 0; r < reflections; r++) {
    const v = Float64Array.from(rng.normal(n));
    const norm = Math.hypot(...v);
    for (let i = 0; i < n; i++) v[i]! /= norm;
    for (const [along, across] of [
      [1, n],
      [n, 1],
    ] as const) {
      for (let i = 0; i < n; i++) {
        let dot = 0;
        for (let k = 0; k < n; k++) dot += v[k]! * matrix[i * across + k * along]!;
        for (let k = 0; k < n; k++) matrix[i * across + k * along]! -= 2 * dot * v[k]!;
      }
    }
  }
  for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) matrix[i * n + k] = matrix[k * n + i]!;
  return matrix;
}
