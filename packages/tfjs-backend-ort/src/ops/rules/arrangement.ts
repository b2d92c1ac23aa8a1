import { sizeOf } from '../../lower/lowered-tensor.js';
import type { Attrs, TensorSpec } from '../../tensor-spec.js';
import {
  areWhole,
  axes,
  axis,
  broadcastsTo,
  checkAxis,
  firstViolation,
  isSameShape,
  isWhole,
  ranks,
  type Rule,
  sameTypes,
} from './rule.js';

const transpose: Rule = ([x], { perm }) =>
  Array.isArray(perm) && perm.length === x!.shape.length && x!.shape.every((_, i) => perm.includes(i))
    ? null
    : `[${perm}] is not a permutation of its axes`;

const slice: Rule = ([x], { begin, size }) => {
  // Missing sizes extend to the end.
  const [starts, sizes] = [[begin].flat(), [size].flat().filter((s) => s !== undefined)] as [number[], number[]];
  const fits = areWhole(starts) && areWhole(sizes, -1) && Math.max(starts.length, sizes.length) <= x!.shape.length;
  return fits
    ? null
    : starts.some((start) => start < 0)
      ? 'slice() does not support negative begin indexing'
      : `begin [${starts}] and size [${sizes}] must be whole numbers, at most one per axis`;
};

const splits: Rule = ([x], { numOrSizeSplits, axis: at }) => {
  const violation = checkAxis(at, x!.shape.length);
  if (violation) return violation;
  const length = x!.shape.at(at as number)!;
  const sizes = numOrSizeSplits as number | number[];
  if (!Array.isArray(sizes)) {
    return isWhole(sizes, 1) && length % sizes === 0
      ? null
      : `${length} elements do not split into ${String(sizes)} parts`;
  }
  const unknown = sizes.filter((s) => s === -1).length;
  const rest = length - sizes.reduce((sum, s) => sum + (s === -1 ? 0 : s), 0);
  const fits = areWhole(sizes, -1) && unknown <= 1 && (unknown === 1 ? rest >= 0 : rest === 0);
  return fits ? null : `${length} elements do not split into parts of [${sizes}]`;
};

const tile: Rule = ([x], { reps }) =>
  areWhole(reps) && reps.length === x!.shape.length ? null : `[${reps}] is not one number of repetitions per axis`;

const broadcastTo: Rule = ([x], { shape }) =>
  broadcastsTo(x!.shape, shape) ? null : `it does not broadcast to [${shape}]`;

const gather: Rule = ([x], { axis: at }) => checkAxis(at ?? 0, x!.shape.length);

const oneHot: Rule = (_inputs, { depth }) =>
  isWhole(depth) ? null : `depth must be a whole number, got ${String(depth)}`;

const pads: Rule = ([x], { paddings }) =>
  Array.isArray(paddings) && paddings.length === x!.shape.length && paddings.every((p) => areWhole(p) && p.length === 2)
    ? null
    : `paddings ${JSON.stringify(paddings)} must be one pair of whole numbers per axis`;

const mirrored: Rule = ([x], { paddings, mode }) => {
  const limit = (i: number) => x!.shape[i]! - (mode === 'reflect' ? 1 : 0);
  const bad = (paddings as number[][]).findIndex((p, i) => Math.max(...p) > limit(i));
  return bad < 0 ? null : `paddings ${JSON.stringify(paddings)} are too large to mirror axis ${bad}`;
};

const stridedSlice: Rule = (_inputs, { begin, end, strides }) => {
  const bounds = [begin, end, strides] as number[][];
  const fit = bounds.every((b) => areWhole(b, -Infinity) && b.length === bounds[0]!.length) && !bounds[2]!.includes(0);
  return fit ? null : `begin [${begin}], end [${end}] and strides [${strides}] do not describe a range`;
};

const segments: Rule = ([x, ids], { numSegments }) => {
  if (!isWhole(numSegments)) return `numSegments must be a whole number, got ${String(numSegments)}`;
  return isSameShape(ids!.shape, x!.shape.slice(0, ids!.shape.length)) ? null : 'there must be one id per row';
};

