import type { Rng } from '@onestep/random';
import { assertFinite } from './finite.js';
import { dotProducts, toFeatureRows, type FeatureRows } from './feature-rows.js';
import { addProduct } from './linalg/add-product.js';
import type { Matrix } from './linalg/kernels/kernels.js';
import { Workspace } from './linalg/workspace.js';

/** Images of each set whose dot products are computed at a time. */
const BLOCK = 256;

/**
 * Kernel Inception Distance (Binkowski et al. 2018): the unbiased estimate of the squared maximum mean discrepancy
 * with the kernel k(x, y) = (x.y / d + 1)^3, over all given images. Its time is proportional to n * m.
 * It computes in double precision.
 *
 * @param a features of one set, [n, dim]
 * @param b features of the other set, [m, dim]
 * @param dim length of a feature vector
 * @throws if a set has fewer than 2 images, its length is not a multiple of `dim`, or a feature is NaN or infinite
 */
export function kernelDistance(a: Float32Array, b: Float32Array, dim: number): number {
  for (const features of [a, b]) {
    if (features.length % dim !== 0 || features.length < 2 * dim) {
      throw new Error(
        `KID needs two sets of at least 2 feature vectors of length ${dim}; one has ${features.length} numbers.`,
      );
    }
    assertFinite(features, dim, 'Feature');
  }
  const n = a.length / dim;
  const m = b.length / dim;
  const within = (x: Float32Array, size: number) => (2 * kernelSum(x, x, dim, true)) / (size * (size - 1));
  return within(a, n) + within(b, m) - (2 * kernelSum(a, b, dim, false)) / (n * m);
}

/** Sum of the kernel over all pairs or, with `earlierOnly`, over the pairs of each row with an earlier one. */
function kernelSum(a: Float32Array, b: Float32Array, dim: number, earlierOnly: boolean): number {
  const work = new Workspace(Math.max(dim, BLOCK), 0, { rows: 3 * BLOCK });
  const [x, y, products] = [work.matrix(BLOCK), work.matrix(BLOCK), work.matrix(BLOCK)];
  let total = 0;
  for (let i = 0; i < a.length / dim; i += BLOCK) {
    const rows = copyRows(a, dim, i, x);
    for (let j = 0; j < (earlierOnly ? i + 1 : b.length / dim); j += BLOCK) {
      const columns = copyRows(b, dim, j, y);
      products.data.fill(0);
      addProduct(work, products, { matrix: x, rows }, { matrix: y, rows: columns }, dim);
      for (let row = 0; row < rows; row++) {
        const end = earlierOnly ? Math.min(columns, i + row - j) : columns;
        const at = row * products.stride;
        for (let k = at; k < at + end; k++) total += (products.data[k]! / dim + 1) ** 3;
      }
    }
  }
  return total;
}

/**
 * Copies up to {@link BLOCK} feature vectors.
 *
 * @returns how many
 */
function copyRows(features: Float32Array, dim: number, first: number, { data, stride }: Matrix): number {
  const count = Math.min(BLOCK, features.length / dim - first);
  for (let i = 0; i < count; i++) {
    const at = (first + i) * dim;
    data.set(features.subarray(at, at + dim), i * stride);
  }
  return count;
}

/** Options of {@link subsetKernelDistance}. */
export interface SubsetOptions {
  /** Number of random subsets. Default: 100. */
  subsets?: number;
  /** Largest number of images in a subset. Default: 1000. */
  maxSize?: number;
}

/**
 * The mean of {@link kernelDistance} over random subsets, as published KIDs are computed (StyleGAN's metrics, Karras
 * et al. 2020). Runs on the current tfjs backend in single precision.
 *
 * @param generated features of the generated images, [n, dim]
 * @param real features of the real images, [m, dim]
 * @param dim length of a feature vector
 * @param rng draws the images of each subset, without repetition
 * @throws if a set has fewer than 2 images, its length is not a multiple of `dim`, or a feature is NaN or infinite
 */
export async function subsetKernelDistance(
  generated: Float32Array,
  real: Float32Array,
  dim: number,
  rng: Rng,
  { subsets = 100, maxSize = 1000 }: SubsetOptions = {},
): Promise<number> {
  const [a, b] = [toFeatureRows(generated, dim), toFeatureRows(real, dim)];
  const size = Math.min(a.count, b.count, maxSize);
  if (size < 2) throw new Error(`KID needs at least 2 images in each set, not ${size}.`);
  let total = 0;
  for (let i = 0; i < subsets; i++) {
    const x = drawSubset(a, rng, size);
    const y = drawSubset(b, rng, size);
    const within = kernelMean(await dotProducts(x, x), x, true) + kernelMean(await dotProducts(y, y), y, true);
    total += within - 2 * kernelMean(await dotProducts(x, y), x, false);
  }
  return total / subsets;
}

function drawSubset({ data, count, dim }: FeatureRows, rng: Rng, size: number): FeatureRows {
  const chosen = rng.permutation(count).subarray(0, size);
  const rows = new Float32Array(size * dim);
  chosen.forEach((index, i) => rows.set(data.subarray(index * dim, (index + 1) * dim), i * dim));
  return { data: rows, count: size, dim };
}

/**
 * Mean of the kernel over all pairs or, with `distinctOnly`, over the pairs of different images.
 *
 * @param products dot products, [count, count]
 */
function kernelMean(products: Float32Array, { count, dim }: FeatureRows, distinctOnly: boolean): number {
  let total = 0;
  for (let i = 0; i < products.length; i++) total += (products[i]! / dim + 1) ** 3;
  if (!distinctOnly) return total / count ** 2;
  for (let i = 0; i < count; i++) total -= (products[i * (count + 1)]! / dim + 1) ** 3;
  return total / (count * (count - 1));
}
