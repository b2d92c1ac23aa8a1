import { pivotedCholesky } from './linalg/pivoted-cholesky.js';
import { rowProducts } from './linalg/row-products.js';
import { symmetricEigenvalues } from './linalg/symmetric-eigenvalues.js';

/** A normal distribution over feature vectors of length d. */
export interface GaussianMoments {
  /** [d] */
  mean: Float64Array;
  /** [d, d] */
  covariance: Float64Array;
}

/**
 * The squared Fréchet distance between two normal distributions: |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)). Fitted
 * to image features, it is the FID (Heusel et al. 2017).
 *
 * Singular covariances (fewer images than features) need no special treatment.
 *
 * @throws if the numbers of features differ, or the statistics contain NaN or infinite values
 */
export function frechetDistance(a: GaussianMoments, b: GaussianMoments): number {
  const dim = a.mean.length;
  for (const { mean, covariance } of [a, b]) {
    if (mean.length !== dim || covariance.length !== dim * dim) {
      throw new Error(
        `Cannot compare statistics of ${mean.length} features (${covariance.length} covariances) with statistics of ` +
          `${dim} features; were they made with another detector?`,
      );
    }
    if (!mean.every(Number.isFinite) || !covariance.every(Number.isFinite)) {
      throw new Error('The statistics contain NaN or infinite values.');
    }
  }
  let distance = 0;
  for (let i = 0; i < dim; i++) {
    distance += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[i * dim + i]! + b.covariance[i * dim + i]!;
  }
  return distance - 2 * traceSqrtProduct(a.covariance, b.covariance, dim);
}

/**
 * tr (S1 S2)^(1/2).
 *
 * With S1 = L L', the nonzero eigenvalues of S1 S2 are those of L' S2 L: a symmetric problem whose size is the rank
 * of S1. The matrix of lower rank is factorized.
 */
function traceSqrtProduct(s1: Float64Array, s2: Float64Array, dim: number): number {
  const [f1, f2] = [pivotedCholesky(s1, dim), pivotedCholesky(s2, dim)];
  const [{ rows, rank, order }, other] = f1.rank <= f2.rank ? [f1, s2] : [f2, s1];
  const factor = { data: rows, rows: rank, columns: dim };
  const permuted = new Float64Array(dim * dim);
  for (let i = 0; i < dim; i++)
    for (let k = 0; k < dim; k++) permuted[i * dim + k] = other[order[i]! * dim + order[k]!]!;
  const half = rowProducts(factor, { data: permuted, rows: dim, columns: dim }, { upper: true });
  const product = rowProducts(factor, { ...factor, data: half }, { upper: true, lower: true });
  let trace = 0;
  for (const eigenvalue of symmetricEigenvalues(product, rank)) trace += Math.sqrt(Math.max(0, eigenvalue));
  return trace;
}
