import { backend_util } from '@tensorflow/tfjs-core';
import { sizeOf } from '../lower/logical.js';
import type { Attrs, InputSpec } from './kernel.js';

/**
 * What has to hold for the inputs and attributes of a kernel, whoever computes it. The operations of tfjs-core check most
 * of it themselves, but not for whoever calls a kernel directly (gradients, fused operations), and tfjs's CPU kernels
 * check next to nothing: without these, a mistake would show at the flush, or not at all.
 *
 * A rule returns what is wrong, or null.
 */
type Rule = (inputs: InputSpec[], attrs: Attrs) => string | null;

const whole = (value: unknown, least = 0): value is number => Number.isInteger(value) && (value as number) >= least;
const wholes = (values: unknown, least = 0) => Array.isArray(values) && values.every((value) => whole(value, least));
const same = (x: readonly number[], y: readonly number[]) => x.length === y.length && x.every((d, i) => d === y[i]);

const firstWrong =
  (...rules: Rule[]): Rule =>
  (inputs, attrs) => {
    for (const rule of rules) {
      const wrong = rule(inputs, attrs);
      if (wrong !== null) return wrong;
    }
    return null;
  };

/** The first inputs have these ranks. */
const ranks =
  (...wanted: number[]): Rule =>
  (inputs) => {
    const bad = wanted.findIndex((rank, i) => inputs[i]!.shape.length !== rank);
    return bad < 0 ? null : `input ${bad + 1} must have rank ${wanted[bad]}`;
  };

const floats: Rule = (inputs) =>
  inputs.every(({ dtype }) => dtype === 'float32')
    ? null
    : `all inputs must be float32, got ${inputs.map((x) => x.dtype).join(', ')}`;

const alike: Rule = ([first, ...rest]) =>
  rest.every(({ shape, dtype }) => dtype === first!.dtype && same(shape, first!.shape))
    ? null
    : 'all inputs must have one shape and type';

const oneType: Rule = (inputs) =>
  inputs.every(({ dtype }) => dtype === inputs[0]!.dtype) ? null : 'all inputs must have one type';

const axisOf = (axis: unknown, rank: number) =>
  Number.isInteger(axis) && (axis as number) >= -rank && (axis as number) < rank
    ? null
    : `there is no axis ${String(axis)}`;

/** Axes of the first input: a number, several, or all. */
const axes =
  (...names: string[]): Rule =>
  ([x], attrs) => {
    const given = names.map((name) => attrs[name] as unknown).find((value) => value !== undefined && value !== null);
    const bad = [given ?? []].flat().map((axis) => axisOf(axis, x!.shape.length));
    return bad.find((wrong) => wrong !== null) ?? null;
  };

/** A single axis that has to be given. */
const axis =
  (name: string): Rule =>
  ([x], attrs) =>
    axisOf(attrs[name], x!.shape.length);

const broadcasts = (from: readonly number[], to: readonly number[]) =>
  from.length <= to.length && from.every((d, i) => d === 1 || d === to[to.length - from.length + i]);

const transpose: Rule = ([x], { perm }) =>
  Array.isArray(perm) && perm.length === x!.shape.length && x!.shape.every((_, i) => perm.includes(i))
    ? null
    : `[${perm}] is not an order of its axes`;

const slice: Rule = ([x], { begin, size }) => {
  // Sizes left out reach to the end.
  const [starts, sizes] = [[begin].flat(), [size].flat().filter((s) => s !== undefined)] as [number[], number[]];
  const fits = wholes(starts) && wholes(sizes, -1) && Math.max(starts.length, sizes.length) <= x!.shape.length;
  return fits
    ? null
    : starts.some((start) => start < 0)
      ? 'slice() does not support negative begin indexing'
      : `begin [${starts}] and size [${sizes}] must be whole numbers, at most one an axis`;
};

const splits: Rule = ([x], { numOrSizeSplits, axis: at }) => {
  const wrong = axisOf(at, x!.shape.length);
  if (wrong) return wrong;
  const length = x!.shape.at(at as number)!;
  const sizes = numOrSizeSplits as number | number[];
  if (!Array.isArray(sizes)) {
    return whole(sizes, 1) && length % sizes === 0
      ? null
      : `${length} elements do not split into ${String(sizes)} parts`;
  }
  const open = sizes.filter((s) => s === -1).length;
  const rest = length - sizes.reduce((sum, s) => sum + (s === -1 ? 0 : s), 0);
  const fits = wholes(sizes, -1) && open <= 1 && (open === 1 ? rest >= 0 : rest === 0);
  return fits ? null : `${length} elements do not split into parts of [${sizes}]`;
};

