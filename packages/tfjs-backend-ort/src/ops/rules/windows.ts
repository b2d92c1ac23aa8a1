import { backend_util } from '@tensorflow/tfjs-core';
import type { Attrs, TensorSpec } from '../../tensor-spec.js';
import { arePositive, firstViolation, isSameShape, isWhole, ranks, type Rule } from './rule.js';

/** Requires strides, dilations, window and padding in pixels. */
const window: Rule = (_inputs, { strides, dilations, pad, filterSize }) => {
  const wrong = Object.entries({ strides, dilations, filterSize }).find(([, v]) => v != null && !arePositive(v));
  if (wrong) return `${wrong[0]} must be whole numbers of at least 1, got ${JSON.stringify(wrong[1])}`;
  const known = pad === 'same' || pad === 'valid' || isWhole(pad) || Array.isArray(pad);
  return known ? null : `pad must be 'same', 'valid' or whole numbers, got ${JSON.stringify(pad)}`;
};

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** Checks the gradient of the convolution of x with a filter. (tfjs allows a dy of another height and width.) */
function convolutionGradient(
  x: readonly number[],
  filter: readonly number[],
  dy: TensorSpec,
  attrs: Attrs,
  each: boolean,
) {
  if (x.length !== 4 || filter.length !== 4) return `the convolution of [${x}] with [${filter}] is not of rank 4`;
  const channels = attrs.dataFormat === 'NCHW' ? 1 : 3;
  if (x[channels] !== filter[2])
    return `[${x}] has ${x[channels]} channels, but the filter [${filter}] takes ${filter[2]}`;
  const made = each ? filter[2]! * filter[3]! : filter[3];
  return dy.shape[0] === x[0] && dy.shape[channels] === made
    ? null
    : `dy must have ${x[0]} samples and ${made} channels for an input [${x}] and a filter [${filter}]`;
}

const inputGradient =
  (each: boolean): Rule =>
  ([dy, filter], attrs) =>
    convolutionGradient(attrs.inputShape, filter!.shape, dy!, attrs, each);

const filterGradient =
  (each: boolean): Rule =>
  ([x, dy], attrs) =>
    convolutionGradient(x!.shape, attrs.filterShape, dy!, attrs, each);

const poolGradient: Rule = ([dy, input], { filterSize, strides, pad, dimRoundingMode }) => {
  const rest = [filterSize, strides, 1, pad, dimRoundingMode] as const;
  const { outShape } =
    input!.shape.length === 5
      ? backend_util.computePool3DInfo([...input!.shape] as Shape5, ...rest)
      : backend_util.computePool2DInfo([...input!.shape] as Shape4, ...rest);
  return isSameShape(outShape, dy!.shape) ? null : `dy must be [${outShape}]`;
};

const convolution3dGradient =
  (xOf: (inputs: TensorSpec[], attrs: Attrs) => readonly number[], filterOf: typeof xOf, dyAt: number): Rule =>
  (inputs, attrs) => {
    const [x, filter] = [xOf(inputs, attrs), filterOf(inputs, attrs)];
    if (x.length !== 5 || filter.length !== 5) return `the convolution of [${x}] with [${filter}] is not of rank 5`;
    const { strides, pad } = attrs;
    const { outShape } = backend_util.computeConv3DInfo([...x] as Shape5, [...filter] as Shape5, strides, 1, pad);
    return isSameShape(outShape, inputs[dyAt]!.shape) ? null : `dy must be [${outShape}]`;
  };

const resize: Rule = (_inputs, { size }) =>
  arePositive(size) && size.length === 2
    ? null
    : `size must be two whole numbers of at least 1, got ${JSON.stringify(size)}`;

const resizeGradient: Rule = ([images, dy]) =>
  images!.shape[0] === dy!.shape[0] && images!.shape[3] === dy!.shape[3]
    ? null
    : 'images and dy differ in samples or channels';

const convolution = firstViolation(ranks(4, 4), window);

/** Rules of convolutions, pooling and resizing. */
export const windows: Record<string, Rule> = {
  Conv2D: convolution,
  FusedConv2D: convolution,
  Conv2DBackpropInput: firstViolation(convolution, inputGradient(false)),
  Conv2DBackpropFilter: firstViolation(convolution, filterGradient(false)),
  DepthwiseConv2dNative: convolution,
  FusedDepthwiseConv2D: convolution,
  DepthwiseConv2dNativeBackpropInput: firstViolation(convolution, inputGradient(true)),
  DepthwiseConv2dNativeBackpropFilter: firstViolation(convolution, filterGradient(true)),
  AvgPool: firstViolation(ranks(4), window),
  MaxPool: firstViolation(ranks(4), window),
  AvgPoolGrad: firstViolation(ranks(4, 4), window, poolGradient),
  MaxPoolGrad: firstViolation(ranks(4, 4), window, poolGradient),
  AvgPool3D: firstViolation(ranks(5), window),
  MaxPool3D: firstViolation(ranks(5), window),
  AvgPool3DGrad: firstViolation(ranks(5, 5), window, poolGradient),
  MaxPool3DGrad: firstViolation(ranks(5, 5), window, poolGradient),
  Conv3D: firstViolation(ranks(5, 5), window),
  Conv3DBackpropInputV2: firstViolation(
    ranks(5, 5),
    window,
    convolution3dGradient(
      (_inputs, { inputShape }) => inputShape,
      ([, filter]) => filter!.shape,
      0,
    ),
  ),
  Conv3DBackpropFilterV2: firstViolation(
    ranks(5, 5),
    window,
    convolution3dGradient(
      ([x]) => x!.shape,
      (_inputs, { filterShape }) => filterShape,
      1,
    ),
  ),
  ResizeNearestNeighbor: firstViolation(ranks(4), resize),
  ResizeBilinear: firstViolation(ranks(4), resize),
  ResizeNearestNeighborGrad: firstViolation(ranks(4, 4), resizeGradient),
  ResizeBilinearGrad: firstViolation(ranks(4, 4), resizeGradient),
};
