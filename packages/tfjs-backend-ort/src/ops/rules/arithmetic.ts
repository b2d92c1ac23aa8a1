import { sizeOf } from '../../lower/lowered-tensor.js';
import {
  axes,
  axis,
  booleans,
  broadcastsTo,
  firstViolation,
  floats,
  type Rule,
  sameShapes,
  sameSpecs,
} from './rule.js';

const matMul: Rule = ([a, b]) =>
  a!.shape.length >= 2 && b!.shape.length >= 2 ? null : 'matrices have at least two dimensions';

const productBias: Rule = ([a, b, bias], { transposeA, transposeB, given }) => {
  if (!bias || !given?.includes('bias')) return null;
  const out = [a!.shape.at(transposeA ? -1 : -2)!, b!.shape.at(transposeB ? -2 : -1)!];
  return broadcastsTo(bias.shape, out) || broadcastsTo(bias.shape, [...a!.shape.slice(0, -2), ...out])
    ? null
    : 'the bias does not broadcast to the product';
};

const statistics: Rule = ([x, ...rest]) =>
  rest.every(({ shape }) => broadcastsTo(shape, x!.shape))
    ? null
    : 'mean, variance, scale and offset must broadcast to x';

/** Requires `groups` lists of `count` tensors of matching sizes, followed by scalars. */
const update =
  (groups: number): Rule =>
  (inputs, { count }) => {
    const size = (i: number) => sizeOf(inputs[i]!.shape);
    for (let i = 0; i < groups * count; i++) {
      if (size(i) !== size(i % count)) return `input ${i + 1} does not have the size of parameter ${(i % count) + 1}`;
    }
    return inputs.slice(groups * count).every((x) => sizeOf(x.shape) === 1) ? null : 'the last inputs must be scalars';
  };

/** Rules of kernels that compute: reductions, products, normalization, logic, and the updates of an optimizer. */
export const arithmetic: Record<string, Rule> = {
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
  BatchMatMul: matMul,
  _FusedMatMul: firstViolation(matMul, productBias),
  FusedBatchNorm: statistics,
  EluGrad: sameShapes,
  LogicalAnd: booleans,
  LogicalOr: booleans,
  LogicalNot: booleans,
  AddN: sameSpecs,
  GroupNorm: floats,
  GroupNormGrad: firstViolation(floats, sameShapes),
  Silu: floats,
  SiluGrad: firstViolation(floats, sameShapes),
  AdamUpdate: firstViolation(floats, update(4)),
  EmaUpdate: firstViolation(floats, update(2)),
};