const topK: Rule = ([x], { k }) =>
  isWhole(k) && x!.shape.length > 0 && k <= x!.shape.at(-1)! ? null : `there are no ${String(k)} elements in a row`;

const depthToSpace: Rule = ([x], { blockSize }) =>
  isWhole(blockSize, 1) && x!.shape[3]! % blockSize ** 2 === 0
    ? null
    : `the channels are not divisible into blocks of ${String(blockSize)} by ${String(blockSize)}`;

/** Requires a block size and a pair of paddings or crops for some axes after the first. */
const blocks =
  (pairs: 'paddings' | 'crops'): Rule =>
  ([x], { blockShape, [pairs]: edges }) => {
    const fits = areWhole(blockShape, 1) && blockShape.length < x!.shape.length && edges.length === blockShape.length;
    if (!fits || !edges.every((edge: unknown[]) => areWhole(edge) && edge.length === 2)) {
      return `blockShape [${blockShape}] and ${pairs} ${JSON.stringify(edges)} must be whole numbers for some axes`;
    }
    const count = sizeOf(blockShape);
    const divides =
      pairs === 'crops'
        ? x!.shape[0]! % count === 0
        : (blockShape as number[]).every((block, i) => (x!.shape[i + 1]! + edges[i][0] + edges[i][1]) % block === 0);
    return divides ? null : `it is not divisible into blocks of [${blockShape}]`;
  };

/** Requires one update for each position in a tensor of the given shape. */
const updates =
  (shapeOf: (inputs: TensorSpec[], attrs: Attrs) => readonly number[]): Rule =>
  (inputs, attrs) => {
    const [indices, values] = inputs.slice(-2) as [TensorSpec, TensorSpec];
    const shape = shapeOf(inputs, attrs);
    if (!areWhole(shape) || indices.shape.length === 0) return `there are no positions in a tensor of shape [${shape}]`;
    const vector = indices.shape.length === 1;
    const axes = vector ? 1 : indices.shape.at(-1)!;
    const wanted = [...(vector ? indices.shape : indices.shape.slice(0, -1)), ...shape.slice(axes)];
    return axes <= shape.length && isSameShape(values.shape, wanted)
      ? null
      : `updates of positions [${indices.shape}] in [${shape}] must be [${wanted}]`;
  };

const select: Rule = ([condition, t, e]) => {
  const rows = condition!.shape.length === 1 && condition!.shape[0] === t!.shape[0];
  return t!.dtype === e!.dtype && isSameShape(t!.shape, e!.shape) && (rows || isSameShape(condition!.shape, t!.shape))
    ? null
    : 'both sides must have the same shape and type, and the condition must have that shape or one element per row';
};

/** Rules of kernels that move, select or join elements. */
export const arrangement: Record<string, Rule> = {
  Reverse: axes('dims'),
  Unpack: axis('axis'),
  Concat: firstViolation(axis('axis'), sameTypes),
  Pack: ([x], attrs) => checkAxis(attrs.axis, x!.shape.length + 1),
  Transpose: transpose,
  Slice: slice,
  SplitV: splits,
  Tile: tile,
  BroadcastTo: broadcastTo,
  GatherV2: gather,
  OneHot: oneHot,
  PadV2: pads,
  MirrorPad: firstViolation(pads, mirrored),
  StridedSlice: stridedSlice,
  UnsortedSegmentSum: segments,
  FlipLeftRight: ranks(4),
  TopK: topK,
  DepthToSpace: firstViolation(ranks(4), depthToSpace),
  SpaceToBatchND: blocks('paddings'),
  BatchToSpaceND: blocks('crops'),
  ScatterNd: updates((_inputs, { shape }) => shape),
  TensorScatterUpdate: firstViolation(
    ([tensor, , values]) => (tensor!.dtype === values!.dtype ? null : 'tensor and updates must have the same type'),
    updates(([tensor]) => tensor!.shape),
  ),
  Select: select,
};
