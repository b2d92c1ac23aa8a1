import type * as tf from '@tensorflow/tfjs-core';

/** A workgroup computes a block of this many rows of the result and iterates over the other side's tokens, one per thread. */
const BLOCK_ROWS = 8;
export const TILE_TOKENS = 64;

/**
 * How a workgroup of the attention kernels divides the channels; it is part of the shader. (Sums in a loop start as
 * `array<Vec, ROWS>()`. Declared without a value they keep that of the previous iteration on SwiftShader, against WGSL's
 * rules.)
 */
export interface Tiling {
  /** Elements per token: vectors of 4 channels if their number is a multiple of 4, else single channels. */
  width: number;
  elementType: 'vec4f' | 'f32';
  declarations: string;
}

/** @param channels number of channels of a token */
export function tiling(channels: number): Tiling {
  const isVector = channels % 4 === 0;
  const width = isVector ? channels / 4 : channels;
  const elementType = isVector ? 'vec4f' : 'f32';
  // Each thread accumulates some columns of some rows.
  const columns = Math.min(width, TILE_TOKENS);
  const rowLanes = Math.min(BLOCK_ROWS, Math.floor(TILE_TOKENS / columns));
  const declarations = `
    alias Vec = ${elementType};
    const WIDTH = ${width}u;
    const ROWS = ${BLOCK_ROWS}u;
    const TOKENS = ${TILE_TOKENS}u;
    const COLUMNS = ${columns}u;
    const ROW_LANES = ${rowLanes}u;
    const ROWS_EACH = ${Math.ceil(BLOCK_ROWS / rowLanes)}u;
    const COLUMNS_EACH = ${Math.ceil(width / columns)}u;
    alias Sums = array<Vec, ${Math.ceil(BLOCK_ROWS / rowLanes) * Math.ceil(width / columns)}>;
    fn total(x: Vec) -> f32 { return ${isVector ? 'dot(x, Vec(1.0))' : 'x'}; }`;
  return { width, elementType, declarations };
}

/** Runs `code` for every element of the block that the thread accumulates: its own index `at`, its `row` and `column`. */
export function forOwnElements(code: string): string {
  return `
    for (var r = 0u; r < ROWS_EACH; r++) {
      let row = thread / COLUMNS + r * ROW_LANES;
      if (thread >= COLUMNS * ROW_LANES || row >= ROWS) { continue; }
      for (var c = 0u; c < COLUMNS_EACH; c++) {
        let column = thread % COLUMNS + c * COLUMNS;
        if (column >= WIDTH) { continue; }
        let at = r * COLUMNS_EACH + c;
        ${code}
      }
    }`;
}

/** Adds the tile's tokens, `values` times their `weights` for each row, to the thread's `sums`. The tile starts at `base`. */
export function addTokens(sums: string, weights: string, values: string): string {
  return `
    for (var token = 0u; token < min(TOKENS, uniforms.tokens - base); token++) {
      for (var c = 0u; c < COLUMNS_EACH; c++) {
        let column = thread % COLUMNS + c * COLUMNS;
        if (thread >= COLUMNS * ROW_LANES || column >= WIDTH) { continue; }
        let value = ${values}[(image * uniforms.tokens + base + token) * WIDTH + column];
        for (var r = 0u; r < ROWS_EACH; r++) {
          let row = min(thread / COLUMNS + r * ROW_LANES, ROWS - 1u);
          ${sums}[r * COLUMNS_EACH + c] += ${weights}[row * TOKENS + token] * value;
        }
      }
    }`;
}

/** The position of the workgroup's block. A row beyond the last one repeats the last one and is not written. */
export const BLOCK_POSITION = `
  let blocks = (uniforms.tokens + ROWS - 1u) / ROWS;
  let image = workgroup / blocks;
  let first = (workgroup % blocks) * ROWS;`;

/** Index of a row of the block in a tensor [B, T, WIDTH]. */
export const rowStart = (row: string) =>
  `(image * uniforms.tokens + min(first + ${row}, uniforms.tokens - 1u)) * WIDTH`;
/** Index of the thread's token of the tile in such a tensor. */
export const TOKEN_START = `(image * uniforms.tokens + min(base + thread, uniforms.tokens - 1u)) * WIDTH`;

export const ATTENTION_NUMBERS = { tokens: 'u32', scale: 'f32' } as const;

/**
 * Computes the size of the work from q, k and v, each [B, T, c].
 *
 * @throws Error if the three differ in shape
 */
export function attentionWork(q: tf.TensorInfo, k: tf.TensorInfo, v: tf.TensorInfo) {
  const [images, tokens, channels] = q.shape as [number, number, number];
  const isSame = [k, v].every(({ shape }) => shape.length === 3 && shape.every((size, i) => size === q.shape[i]));
  if (q.shape.length !== 3 || !isSame) {
    throw new Error(`Attention: q [${q.shape}], k [${k.shape}] and v [${v.shape}] must have the same shape [B,T,c].`);
  }
  return {
    channels,
    numbers: { tokens, scale: 1 / Math.sqrt(channels) },
    workgroups: images * Math.ceil(tokens / BLOCK_ROWS),
  };
}
