import { assertFinite } from './finite.js';
import type { GaussianMoments } from './frechet-distance.js';
import { addProduct } from './linalg/add-product.js';
import type { Matrix } from './linalg/kernels/kernels.js';
import { DEPTH, Workspace } from './linalg/workspace.js';

/**
 * Features from which on the sums are in WebAssembly's memory. Fewer are fast enough in plain JavaScript, and there may be
 * statistics of hundreds of groups, while hosts limit the number of such memories.
 */
const WASM_FEATURES = 256;

/**
 * The sums that a {@link FeatureStatistics} holds, as plain arrays.
 *
 * @internal
 */
export interface FeatureStatisticsState {
  /** Length of a feature vector. */
  dim: number;
  /** Number of vectors added. */
  count: number;
  /** Sum of the vectors, [dim] */
  sum: Float64Array;
  /** Sum of x_i x_j for j <= i (the lower triangle), row by row, [dim, dim] */
  products: Float64Array;
}

/**
 * Mean and covariance of a stream of feature vectors, accumulated in double precision without keeping the vectors.
 * Statistics of several processes are combined with `state()`, `from()` and `merge()`.
 */
export class FeatureStatistics {
  /** Length of a feature vector. */
  readonly dim: number;
  private n = 0;
  private readonly sum: Float64Array;
  private readonly work: Workspace;
  /** Sum of x x', [dim, dim]; what is above the diagonal is undefined */
  private readonly products: Matrix;
  /** Vectors that are added at a time, [DEPTH, dim] */
  private readonly vectors: Matrix;

  /** @param dim length of a feature vector */
  constructor(dim: number) {
    this.dim = dim;
    this.sum = new Float64Array(dim);
    this.work = new Workspace(dim, 1, { rows: DEPTH, plain: dim < WASM_FEATURES });
    this.products = this.work.matrix();
    this.vectors = this.work.matrix(DEPTH);
  }

  /** Number of vectors added. */
  get count(): number {
    return this.n;
  }

  /**
   * Adds feature vectors.
   *
   * @param features [n, dim]
   * @param n number of vectors
   * @throws if `features` has another length, or contains NaN or infinite values
   */
  add(features: Float32Array | Float64Array, n: number): void {
    const { dim, sum } = this;
    if (features.length !== n * dim) {
      throw new Error(`${n} feature vectors of length ${dim} are ${n * dim} numbers, not ${features.length}.`);
    }
    assertFinite(features, dim, 'Feature');
    for (let first = 0; first < n; first += DEPTH)
      this.addProducts(features.subarray(first * dim, (first + DEPTH) * dim));
    for (let start = 0; start < features.length; start += dim) {
      for (let i = 0; i < dim; i++) sum[i]! += features[start + i]!;
    }
    this.n += n;
  }

  /** Adds the products of up to DEPTH vectors in one pass over the sums, which do not fit into the processor's caches. */
  private addProducts(features: Float32Array | Float64Array): void {
    const { dim, work, products, vectors } = this;
    const count = features.length / dim;
    for (let i = 0; i < count; i++) vectors.data.set(features.subarray(i * dim, (i + 1) * dim), i * vectors.stride);
    const rows = { matrix: vectors, rows: dim, transposed: true };
    addProduct(work, products, rows, rows, count, { triangle: 'lower' });
  }

  /** The products x_i x_j for j <= i. */
  private row(i: number): Float64Array {
    const { data, stride } = this.products;
    return data.subarray(i * stride, i * stride + i + 1);
  }

  /**
   * Returns a copy of the sums, for another process to continue from or to merge.
   *
   * @see {@link FeatureStatistics.from}
   */
  state(): FeatureStatisticsState {
    const { dim } = this;
    const products = new Float64Array(dim * dim);
    for (let i = 0; i < dim; i++) products.set(this.row(i), i * dim);
    return { dim, count: this.n, sum: this.sum.slice(), products };
  }

  /**
   * Restores statistics from the result of {@link FeatureStatistics.state}.
   *
   * @throws if the lengths of the arrays do not match `dim`, or `count` is not a whole number
   */
  static from({ dim, count, sum, products }: FeatureStatisticsState): FeatureStatistics {
    if (sum.length !== dim || products.length !== dim * dim || !(Number.isSafeInteger(count) && count >= 0)) {
      throw new Error(
        `${count} vectors, ${sum.length} sums and ${products.length} products are not a state of statistics of ${dim} features.`,
      );
    }
    const statistics = new FeatureStatistics(dim);
    statistics.n = count;
    statistics.sum.set(sum);
    for (let i = 0; i < dim; i++) statistics.row(i).set(products.subarray(i * dim, i * dim + i + 1));
    return statistics;
  }

  /**
   * Adds the vectors of other statistics.
   *
   * @throws if they have another length
   */
  merge(other: FeatureStatistics): void {
    if (other.dim !== this.dim) {
      throw new Error(`Cannot merge statistics of ${other.dim} features into statistics of ${this.dim} features.`);
    }
    for (let i = 0; i < this.sum.length; i++) this.sum[i]! += other.sum[i]!;
    for (let i = 0; i < this.dim; i++) {
      const [own, added] = [this.row(i), other.row(i)];
      for (let j = 0; j <= i; j++) own[j]! += added[j]!;
    }
    this.n += other.n;
  }

  /**
   * Returns the mean of the vectors, [dim].
   *
   * @throws if there are no vectors
   */
  mean(): Float64Array {
    if (this.n === 0) throw new Error('There are no images to compute a mean of.');
    return this.sum.map((value) => value / this.n);
  }

  /**
   * Returns the covariance of the vectors, [dim, dim].
   *
   * @param options.divisor `n-1` (default; unbiased, as in EDM's fid.py) or `n` (as in StyleGAN's metrics)
   * @throws if there are fewer than 2 vectors, or none with divisor `n`
   */
  covariance({ divisor = 'n-1' }: { divisor?: 'n-1' | 'n' } = {}): Float64Array {
    const { dim, n } = this;
    const by = divisor === 'n' ? n : n - 1;
    if (by < 1) throw new Error(`A covariance needs at least ${divisor === 'n' ? 1 : 2} images, not ${n}.`);
    const mean = this.mean();
    const covariance = new Float64Array(dim * dim);
    for (let i = 0; i < dim; i++) {
      const products = this.row(i);
      for (let j = 0; j <= i; j++) {
        const value = (products[j]! - n * mean[i]! * mean[j]!) / by;
        covariance[i * dim + j] = value;
        covariance[j * dim + i] = value;
      }
    }
    return covariance;
  }

  /**
   * Returns mean and covariance together.
   *
   * @param options see {@link FeatureStatistics.covariance}
   * @throws as {@link FeatureStatistics.covariance} does
   */
  moments(options: { divisor?: 'n-1' | 'n' } = {}): GaussianMoments {
    return { mean: this.mean(), covariance: this.covariance(options) };
  }
}