const tile: Rule = ([x], { reps }) =>
  wholes(reps) && reps.length === x!.shape.length ? null : `[${reps}] is not one number of repetitions an axis`;

const broadcastTo: Rule = ([x], { shape }) =>
  broadcasts(x!.shape, shape) ? null : `it does not broadcast to [${shape}]`;

const gather: Rule = ([x], { axis: at }) => axisOf(at ?? 0, x!.shape.length);

const oneHot: Rule = (_inputs, { depth }) =>
  whole(depth) ? null : `depth must be a whole number, got ${String(depth)}`;

const pads: Rule = ([x], { paddings }) =>
  Array.isArray(paddings) && paddings.length === x!.shape.length && paddings.every((p) => wholes(p) && p.length === 2)
    ? null
    : `paddings ${JSON.stringify(paddings)} must be one pair of whole numbers an axis`;

const mirrored: Rule = ([x], { paddings, mode }) => {
  const most = (i: number) => x!.shape[i]! - (mode === 'reflect' ? 1 : 0);
  const bad = (paddings as number[][]).findIndex((p, i) => Math.max(...p) > most(i));
  return bad < 0 ? null : `paddings ${JSON.stringify(paddings)} mirror more than there is on axis ${bad}`;
};

const stridedSlice: Rule = (_inputs, { begin, end, strides }) => {
  const bounds = [begin, end, strides] as number[][];
  const fit = bounds.every((b) => wholes(b, -Infinity) && b.length === bounds[0]!.length) && !bounds[2]!.includes(0);
  return fit ? null : `begin [${begin}], end [${end}] and strides [${strides}] do not describe a range`;
};

const segments: Rule = ([x, ids], { numSegments }) => {
  if (!whole(numSegments)) return `numSegments must be a whole number, got ${String(numSegments)}`;
  return same(ids!.shape, x!.shape.slice(0, ids!.shape.length)) ? null : 'there must be one id for each row';
};

const matMul: Rule = ([a, b]) =>
  a!.shape.length >= 2 && b!.shape.length >= 2 ? null : 'matrices have at least two dimensions';

const productBias: Rule = ([a, b, bias], { transposeA, transposeB, given }) => {
  if (!bias || !given?.includes('bias')) return null;
  const out = [a!.shape.at(transposeA ? -1 : -2)!, b!.shape.at(transposeB ? -2 : -1)!];
  return broadcasts(bias.shape, out) || broadcasts(bias.shape, [...a!.shape.slice(0, -2), ...out])
    ? null
    : `the bias does not broadcast to the product`;
};

const sizes = (value: unknown) => wholes([value].flat(), 1);

/** Strides, dilations, window and padding are numbers of pixels. */
const window: Rule = (_inputs, { strides, dilations, pad, filterSize }) => {
  const wrong = Object.entries({ strides, dilations, filterSize }).find(([, v]) => v != null && !sizes(v));
  if (wrong) return `${wrong[0]} must be whole numbers of at least 1, got ${JSON.stringify(wrong[1])}`;
  const known = pad === 'same' || pad === 'valid' || whole(pad) || Array.isArray(pad);
  return known ? null : `pad must be 'same', 'valid' or whole numbers, got ${JSON.stringify(pad)}`;
};

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** What is wrong with a gradient of the convolution of x with a filter; tfjs lets dy be of another height and width. */
function convolutionGradient(
  x: readonly number[],
  filter: readonly number[],
  dy: InputSpec,
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
  return same(outShape, dy!.shape) ? null : `dy must be [${outShape}]`;
};

const convolution3dGradient =
  (xOf: (inputs: InputSpec[], attrs: Attrs) => readonly number[], filterOf: typeof xOf, dyAt: number): Rule =>
  (inputs, attrs) => {
    const [x, filter] = [xOf(inputs, attrs), filterOf(inputs, attrs)];
    if (x.length !== 5 || filter.length !== 5) return `the convolution of [${x}] with [${filter}] is not of rank 5`;
    const { strides, pad } = attrs;
    const { outShape } = backend_util.computeConv3DInfo([...x] as Shape5, [...filter] as Shape5, strides, 1, pad);
    return same(outShape, inputs[dyAt]!.shape) ? null : `dy must be [${outShape}]`;
  };

