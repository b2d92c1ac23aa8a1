import type { Builder } from './builder.js';
import { fewPlanes, hasFewChannels, rotatedWeightsOfFew, weightsOfFew } from './few-channels.js';
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
  const added = bias && toPlain(b, bias);
  const outputs = weights.shape[3]!;
  if (hasFewChannels(b, x)) {
    return convolveFew(b, x, weightsOfFew(b, weights), added, geometry, shape);
  }
  return convolveBlocked(b, x, outputs, weightBlocks(b, weights), added, geometry, shape);
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
  if (hasFewChannels(b, dy)) {
    return convolveFew(b, dy, rotatedWeightsOfFew(b, rotated, kernel), undefined, geometry, shape);
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
  shape: readonly number[],
): LoweredTensor {
  const filter = rowFilterOf(b, x.shape, channels, geometry);
  if (filter) {
    const kernels = rowKernels(b, weights, filter);
    return biased(b, shape, bias, (added) => convolveByRows(b, toBlocked(b, x), kernels, added, filter));
  }
  const kernel = wholeKernel(b, weights, geometry.kernel);
  return biased(
    b,
    shape,
    bias,
    convolution(b, () => toPaddedBlocked(b, x), kernel, geometry, shape),
  );
}

/** A convolution of fewer channels than a block. */
function convolveFew(
  b: Builder,
  x: LoweredTensor,
  kernel: GraphValue,
  bias: GraphValue | undefined,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  return biased(
    b,
    shape,
    bias,
    convolution(b, () => fewPlanes(b, x), kernel, geometry, shape),
  );
}

const convolution =
  (b: Builder, image: () => GraphValue, kernel: GraphValue, geometry: Geometry, [n, h, w]: readonly number[]) =>
  (bias: GraphValue | null) =>
    b.imageNode(
      'Conv',
      [image(), kernel, ...(bias ? [bias] : [])],
      [n!, kernel.dims[0]!, h!, w!],
      attributes(geometry),
    );

/** The result of a convolution. One whose bias is not known yet is emitted later, by what adds it. */
function biased(
  b: Builder,
  shape: readonly number[],
  bias: GraphValue | undefined,
  convolved: (bias: GraphValue | null) => GraphValue,
): LoweredTensor {
  const channels = shape[3]!;
  const extra = roundUp(channels, b.block) - channels;
  const emit = (added: GraphValue | null) => convolved(added && b.pad(b.view(added, [channels]), [0], [extra]));
  if (extra !== 0) return b.tensor(unblock(b, emit(bias ?? null), channels));
  if (bias) return fromBlocked(emit(bias));
  return { shape, dtype: 'float32', deferred: b.withCurrentLabel(emit) };
}
