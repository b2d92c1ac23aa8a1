import type { Builder } from './builder.js';
import { NCHWC } from './graph-writer.js';
import { block, roundUp, toPlain } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';
import { combineKernelRows, type RowFilter } from './winograd.js';

/**
 * The weights of a convolution in blocks of input and output channels, [taps, A, B, block*block]. The layout that a blocked
 * convolution reads (OIHW16i16o) is an order of these blocks.
 */
export interface WeightBlocks {
  blocks: GraphValue;
  /** The axis of the blocks of output channels: A or B. */
  outputAxis: 1 | 2;
}

/** The blocks of weights [kh,kw,I,O]. */
export function weightBlocks(b: Builder, weights: LoweredTensor): WeightBlocks {
  const [kh, kw, i, o] = weights.shape as [number, number, number, number];
  const taps = kh * kw;
  const [ip, op] = [roundUp(i, b.block), roundUp(o, b.block)];
  const flat = padChannels(b, toPlain(b, weights, [taps, i, o]), ip, op);
  if (b.block === 1) return { blocks: b.view(flat, [taps, ip, op, 1]), outputAxis: 2 };
  const gathered = block(b, b.view(flat, [(taps * ip) / b.block, 1, b.block, op]));
  return {
    blocks: b.view(gathered, [taps, ip / b.block, op / b.block, b.block * b.block]),
    outputAxis: 2,
  };
}

/** The blocks of rotated weights [taps,I,O] for the gradient, whose input has O channels and whose output has I. */
export function rotatedWeightBlocks(b: Builder, rotated: GraphValue): WeightBlocks {
  const [taps, i, o] = rotated.dims as [number, number, number];
  const [ip, op] = [roundUp(i, b.block), roundUp(o, b.block)];
  const padded = b.view(padChannels(b, rotated, ip, op), [taps, ip, 1, op]);
  // ReorderInput is a fast blocked transposition of the last two axes.
  const reordered = b.block === 1 ? padded : b.node('ReorderInput', [padded], padded.dims, { domain: NCHWC });
  return { blocks: b.view(reordered, [taps, ip / b.block, op / b.block, b.block * b.block]), outputAxis: 1 };
}

const padChannels = (b: Builder, weights: GraphValue, i: number, o: number) =>
  b.pad(weights, [0, 0, 0], [0, i - weights.dims[1]!, o - weights.dims[2]!]);

/** The whole kernel as a blocked [O,I,kh,kw]. */
export function wholeKernel(b: Builder, { blocks, outputAxis }: WeightBlocks, kernel: readonly number[]): GraphValue {
  const inputAxis = 3 - outputAxis;
  const sorted = b.transpose(blocks, [outputAxis, inputAxis, 0, 3]);
  return b.view(sorted, [blocks.dims[outputAxis]! * b.block, blocks.dims[inputAxis]! * b.block, ...kernel]);
}

/** The combinations of rows of a 3x3 kernel for Winograd's algorithm, each a blocked [O,I,1,3]. */
export function rowKernels(b: Builder, { blocks, outputAxis }: WeightBlocks, filter: RowFilter): GraphValue[] {
  const inputAxis = 3 - outputAxis;
  const [, first, second, size] = blocks.dims as [number, number, number, number];
  // [row, blocks of O, blocks of I, column, block*block]
  const rows = b.transpose(b.view(blocks, [3, 3, first, second, size]), [0, outputAxis + 1, inputAxis + 1, 1, 4]);
  const dims = [rows.dims[1]! * b.block, rows.dims[2]! * b.block, 1, 3];
  return combineKernelRows(b, rows, filter).map((kernel) => b.view(kernel, dims));
}
