import { traceSqrtProduct } from './linalg/trace-sqrt-product.js';

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
