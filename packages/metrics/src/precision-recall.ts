import { dotProducts, featureRows, someRows, squaredNorms, type FeatureRows } from './pairwise.js';

/** Shares of images, 0 to 1. */
export interface PrecisionRecall {
  /** Share of the generated images that lie among the real ones. */
  precision: number;
  /** Share of the real images that lie among the generated ones. */
  recall: number;
}

/** Distances are computed for so many images and so many others at a time. */
const BLOCK = { rows: 1000, columns: 8000 };

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019): an image lies among others if, for one of them, it is no
 * farther away than that one's k-th nearest neighbour. Takes time in n * m and (n^2 + m^2), on the current tfjs backend.
 *
 * @param real `n * dim` features; @param generated `m * dim` features
 * @param k which neighbour, 3 in the publication
 * @throws if a set has no more than `k` images
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
  const [a, b] = [featureRows(real, dim), featureRows(generated, dim)];
  return {
    precision: await shareAmong(b, a, await neighbourDistances(a, k)),
    recall: await shareAmong(a, b, await neighbourDistances(b, k)),
  };
}

/** Squared distance of each point to its k-th nearest neighbour. */
async function neighbourDistances(points: FeatureRows, k: number): Promise<Float64Array> {
  /** The k least distances of each point so far, ascending. */
  const nearest = new Float64Array(points.count * k).fill(Infinity);
  await forEachBlock(points, points, (distances, row, column, columns) => {
    const list = nearest.subarray(row * k, (row + 1) * k);
    for (let j = 0; j < columns; j++) if (column + j !== row) insert(list, distances[j]!);
  });
  return Float64Array.from({ length: points.count }, (_, i) => nearest[(i + 1) * k - 1]!);
}

/** Puts a number into a short ascending list, whose last one leaves. */
function insert(list: Float64Array, value: number): void {
  let at = list.length - 1;
  if (value >= list[at]!) return;
  for (; at > 0 && list[at - 1]! > value; at--) list[at] = list[at - 1]!;
  list[at] = value;
}

/** Share of `points` that lie inside one of the balls around `centres`. */
async function shareAmong(points: FeatureRows, centres: FeatureRows, radii: Float64Array): Promise<number> {
  const inside = new Uint8Array(points.count);
  await forEachBlock(points, centres, (distances, row, column, columns) => {
    for (let j = 0; j < columns && inside[row] === 0; j++) if (distances[j]! <= radii[column + j]!) inside[row] = 1;
  });
  return inside.reduce((a, b) => a + b, 0) / points.count;
}

/**
 * Squared distances |x|^2 + |y|^2 - 2 x.y of all points of `a` to all of `b`.
 *
 * @param visit gets those of point `row` to `columns` points from `column` on, in an array that is used again
 */
async function forEachBlock(
  a: FeatureRows,
  b: FeatureRows,
  visit: (distances: Float64Array, row: number, column: number, columns: number) => void,
): Promise<void> {
  const [normsA, normsB] = [squaredNorms(a), squaredNorms(b)];
  const distances = new Float64Array(BLOCK.columns);
  for (let row = 0; row < a.count; row += BLOCK.rows) {
    const rows = someRows(a, row, Math.min(row + BLOCK.rows, a.count));
    for (let column = 0; column < b.count; column += BLOCK.columns) {
      const columns = someRows(b, column, Math.min(column + BLOCK.columns, b.count));
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
