import type { Builder } from './builder.js';
import { convolveNchw } from './convolution.js';
import type { Geometry } from './geometry.js';
import { fromNchw, toNchw, toPlain } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';

// Operands are rounded to float16, and the results converted back. An operand that several operations read is rounded once.

/** Convolution of x [N,H,W,I] with weights [kh,kw,I,O]. */
export function halfConvolve(
  b: Builder,
  x: LoweredTensor,
  weights: LoweredTensor,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  const kernel = b.transpose(roundPlain(b, weights), [3, 2, 0, 1]);
  return convolveRounded(b, x, kernel, geometry, shape);
}

/**
 * Gradient of a convolution with respect to its input: a convolution of dy with the weights rotated by 180 degrees, and with
 * input and output channels swapped.
 *
 * @param geometry the result of `inputGradientGeometry`
 */
export function halfInputGradient(
  b: Builder,
  dy: LoweredTensor,
  weights: LoweredTensor,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  const [kh, kw, inputs, outputs] = weights.shape as [number, number, number, number];
  const rotated = b.reverse(b.view(roundPlain(b, weights), [kh * kw, inputs, outputs]));
  const kernel = b.view(b.transpose(rotated, [1, 2, 0]), [inputs, outputs, kh, kw]);
  return convolveRounded(b, dy, kernel, geometry, shape);
}

/** Gradient of a convolution of stride 1 with respect to its weights [kh,kw,I,O]: one matrix product for each tap. */
export function halfFilterGradient(
  b: Builder,
  x: LoweredTensor,
  dy: LoweredTensor,
  { kernel: [kh, kw], pads }: Geometry,
  shape: readonly number[],
): LoweredTensor {
  const [n, , , inputs] = x.shape as [number, number, number, number];
  const [, height, width, outputs] = dy.shape as [number, number, number, number];
  const pixels = n * height * width;
  const gradients = b.view(roundPlain(b, dy), [pixels, outputs]);
  const padded = b.pad(roundPlain(b, x), [0, pads[0], pads[1], 0], [0, pads[2], pads[3], 0]);
  const taps = Array.from({ length: kh * kw }, (_, k) => {
    const [top, left] = [Math.floor(k / kw), k % kw];
    const window = b.slice(b.slice(padded, 1, top, top + height), 2, left, left + width);
    return b.view(b.matMul(b.view(window, [pixels, inputs]), gradients, true), [1, inputs, outputs]);
  });
  return b.tensor(b.view(b.cast(b.concat(taps, 0), 'float32'), shape));
}

/** Matrix product over the last two axes. */
export function halfMatMul(
  b: Builder,
  x: LoweredTensor,
  y: LoweredTensor,
  transposeX: boolean,
  transposeY: boolean,
): LoweredTensor {
  return b.tensor(b.cast(b.matMul(roundPlain(b, x), roundPlain(b, y), transposeX, transposeY), 'float32'));
}

function convolveRounded(
  b: Builder,
  x: LoweredTensor,
  kernel: GraphValue,
  geometry: Geometry,
  [n, h, w, c]: readonly number[],
): LoweredTensor {
  const image = b.cast(toNchw(b, x), 'float16');
  const out = convolveNchw(b, image, kernel, undefined, geometry, [n!, c!, h!, w!]);
  return fromNchw(b, b.cast(out, 'float32'));
}

function roundPlain(b: Builder, x: LoweredTensor): GraphValue {
  return b.cast(toPlain(b, x), 'float16');
}