const topK: Rule = ([x], { k }) =>
  whole(k) && x!.shape.length > 0 && k <= x!.shape.at(-1)! ? null : `there are no ${String(k)} elements in a row`;

const depthToSpace: Rule = ([x], { blockSize }) =>
  whole(blockSize, 1) && x!.shape[3]! % blockSize ** 2 === 0
    ? null
    : `the channels do not divide into blocks of ${String(blockSize)} by ${String(blockSize)}`;

/** A block and a pair of paddings or crops for some axes after the first. */
const blocks =
  (pairs: 'paddings' | 'crops'): Rule =>
  ([x], { blockShape, [pairs]: edges }) => {
    const fits = wholes(blockShape, 1) && blockShape.length < x!.shape.length && edges.length === blockShape.length;
    if (!fits || !edges.every((edge: unknown[]) => wholes(edge) && edge.length === 2)) {
      return `blockShape [${blockShape}] and ${pairs} ${JSON.stringify(edges)} must be whole numbers for some axes`;
    }
    const count = sizeOf(blockShape);
    const divides =
      pairs === 'crops'
        ? x!.shape[0]! % count === 0
        : (blockShape as number[]).every((block, i) => (x!.shape[i + 1]! + edges[i][0] + edges[i][1]) % block === 0);
    return divides ? null : `it does not divide into blocks of [${blockShape}]`;
  };

/** One update for each position in a tensor of a shape. */
const updates =
  (shapeOf: (inputs: InputSpec[], attrs: Attrs) => readonly number[]): Rule =>
  (inputs, attrs) => {
    const [indices, values] = inputs.slice(-2) as [InputSpec, InputSpec];
    const shape = shapeOf(inputs, attrs);
    if (!wholes(shape) || indices.shape.length === 0) return `there are no positions in a tensor of shape [${shape}]`;
    const vector = indices.shape.length === 1;
    const axes = vector ? 1 : indices.shape.at(-1)!;
    const wanted = [...(vector ? indices.shape : indices.shape.slice(0, -1)), ...shape.slice(axes)];
    return axes <= shape.length && same(values.shape, wanted)
      ? null
      : `updates of positions [${indices.shape}] in [${shape}] must be [${wanted}]`;
  };

const statistics: Rule = ([x, ...rest]) =>
  rest.every(({ shape }) => broadcasts(shape, x!.shape))
    ? null
    : 'mean, variance, scale and offset must broadcast to x';

const resize: Rule = (_inputs, { size }) =>
  sizes(size) && size.length === 2 ? null : `size must be two whole numbers of at least 1, got ${JSON.stringify(size)}`;

const resizeGradient: Rule = ([images, dy]) =>
  images!.shape[0] === dy!.shape[0] && images!.shape[3] === dy!.shape[3]
    ? null
    : 'images and dy differ in samples or channels';

const select: Rule = ([condition, t, e]) => {
  const rows = condition!.shape.length === 1 && condition!.shape[0] === t!.shape[0];
  return t!.dtype === e!.dtype && same(t!.shape, e!.shape) && (rows || same(condition!.shape, t!.shape))
    ? null
    : 'both sides must have one shape and type, and the condition that shape or one element a row';
};

const truths: Rule = (inputs) => (inputs.every((x) => x.dtype === 'bool') ? null : 'the inputs must be bool');

const sameShapes: Rule = ([x, y]) => (same(x!.shape, y!.shape) ? null : 'dy must have the shape of x');

/** `count` parameters and what belongs to each, then single numbers. */
const update =
  (groups: number): Rule =>
  (inputs, { count }) => {
    const size = (i: number) => sizeOf(inputs[i]!.shape);
    for (let i = 0; i < groups * count; i++) {
      if (size(i) !== size(i % count)) return `input ${i + 1} does not have the size of parameter ${(i % count) + 1}`;
    }
    return inputs.slice(groups * count).every((x) => sizeOf(x.shape) === 1) ? null : 'the last inputs must be numbers';
  };

const convolution = firstWrong(ranks(4, 4), window);

