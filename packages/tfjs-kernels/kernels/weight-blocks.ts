/** Bytes of the 8 columns that are multiplied at a time. */
export const BLOCK: usize = 32;

/**
 * Whether weights are first sorted by block. Where rows are long, those of a block are so far apart that they share few lines of the
 * caches; sorting takes as long as multiplying some tens of pixels.
 */
export function areSorted(columns: i32, pixels: i32): bool {
  return columns > 128 || (columns > 64 && pixels > 64);
}

/** Sorts a matrix by blocks of 8 columns: [columns / 8, rows, 8]. */
export function sortBlocks(matrix: usize, rows: i32, columns: i32, out: usize): void {
  const row = (<usize>columns) << 2;
  const step = <usize>rows * BLOCK;
  for (let i = 0; i < rows; i++) {
    let to = out;
    for (let c: usize = 0; c < row; c += BLOCK) {
      v128.store(to, v128.load(matrix + c));
      v128.store(to, v128.load(matrix + c, 16), 16);
      to += step;
    }
    matrix += row;
    out += BLOCK;
  }
}
