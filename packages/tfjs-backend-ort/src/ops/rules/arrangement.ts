import { sizeOf } from '../../lower/lowered-tensor.js';
import { axes, axis, axisOf, broadcasts, firstWrong, oneType, ranks, same, whole, wholes, type Rule } from './rule.js';
import type { Attrs, TensorSpec } from '../../tensor-spec.js';

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
  (shapeOf: (inputs: TensorSpec[], attrs: Attrs) => readonly number[]): Rule =>
  (inputs, attrs) => {
    const [indices, values] = inputs.slice(-2) as [TensorSpec, TensorSpec];
    const shape = shapeOf(inputs, attrs);
    if (!wholes(shape) || indices.shape.length === 0) return `there are no positions in a tensor of shape [${shape}]`;
    const vector = indices.shape.length === 1;
    const axes = vector ? 1 : indices.shape.at(-1)!;
    const wanted = [...(vector ? indices.shape : indices.shape.slice(0, -1)), ...shape.slice(axes)];
    return axes <= shape.length && same(values.shape, wanted)
      ? null
      : `updates of positions [${indices.shape}] in [${shape}] must be [${wanted}]`;
  };

const select: Rule = ([condition, t, e]) => {
  const rows = condition!.shape.length === 1 && condition!.shape[0] === t!.shape[0];
  return t!.dtype === e!.dtype && same(t!.shape, e!.shape) && (rows || same(condition!.shape, t!.shape))
    ? null
    : 'both sides must have one shape and type, and the condition that shape or one element a row';
};

/** What moves elements, picks or joins them. */
export const arrangement: Record<string, Rule> = {
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
  Select: select,
};