const rules: Record<string, Rule> = {
  Sum: axes('axis'),
  Mean: axes('axis'),
  Prod: axes('axis'),
  Min: axes('axis'),
  Max: axes('axis', 'reductionIndices'),
  All: axes('axis'),
  Any: axes('axis'),
  ArgMax: axis('axis'),
  ArgMin: axis('axis'),
  Softmax: axis('dim'),
  LogSoftmax: axis('axis'),
  Cumsum: axis('axis'),
  Cumprod: axis('axis'),
  Reverse: axes('dims'),
  Unpack: axis('axis'),
  Concat: firstWrong(axis('axis'), oneType),
  Pack: ([x], attrs) => axisOf(attrs.axis, x!.shape.length + 1),
  Transpose: transpose,
  Slice: slice,
  SplitV: splits,
  Tile: tile,
  BroadcastTo: broadcastTo,
  GatherV2: gather,
  OneHot: oneHot,
  PadV2: pads,
  MirrorPad: firstWrong(pads, mirrored),
  StridedSlice: stridedSlice,
  UnsortedSegmentSum: segments,
  BatchMatMul: matMul,
  _FusedMatMul: firstWrong(matMul, productBias),
  Conv2D: convolution,
  FusedConv2D: convolution,
  Conv2DBackpropInput: firstWrong(convolution, inputGradient(false)),
  Conv2DBackpropFilter: firstWrong(convolution, filterGradient(false)),
  DepthwiseConv2dNative: convolution,
  FusedDepthwiseConv2D: convolution,
  DepthwiseConv2dNativeBackpropInput: firstWrong(convolution, inputGradient(true)),
  DepthwiseConv2dNativeBackpropFilter: firstWrong(convolution, filterGradient(true)),
  AvgPool: firstWrong(ranks(4), window),
  MaxPool: firstWrong(ranks(4), window),
  AvgPoolGrad: firstWrong(ranks(4, 4), window, poolGradient),
  MaxPoolGrad: firstWrong(ranks(4, 4), window, poolGradient),
  AvgPool3D: firstWrong(ranks(5), window),
  MaxPool3D: firstWrong(ranks(5), window),
  AvgPool3DGrad: firstWrong(ranks(5, 5), window, poolGradient),
  MaxPool3DGrad: firstWrong(ranks(5, 5), window, poolGradient),
  Conv3D: firstWrong(ranks(5, 5), window),
  Conv3DBackpropInputV2: firstWrong(
    ranks(5, 5),
    window,
    convolution3dGradient(
      (_inputs, { inputShape }) => inputShape,
      ([, filter]) => filter!.shape,
      0,
    ),
  ),
  Conv3DBackpropFilterV2: firstWrong(
    ranks(5, 5),
    window,
    convolution3dGradient(
      ([x]) => x!.shape,
      (_inputs, { filterShape }) => filterShape,
      1,
    ),
  ),
  FusedBatchNorm: statistics,
  EluGrad: sameShapes,
  FlipLeftRight: ranks(4),
  TopK: topK,
  DepthToSpace: firstWrong(ranks(4), depthToSpace),
  SpaceToBatchND: blocks('paddings'),
  BatchToSpaceND: blocks('crops'),
  ScatterNd: updates((_inputs, { shape }) => shape),
  TensorScatterUpdate: firstWrong(
    ([tensor, , values]) => (tensor!.dtype === values!.dtype ? null : 'tensor and updates must have one type'),
    updates(([tensor]) => tensor!.shape),
  ),
  ResizeNearestNeighbor: firstWrong(ranks(4), resize),
  ResizeBilinear: firstWrong(ranks(4), resize),
  ResizeNearestNeighborGrad: firstWrong(ranks(4, 4), resizeGradient),
  ResizeBilinearGrad: firstWrong(ranks(4, 4), resizeGradient),
  Select: select,
  LogicalAnd: truths,
  LogicalOr: truths,
  LogicalNot: truths,
  AddN: alike,
  GroupNorm: floats,
  GroupNormGrad: firstWrong(floats, sameShapes),
  Silu: floats,
  SiluGrad: firstWrong(floats, sameShapes),
  AdamUpdate: firstWrong(floats, update(4)),
  EmaUpdate: firstWrong(floats, update(2)),
};

/** What is wrong with the inputs and attributes of a kernel, or null. */
export function complaint(kernel: string, inputs: InputSpec[], attrs: Attrs): string | null {
  return rules[kernel]?.(inputs, attrs) ?? null;
}
