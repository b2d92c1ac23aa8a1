import type { GaussianMoments } from './frechet-distance.js';

/** Vectors at a time. */
const GROUP = 4;

/** The sums in {@link FeatureStatistics}. */
export interface FeatureStatisticsState {
  dim: number;
  /** Vectors seen. */
  count: number;
  /** `dim` numbers */
  sum: Float64Array;
  /** Sums of products x_i x_j for j <= i, row by row in a dim x dim array. */
  products: Float64Array;
}

/**
 * Mean and covariance of a stream of feature vectors, in double precision, without keeping the vectors.
 */
export class FeatureStatistics {
  /** Length of a vector. */
  readonly dim: number;
  private n = 0;
  private readonly sum: Float64Array;
  /** Sum of x x', lower triangle, row by row in a dim x dim array. */
  private readonly products: Float64Array;

  constructor(dim: number) {
    this.dim = dim;
    this.sum = new Float64Array(dim);
    this.products = new Float64Array(dim * dim);
  }

  /** Number of vectors seen. */
  get count(): number {
    return this.n;
  }

  /**
   * Adds vectors.
   *
   * @param features `n * dim` finite numbers, vector after vector
   * @throws if there are not `n * dim` of them, or one is not finite
   */
  add(features: Float32Array | Float64Array, n: number): void {
    const { dim, sum } = this;
    if (features.length !== n * dim) {
      throw new Error(`${n} feature vectors of length ${dim} are ${n * dim} numbers, not ${features.length}.`);
    }
    const bad = features.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new Error(
        `Feature ${bad % dim} of image ${Math.floor(bad / dim)} is ${features[bad]}, not a finite number.`,
      );
    for (let image = 0; image < n; image += GROUP) this.addGroup(features.subarray(image * dim, (image + GROUP) * dim));
    for (let start = 0; start < features.length; start += dim) {
      for (let i = 0; i < dim; i++) sum[i]! += features[start + i]!;
    }
    this.n += n;
  }

  /** Adds the products of up to four vectors in one pass over all sums, which are more than the processor's caches hold. */
  private addGroup(features: Float32Array | Float64Array): void {
    const { dim, products } = this;
    const four = Array.from({ length: GROUP }, (_, i) => Float64Array.from(features.subarray(i * dim, (i + 1) * dim)));
    const [a, b, c, d] = four.map((x) => (x.length === dim ? x : new Float64Array(dim))) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let i = 0; i < dim; i++) {
      const a0 = a[i]!;
      const b0 = b[i]!;
      const c0 = c[i]!;
      const d0 = d[i]!;
      for (let j = 0, at = i * dim; j <= i; j++, at++)
        products[at]! += a0 * a[j]! + b0 * b[j]! + c0 * c[j]! + d0 * d[j]!;
    }
  }

  /** What another process needs to go on with these statistics, or to merge them: {@link FeatureStatistics.from}. */
  state(): FeatureStatisticsState {
    return { dim: this.dim, count: this.n, sum: this.sum.slice(), products: this.products.slice() };
  }

  /** Statistics in a state of others. */
  static from({ dim, count, sum, products }: FeatureStatisticsState): FeatureStatistics {
    if (sum.length !== dim || products.length !== dim * dim || !(Number.isSafeInteger(count) && count >= 0)) {
      throw new Error(`${sum.length} sums and ${products.length} products are no statistics of ${dim} features.`);
    }
    const statistics = new FeatureStatistics(dim);
    statistics.n = count;
    statistics.sum.set(sum);
    statistics.products.set(products);
    return statistics;
  }

  /** Adds everything that `other` has seen. @throws if its vectors have another length */
  merge(other: FeatureStatistics): void {
    if (other.dim !== this.dim)
      throw new Error(`Statistics of ${other.dim} features cannot be added to those of ${this.dim}.`);
    for (let i = 0; i < this.sum.length; i++) this.sum[i]! += other.sum[i]!;
    for (let i = 0; i < this.products.length; i++) this.products[i]! += other.products[i]!;
    this.n += other.n;
  }

  /** The mean, `dim` numbers. @throws if there are no vectors */
  mean(): Float64Array {
    if (this.n === 0) throw new Error('There are no images to take the mean of.');
    return this.sum.map((value) => value / this.n);
  }

  /**
   * The covariance, `dim * dim` numbers.
   *
   * @param divisor `n-1` (unbiased; EDM's fid.py) or `n` (StyleGAN's metrics); they differ by 1/n
   * @throws if there are too few vectors for the divisor
   */
  covariance({ divisor = 'n-1' }: { divisor?: 'n-1' | 'n' } = {}): Float64Array {
    const { dim, n, products } = this;
    const by = divisor === 'n' ? n : n - 1;
    if (by < 1) throw new Error(`A covariance needs at least ${divisor === 'n' ? 1 : 2} images, not ${n}.`);
    const mean = this.mean();
    const covariance = new Float64Array(dim * dim);
    for (let i = 0; i < dim; i++) {
      for (let j = 0; j <= i; j++) {
        const value = (products[i * dim + j]! - n * mean[i]! * mean[j]!) / by;
        covariance[i * dim + j] = value;
        covariance[j * dim + i] = value;
      }
    }
    return covariance;
  }

  /** Mean and covariance together. @param options see {@link covariance} */
  moments(options: { divisor?: 'n-1' | 'n' } = {}): GaussianMoments {
    return { mean: this.mean(), covariance: this.covariance(options) };
  }
}
