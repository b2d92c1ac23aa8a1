/** Shares of images, 0 to 1. */
export interface PrecisionRecall {
  /** Share of the generated images that lie among the real ones. */
  precision: number;
  /** Share of the real images that lie among the generated ones. */
  recall: number;
}

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019): an image lies among others if, for one of them, it is no
 * farther away than that one's k-th nearest neighbour. Takes time in n * m and (n^2 + m^2).
 *
 * @param real `n * dim` features; @param generated `m * dim` features
 * @param k which neighbour, 3 in the publication
 * @throws if a set has no more than `k` images
 */
export function precisionRecall(
  real: Float32Array,
  generated: Float32Array,
  dim: number,
  { k = 3 }: { k?: number } = {},
): PrecisionRecall {
  for (const features of [real, generated]) {
    if (features.length % dim !== 0 || features.length <= k * dim) {
      throw new Error(
        `Precision and recall need more than ${k} feature vectors of length ${dim}; one set has ${features.length} numbers.`,
      );
    }
  }
  return {
    precision: shareAmong(generated, real, dim, neighbourDistances(real, dim, k)),
    recall: shareAmong(real, generated, dim, neighbourDistances(generated, dim, k)),
  };
}

/** Squared distance of each point to its k-th nearest neighbour. */
function neighbourDistances(points: Float32Array, dim: number, k: number): Float64Array {
  const radii = new Float64Array(points.length / dim);
  const distances = new Float64Array(radii.length);
  for (let i = 0; i < radii.length; i++) {
    for (let j = 0; j < distances.length; j++) distances[j] = squaredDistance(points, i * dim, points, j * dim, dim);
    distances[i] = -1;
    radii[i] = distances.sort()[k]!;
  }
  return radii;
}

/** Share of `points` that lie inside one of the balls around `centres`. */
function shareAmong(points: Float32Array, centres: Float32Array, dim: number, radii: Float64Array): number {
  const count = points.length / dim;
  let inside = 0;
  for (let i = 0; i < count; i++) {
    if (radii.some((radius, j) => squaredDistance(points, i * dim, centres, j * dim, dim) <= radius)) inside += 1;
  }
  return inside / count;
}

function squaredDistance(a: Float32Array, aStart: number, b: Float32Array, bStart: number, dim: number): number {
  let sum = 0;
  for (let k = 0; k < dim; k++) sum += (a[aStart + k]! - b[bStart + k]!) ** 2;
  return sum;
}
