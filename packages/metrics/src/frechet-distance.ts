import { pivotedCholesky, type Factor } from './linalg/pivoted-cholesky.js';
import { symmetricEigenvalues } from './linalg/symmetric-eigenvalues.js';

/** A normal distribution over features: mean (d) and covariance (d * d). */
export interface GaussianMoments {
  mean: Float64Array;
  covariance: Float64Array;
}

/**
 * The squared Fréchet distance of two normal distributions, which is FID if they are fitted to image features (Heusel et
 * al. 2017): |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)).
 *
 * Singular covariances (fewer images than features) are no special case.
 *
 * @throws if the two have different numbers of features, or numbers that are not finite
 */
export function frechetDistance(a: GaussianMoments, b: GaussianMoments): number {
  const dim = a.mean.length;
  for (const { mean, covariance } of [a, b]) {
    if (mean.length !== dim || covariance.length !== dim * dim) {
      throw new Error(
        `Statistics with ${mean.length} means and ${covariance.length} covariances cannot be compared with those of ${dim} ` +
          'features; were they made with another detector?',
      );
    }
    if (!mean.every(Number.isFinite) || !covariance.every(Number.isFinite)) {
      throw new Error('The statistics of the features have NaN or infinite entries.');
    }
  }
  let distance = 0;
  for (let i = 0; i < dim; i++) {
    distance += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[i * dim + i]! + b.covariance[i * dim + i]!;
  }
  return distance - 2 * traceOfRootOfProduct(a.covariance, b.covariance, dim);
}

/**
 * tr (S1 S2)^(1/2).
 *
 * With S1 = L1 L1' and S2 = L2 L2', the eigenvalues of S1 S2 other than 0 are those of M M', M = L1' L2: a symmetric
 * problem whose size is the lower rank.
 */
function traceOfRootOfProduct(s1: Float64Array, s2: Float64Array, dim: number): number {
  const [a, b] = [pivotedCholesky(s1, dim), pivotedCholesky(s2, dim)];
  const [small, large] = a.rank <= b.rank ? [a, b] : [b, a];
  const m: Factor = { rows: rowProducts(small, large, dim), rank: small.rank };
  const gram = rowProducts(m, m, large.rank);
  let trace = 0;
  for (const eigenvalue of symmetricEigenvalues(gram, small.rank)) trace += Math.sqrt(Math.max(0, eigenvalue));
  return trace;
}

/** Dot products of all rows of `a` with all rows of `b`, which have `length` columns. */
function rowProducts(a: Factor, b: Factor, length: number): Float64Array {
  const out = new Float64Array(a.rank * b.rank);
  for (let i = 0; i < a.rank; i++) {
    const row = a.rows.subarray(i * length, (i + 1) * length);
    // Four at a time: one after another, each would wait for its own sum.
    for (let j = 0; j < b.rank; j += 4) {
      const last = (b.rank - 1) * length;
      const [b0, b1, b2, b3] = [0, 1, 2, 3].map((k) => Math.min((j + k) * length, last)) as [
        number,
        number,
        number,
        number,
      ];
      let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
      for (let k = 0; k < length; k++) {
        const value = row[k]!;
        sum0 += value * b.rows[b0 + k]!;
        sum1 += value * b.rows[b1 + k]!;
        sum2 += value * b.rows[b2 + k]!;
        sum3 += value * b.rows[b3 + k]!;
      }
      out.set([sum0, sum1, sum2, sum3].slice(0, b.rank - j), i * b.rank + j);
    }
  }
  return out;
}
