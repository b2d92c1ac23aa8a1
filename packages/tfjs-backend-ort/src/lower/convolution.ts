import type { Builder } from './builder.js';
import type { Geometry } from './geometry.js';
import { fromBlocked, roundUp, toBlocked, toPaddedBlocked, toPlain, unblock } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';
import { rotatedWeightBlocks, rowKernels, weightBlocks, type WeightBlocks, wholeKernel } from './weight-blocks.js';
import { convolveByRows, rowFilterOf } from './winograd.js';

const attributes = ({ kernel, strides, dilations, pads }: Geometry) => ({
  kernel_shape: kernel,
  strides,
  dilations,
  pads,
});

/** Convolution of x [N,H,W,I] with weights [kh,kw,I,O]. The convolution itself adds the bias [O]. */
export function convolve(
  b: Builder,
  x: LoweredTensor,
  weights: LoweredTensor,
  bias: LoweredTensor | undefined,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  if (b.block === 0) {
    const kernel = b.transpose(toPlain(b, weights), [3, 2, 0, 1]);
    return convolvePlain(b, toPlain(b, x), kernel, bias && toPlain(b, bias), geometry, shape);
  }
  const blocks = weightBlocks(b, weights);
  return convolveBlocked(b, x, weights.shape[3]!, blocks, bias && toPlain(b, bias), geometry, shape);
}

/**
 * Gradient of a stride-1 convolution with respect to its input: a convolution of dy with the weights rotated by 180 degrees,
 * and with input and output channels swapped. It is twice as fast as ConvTranspose.
 *
 * @param geometry the result of `inputGradientGeometry`
 */
export function convolveInputGradient(
  b: Builder,
  dy: LoweredTensor,
  weights: LoweredTensor,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  const { kernel } = geometry;
  const taps = kernel[0] * kernel[1];
  const [inputs, outputs] = weights.shape.slice(2) as [number, number];
  const rotated = b.reverse(toPlain(b, weights, [taps, inputs, outputs]));
  if (b.block === 0) {
    const kernelValue = b.view(b.transpose(rotated, [1, 2, 0]), [inputs, outputs, ...kernel]);
    return convolvePlain(b, toPlain(b, dy), kernelValue, undefined, geometry, shape);
  }
  return convolveBlocked(b, dy, inputs, rotatedWeightBlocks(b, rotated), undefined, geometry, shape);
}

function convolvePlain(
  b: Builder,
  x: GraphValue,
  kernel: GraphValue,
  bias: GraphValue | undefined,
  geometry: Geometry,
  [n, h, w, c]: readonly number[],
): LoweredTensor {
  const out = convolveNchw(b, b.transpose(x, [0, 3, 1, 2]), kernel, bias, geometry, [n!, c!, h!, w!]);
  return b.tensor(b.transpose(out, [0, 2, 3, 1]));
}

/** The standard convolution of [N,C,H,W] with weights [O,C/groups,kh,kw]. */
export function convolveNchw(
  b: Builder,
  x: GraphValue,
  weights: GraphValue,
  bias: GraphValue | undefined,
  geometry: Geometry,
  dims: readonly number[],
  group = 1,
): GraphValue {
  const [top, left, bottom, right] = geometry.pads;
  const isPixelOrImage = geometry.kernel.every((k) => k === 1) || geometry.kernel.every((k, i) => k === x.dims[i + 2]);
  const padFirst = !b.dialect.padsBehind && isPixelOrImage && top === 0 && left === 0;
  const image = padFirst ? b.pad(x, [0, 0, 0, 0], [0, 0, bottom, right]) : x;
  const pads = padFirst ? [0, 0, 0, 0] : geometry.pads;
  const inputs = group === 1 ? withUsableChannels(b, image, weights) : [image, weights];
  return b.node('Conv', [...inputs, ...(bias ? [bias] : [])], dims, {
    attributes: { ...attributes(geometry), pads, group },
  });
}

/** Image and weights with channels of zeros added, where Conv would compute their own number of channels wrong. */
function withUsableChannels(b: Builder, x: GraphValue, weights: GraphValue): GraphValue[] {
  const channels = x.dims[1]!;
  const isUsable = b.dialect.convolvesThrees || channels % 3 !== 0 || channels % 4 === 0 || channels === 3;
  if (isUsable) return [x, weights];
  const none = [0, 0, 0, 0];
  const added = [0, roundUp(channels, 4) - channels, 0, 0];
  return [b.pad(x, none, added), b.pad(weights, none, added)];
}

function convolveBlocked(
  b: Builder,
  x: LoweredTensor,
  channels: number,
  weights: WeightBlocks,
  bias: GraphValue | undefined,
  geometry: Geometry,
  [n, h, w, c]: readonly number[],
): LoweredTensor {
  const outputs = roundUp(channels, b.block);
  const filter = rowFilterOf(b, x.shape, channels, geometry);
  const kernels = filter ? rowKernels(b, weights, filter) : [wholeKernel(b, weights, geometry.kernel)];
  const emit = (added: GraphValue | null) => {
    const bias = added && b.pad(b.view(added, [c!]), [0], [outputs - c!]);
    if (filter) return convolveByRows(b, toBlocked(b, x), kernels, bias, filter);
    const inputs = [toPaddedBlocked(b, x), kernels[0]!, ...(bias ? [bias] : [])];
    return b.imageNode('Conv', inputs, [n!, outputs, h!, w!], attributes(geometry));
  };
  if (outputs !== c) return b.tensor(unblock(b, emit(bias ?? null), c!));
  if (bias) return fromBlocked(emit(bias));
  return { shape: [n!, h!, w!, c], dtype: 'float32', deferred: b.withCurrentLabel(emit) };
}
