import { dotProducts, sliceRows, squaredNorms, toFeatureRows, type FeatureRows } from './feature-rows.js';

/** Precision and recall, 0 to 1; higher is better. */
export interface PrecisionRecall {
  /** Fraction of the generated images that lie among the real ones. */
  precision: number;
  /** Fraction of the real images that lie among the generated ones. */
  recall: number;
}

/** Distances are computed block by block, to bound the memory. */
const BLOCK = { rows: 1000, columns: 8000 };

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019): an image lies among the images of a set if, for one of
 * them, it is no farther away than that one's k-th nearest neighbor in the set. Its time is proportional to
 * n^2 + m^2 + n * m. Runs on the current tfjs backend.
 *
 * @param real features of the real images, [n, dim]
 * @param generated features of the generated images, [m, dim]
 * @param dim length of a feature vector
 * @param options.k which neighbor; default 3, as in the publication
 * @throws if a set has `k` images or fewer, its length is not a multiple of `dim`, or a feature is NaN or infinite
 */
export async function precisionRecall(
  real: Float32Array,
  generated: Float32Array,
  dim: number,
  { k = 3 }: { k?: number } = {},
): Promise<PrecisionRecall> {
  for (const features of [real, generated]) {
    if (features.length % dim !== 0 || features.length <= k * dim) {
      throw new Error(
        `Precision and recall need more than ${k} feature vectors of length ${dim}; one set has ${features.length} numbers.`,
      );
    }
  }
  const [a, b] = [toFeatureRows(real, dim), toFeatureRows(generated, dim)];
  return {
    precision: await fractionInside(b, a, await neighborDistances(a, k)),
    recall: await fractionInside(a, b, await neighborDistances(b, k)),
  };
}

/** Squared distance of each point to its k-th nearest neighbor. */
async function neighborDistances(points: FeatureRows, k: number): Promise<Float64Array> {
  /** The k smallest distances of each point so far, ascending, [count, k] */
  const nearest = new Float64Array(points.count * k).fill(Infinity);
  await forEachBlock(points, points, (distances, row, column, columns) => {
    const list = nearest.subarray(row * k, (row + 1) * k);
    for (let j = 0; j < columns; j++) if (column + j !== row) insertSorted(list, distances[j]!);
  });
  return Float64Array.from({ length: points.count }, (_, i) => nearest[(i + 1) * k - 1]!);
}

/** Inserts a number into a short ascending list and drops the largest. */
function insertSorted(list: Float64Array, value: number): void {
  let at = list.length - 1;
  if (value >= list[at]!) return;
  for (; at > 0 && list[at - 1]! > value; at--) list[at] = list[at - 1]!;
  list[at] = value;
}

/**
 * Fraction of `points` inside one of the balls around `centers`.
 *
 * @param radii squared radii, [centers.count]
 */
async function fractionInside(points: FeatureRows, centers: FeatureRows, radii: Float64Array): Promise<number> {
  const inside = new Uint8Array(points.count);
  await forEachBlock(points, centers, (distances, row, column, columns) => {
    for (let j = 0; j < columns && inside[row] === 0; j++) if (distances[j]! <= radii[column + j]!) inside[row] = 1;
  });
  return inside.reduce((a, b) => a + b, 0) / points.count;
}

/**
 * Computes the squared distances |x|^2 + |y|^2 - 2 x.y from all points of `a` to all points of `b`.
 *
 * @param visit receives the distances from point `row` of `a` to `columns` points of `b`, starting at `column`; the
 *   array is reused
 */
async function forEachBlock(
  a: FeatureRows,
  b: FeatureRows,
  visit: (distances: Float64Array, row: number, column: number, columns: number) => void,
): Promise<void> {
  const [normsA, normsB] = [squaredNorms(a), squaredNorms(b)];
  const distances = new Float64Array(BLOCK.columns);
  for (let row = 0; row < a.count; row += BLOCK.rows) {
    const rows = sliceRows(a, row, Math.min(row + BLOCK.rows, a.count));
    for (let column = 0; column < b.count; column += BLOCK.columns) {
      const columns = sliceRows(b, column, Math.min(column + BLOCK.columns, b.count));
      const products = await dotProducts(rows, columns);
      for (let i = 0; i < rows.count; i++) {
        const from = i * columns.count;
        for (let j = 0; j < columns.count; j++) {
          distances[j] = Math.max(0, normsA[row + i]! + normsB[column + j]! - 2 * products[from + j]!);
        }
        visit(distances, row + i, column, columns.count);
      }
    }
  }
}
