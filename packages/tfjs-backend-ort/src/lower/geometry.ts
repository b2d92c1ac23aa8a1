import type { backend_util } from '@tensorflow/tfjs-core';

/** The geometry of a convolution, as ONNX's Conv needs it. */
export interface Geometry {
  kernel: readonly [number, number];
  strides: readonly [number, number];
  dilations: readonly [number, number];
  /** top, left, bottom, right */
  pads: readonly [number, number, number, number];
}

export function geometryOf(info: backend_util.Conv2DInfo): Geometry {
  return {
    kernel: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [info.padInfo.top, info.padInfo.left, info.padInfo.bottom, info.padInfo.right],
  };
}

/**
 * Checks that a window fits into the padded image.
 *
 * @throws Error that names the operation and the shapes, if it does not
 */
export function checkWindow(
  name: string,
  x: readonly number[],
  filter: readonly number[],
  out: readonly number[],
): void {
  if (out.every((d) => d >= 0)) return;
  throw new Error(
    `${name}: a window of [${filter}] does not fit into the input [${x}] (the output would be [${out}]).`,
  );
}

/** Whether the output has the size that ONNX computes. (tfjs rounds differently for explicit padding and 'ceil'.) */
export function hasStandardSize(info: backend_util.Conv2DInfo): boolean {
  const { pads, strides } = geometryOf(info);
  const size = (length: number, pad: number, window: number, stride: number) =>
    Math.floor((length + pad - window) / stride) + 1;
  return (
    info.outHeight === size(info.inHeight, pads[0] + pads[2], info.effectiveFilterHeight, strides[0]) &&
    info.outWidth === size(info.inWidth, pads[1] + pads[3], info.effectiveFilterWidth, strides[1]) &&
    info.outHeight > 0 &&
    info.outWidth > 0
  );
}

/**
 * The geometry of the convolution that computes the gradient of a stride-1 convolution with respect to its input. Its padding
 * is the reach of the kernel minus the padding of the forward pass. Null if that is negative, or if the stride is not 1.
 */
export function inputGradientGeometry(
  geometry: Geometry,
  x: readonly number[],
  dy: readonly number[],
): Geometry | null {
  const { kernel, strides, dilations, pads } = geometry;
  const reach = [0, 1].map((i) => (kernel[i]! - 1) * dilations[i]!) as [number, number];
  const [top, left] = [reach[0] - pads[0], reach[1] - pads[1]];
  const backwardPads = [top, left, x[1]! - dy[1]! - top + reach[0], x[2]! - dy[2]! - left + reach[1]] as const;
  if (strides.some((s) => s !== 1) || backwardPads.some((p) => p < 0)) return null;
  return { kernel, dilations, strides, pads: backwardPads };
}
