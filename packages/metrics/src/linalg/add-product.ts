import { padToTiles, TILE, type Matrix, type Vector } from './kernels/kernels.js';
import { BLOCK, DEPTH, type Workspace } from './workspace.js';

/** An operand of a product of rows with rows. */
export interface Operand {
  matrix: Matrix;
  rows: number;
  /** Whether the rows of the operand are the columns of `matrix`. Default: false. */
  transposed?: boolean;
  /** The triangle that is not zero. Elements outside are not read. Default: all. */
  triangle?: 'upper' | 'lower';
}

/** Options of {@link addProduct}. */
export interface ProductOptions {
  /** Whether to subtract. Default: false. */
  negative?: boolean;
  /** Whether to compute only a triangle of the result; the rest is undefined. Default: all. */
  triangle?: 'upper' | 'lower';
}

/**
 * Adds A B', the dot products of all rows of `a` with all rows of `b`, to a matrix. Computed in tiles, because a single
 * sum would stall on the latency of its own additions.
 *
 * @param out [a.rows, b.rows], with room for whole tiles
 * @param depth length of the rows
 */
export function addProduct(
  { kernels, packed }: Workspace,
  out: Matrix,
  a: Operand,
  b: Operand & { triangle?: 'upper' },
  depth: number,
  { negative = false, triangle }: ProductOptions = {},
): void {
  for (let from = 0; from < depth; from += DEPTH) {
    const to = Math.min(from + DEPTH, depth);
    const width = to - from;
    const first = a.triangle === 'lower' ? from - (from % TILE) : 0;
    const last = a.triangle === 'upper' ? Math.min(a.rows, to) : a.rows;
    pack(packed.a, a, { first, last, from, to, sign: negative ? -1 : 1 });
    const columns = b.triangle === 'upper' ? Math.min(b.rows, to) : b.rows;
    for (let column = 0; column < columns; column += BLOCK) {
      const end = Math.min(column + BLOCK, columns);
      pack(packed.b, b, { first: column, last: end, from, to, sign: 1 });
      for (let row = first; row < last; row += TILE) {
        const start = triangle === 'upper' ? Math.max(column, row) : column;
        const stop = triangle === 'lower' ? Math.min(end, row + TILE) : end;
        if (start >= stop) continue;
        kernels.addTiles(
          { ...out, at: out.at + row * out.stride + start },
          { data: packed.a.data, at: (row - first) * width },
          { data: packed.b.data, at: (start - column) * width },
          Math.ceil((stop - start) / TILE),
          {
            depth: width,
            from: a.triangle === 'upper' ? Math.max(0, row - from) : 0,
            to: a.triangle === 'lower' ? Math.min(width, row + TILE - from) : width,
            bFrom: b.triangle === 'upper' ? start - from : 0,
            bStep: b.triangle === 'upper' ? TILE : 0,
          },
        );
      }
    }
  }
}

/** A part of an operand: rows `first` to `last`, terms `from` to `to`. */
interface Part {
  first: number;
  last: number;
  from: number;
  to: number;
  sign: 1 | -1;
}

/**
 * Packs a part of an operand in the order in which tiles read it: for each group of rows, term by term. The last group is
 * padded with zero rows.
 *
 * @param part its first row begins a tile
 */
function pack(out: Vector, { matrix, rows, transposed = false, triangle }: Operand, part: Part): void {
  const { first, last, from, to, sign } = part;
  const { data, at, stride } = matrix;
  const [alongRow, alongTerms] = transposed ? [1, stride] : [stride, 1];
  const end = Math.min(last, rows);
  for (let row = first; row < padToTiles(last); row++) {
    let target = (row - (row % TILE) - first) * (to - from) + (row % TILE);
    const begin = row >= end ? to : triangle === 'upper' ? Math.min(to, Math.max(from, row)) : from;
    const stop = triangle === 'lower' ? Math.max(begin, Math.min(to, row + 1)) : to;
    for (let k = from; k < begin; k++, target += TILE) out.data[target] = 0;
    let source = at + row * alongRow + begin * alongTerms;
    for (let k = begin; k < stop; k++, target += TILE, source += alongTerms) out.data[target] = sign * data[source]!;
    for (let k = stop; k < to; k++, target += TILE) out.data[target] = 0;
  }
}
