/**
 * Kernel Inception Distance (Binkowski et al. 2018): the unbiased estimate of the squared maximum mean discrepancy with
 * the kernel k(x, y) = (x.y / d + 1)^3, over all images given. Takes time and no memory in n * m.
 *
 * @param a `n * dim` features; @param b `m * dim` features
 * @throws if a set has fewer than 2 images
 */
export function kernelDistance(a: Float32Array, b: Float32Array, dim: number): number {
  for (const features of [a, b]) {
    if (features.length % dim !== 0 || features.length < 2 * dim) {
      throw new Error(
        `KID needs two sets of at least 2 feature vectors of length ${dim}; one has ${features.length} numbers.`,
      );
    }
  }
  const n = a.length / dim;
  const m = b.length / dim;
  const within = (x: Float32Array, size: number) => (2 * kernelSum(x, x, dim, true)) / (size * (size - 1));
  return within(a, n) + within(b, m) - (2 * kernelSum(a, b, dim, false)) / (n * m);
}

/** Sum of the kernel over all pairs, or over those of a row with an earlier one. */
function kernelSum(a: Float32Array, b: Float32Array, dim: number, earlierOnly: boolean): number {
  let total = 0;
  for (let x = 0; x < a.length; x += dim) {
    const end = earlierOnly ? x : b.length;
    for (let y = 0; y < end; y += dim) {
      let dot = 0;
      for (let k = 0; k < dim; k++) dot += a[x + k]! * b[y + k]!;
      total += (dot / dim + 1) ** 3;
    }
  }
  return total;
}
