/** Rows and columns of a tile of a product. All arrays of kernels have a multiple of it as their row length. */
export const TILE = 4;

/** Rounds a number of rows or columns up to whole tiles. */
export function padToTiles(count: number): number {
  return Math.ceil(count / TILE) * TILE;
}

/** A row-major matrix, or a part of one. */
export interface Matrix {
  data: Float64Array;
  /** Index of the first element. */
  at: number;
  /** Elements from one row to the next. */
  stride: number;
}

/** A vector in an array. */
export interface Vector {
  data: Float64Array;
  /** Index of the first element. */
  at: number;
}

/** The terms of a sum that {@link Kernels.addTiles} adds, by their number in the packed rows. */
export interface Terms {
  /** Number of terms in the packed rows. */
  depth: number;
  /** The first. */
  from: number;
  /** The one after the last. */
  to: number;
  /** The first in which the rows of tile t of `b` are not zero is `bFrom + t * bStep`. */
  bFrom: number;
  bStep: number;
}

/**
 * The loops in which the time is spent, in float64. An implementation sums in an order of its own, so that results of two
 * implementations are equal within rounding.
 *
 * All arrays come from {@link Kernels.allocate}, and sizes in columns are whole tiles.
 */
export interface Kernels {
  /** Returns an array of zeros that the kernels can read and write. */
  allocate(length: number): Float64Array;
  /**
   * Adds A B' to a row of tiles.
   *
   * @param out at the first tile
   * @param a one packed tile of rows, [depth, TILE]
   * @param b packed tiles of rows, [tiles, depth, TILE]
   */
  addTiles(out: Matrix, a: Vector, b: Vector, tiles: number, terms: Terms): void;
  /**
   * Computes A x.
   *
   * @param matrix symmetric, [size, size]; only the upper triangle is read
   * @param out overwritten, [size]
   */
  symmetricProduct(matrix: Matrix, size: number, x: Vector, out: Vector): void;
  /**
   * Computes A x.
   *
   * @param matrix [rows, columns]
   * @param out overwritten, [rows]
   */
  product(matrix: Matrix, rows: number, columns: number, x: Vector, out: Vector): void;
  /**
   * Adds multiples of the rows of a matrix to a vector.
   *
   * @param matrix [rows, columns]
   * @param factors [rows]
   * @param out [columns]
   */
  addRows(matrix: Matrix, rows: number, columns: number, factors: Vector, out: Vector): void;
}
