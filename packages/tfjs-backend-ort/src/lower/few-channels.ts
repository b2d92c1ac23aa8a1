import type { Builder } from './builder.js';
import { roundUp, toPlain } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';

/**
 * Whether an image has fewer channels than a block. A blocked convolution then reads planes (NCHW) and weights in another order,
 * instead of a block that is mostly zeros: of one channel, it multiplies a sixteenth.
 */
export const hasFewChannels = (b: Builder, { shape }: LoweredTensor): boolean => shape[3]! < b.block;

/** The planes of such an image, [N,C,H,W]. */
export const fewPlanes = (b: Builder, x: LoweredTensor): GraphValue => b.transpose(toPlain(b, x), [0, 3, 1, 2]);

/** Weights [kh,kw,I,O] as such a convolution reads them: [blocks of O, I, kh, kw, O in the block], named [O,I,kh,kw]. */
export function weightsOfFew(b: Builder, weights: LoweredTensor): GraphValue {
  const [kh, kw, inputs, o] = weights.shape as [number, number, number, number];
  const outputs = roundUp(o, b.block);
  const padded = b.pad(toPlain(b, weights, [kh * kw, inputs, o]), [0, 0, 0], [0, 0, outputs - o]);
  const blocks = b.view(padded, [kh * kw, inputs, outputs / b.block, b.block]);
  return b.view(b.transpose(blocks, [2, 1, 0, 3]), [outputs, inputs, kh, kw]);
}

/** The same of rotated weights [taps,I,O] for the gradient, whose input has O channels and whose output has I. */
export function rotatedWeightsOfFew(b: Builder, rotated: GraphValue, kernel: readonly number[]): GraphValue {
  const [taps, i, inputs] = rotated.dims as [number, number, number];
  const outputs = roundUp(i, b.block);
  const padded = b.pad(rotated, [0, 0, 0], [0, outputs - i, 0]);
  const blocks = b.view(padded, [taps, outputs / b.block, b.block, inputs]);
  return b.view(b.transpose(blocks, [1, 3, 0, 2]), [outputs, inputs, ...kernel]);
}
