import type { Builder } from './builder.js';
import { MICROSOFT } from './builder.js';
import { blocked, canBlock, fromBlocked, ones, perChannel, pixelMean, plain } from './layout.js';
import type { GraphValue, Logical } from './logical.js';

export interface GroupNormAttributes {
  groups: number;
  epsilon: number;
  silu: boolean;
}

/** One way to do what group normalisation needs on whole activations: in the blocked layout, or in row-major order. */
interface Space {
  x: GraphValue;
  /** x * scale + bias + sum with numbers [N,C] */
  affine(x: GraphValue, terms: { scale?: GraphValue; bias?: GraphValue; sum?: GraphValue }): GraphValue;
  /** mean over the pixels: [N,C] */
  mean(x: GraphValue): GraphValue;
  /** any other operand of the same shape in this layout */
  of(x: Logical): GraphValue;
  wrap(x: GraphValue): Logical;
}

/** Which layout depends on the shape alone, so that the statistics always add up in the same order. */
function spaceOf(b: Builder, x: Logical): Space {
  if (canBlock(b, x.shape)) {
    return {
      x: blocked(b, x),
      affine: (value, terms) => perChannel(b, value, terms),
      mean: (value) => pixelMean(b, value),
      of: (value) => blocked(b, value),
      wrap: fromBlocked,
    };
  }
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const dims = [n, h * w, c];
  const spread = (value: GraphValue) => b.view(value, [n, 1, c]);
  return {
    x: plain(b, x, dims),
    affine: (value, { scale, bias, sum }) => {
      let result = scale ? b.binary('Mul', value, spread(scale)) : value;
      if (bias) result = b.binary('Add', result, spread(bias));
      return sum ? b.binary('Add', result, sum) : result;
    },
    mean: (value) => b.reduce('ReduceMean', value, [1]),
    of: (value) => plain(b, value, dims),
    wrap: (value) => b.logical(value, x.shape),
  };
}

/** Mean over each group of channels, given back to all channels of the group: [N,C] to [N,C]. */
function groupMean(b: Builder, perChannelMeans: GraphValue, groups: number): GraphValue {
  const [n, c] = perChannelMeans.dims as [number, number];
  const mean = b.reduce('ReduceMean', b.view(perChannelMeans, [n, groups, c / groups]), [2], true);
  return b.view(b.expand(mean, [n, groups, c / groups]), [n, c]);
}

/** What both passes share: centred values, 1/std [N,C], scale = gamma/std [N,C], and the normalised output. */
function forward(b: Builder, space: Space, gamma: Logical, beta: Logical, { groups, epsilon }: GroupNormAttributes) {
  const [c] = gamma.shape as [number];
  const mean = groupMean(b, space.mean(space.x), groups);
  const n = mean.dims[0]!;
  // Centring before squaring costs one cheap pass and keeps the variance exact where the mean is large.
  const centred = space.affine(space.x, { bias: b.unary('Neg', mean) });
  const variance = groupMean(b, space.mean(b.binary('Mul', centred, centred)), groups);
  const inverse = b.unary('Reciprocal', b.unary('Sqrt', b.binary('Add', variance, b.floats([epsilon]))));
  const scale = b.binary('Mul', inverse, plain(b, gamma, [c]));
  const normalised = space.affine(centred, { scale, bias: b.expand(plain(b, beta, [c]), [n, c]) });
  return { centred, inverse, scale, normalised };
}

const swish = (b: Builder, z: GraphValue) =>
  b.unary('QuickGelu', z, { domain: MICROSOFT, attributes: { alpha: { float: 1 } } });

/** GroupNorm(x) * gamma + beta, then SiLU where asked for. */
export function groupNorm(b: Builder, [x, gamma, beta]: Logical[], attrs: GroupNormAttributes): Logical {
  const space = spaceOf(b, x!);
  const { normalised } = forward(b, space, gamma!, beta!, attrs);
  return space.wrap(attrs.silu ? swish(b, normalised) : normalised);
}

/** Gradients [dx, dgamma, dbeta] of groupNorm. */
export function groupNormGradient(b: Builder, [dy, x, gamma, beta]: Logical[], attrs: GroupNormAttributes): Logical[] {
  const space = spaceOf(b, x!);
  const { centred, inverse, scale, normalised } = forward(b, space, gamma!, beta!, attrs);
  const upstream = space.of(dy!);
  const dz = attrs.silu ? swishGradient(b, upstream, normalised, space.affine) : upstream;
  const [c] = gamma!.shape as [number];
  const pixels = x!.shape[1]! * x!.shape[2]!;
  const sums = space.mean(dz);
  const products = b.binary('Mul', space.mean(b.binary('Mul', dz, centred)), inverse);
  const overSamples = (value: GraphValue) =>
    b.logical(b.binary('Mul', b.reduce('ReduceSum', value, [0]), b.floats([pixels])), [c]);
  // dx = scale*dz - inverse * (mean_g(gamma dz) + xhat * mean_g(gamma dz xhat)), with xhat = centred * inverse.
  const g = plain(b, gamma!, [c]);
  const meanDz = groupMean(b, b.binary('Mul', sums, g), attrs.groups);
  const meanDzX = groupMean(b, b.binary('Mul', products, g), attrs.groups);
  const negative = b.unary('Neg', inverse);
  const rest = space.affine(centred, {
    scale: b.binary('Mul', b.binary('Mul', negative, inverse), meanDzX),
    bias: b.binary('Mul', negative, meanDz),
  });
  const dx = space.affine(dz, { scale, sum: rest });
  return [space.wrap(dx), overSamples(products), overSamples(sums)];
}

/** dy * s * (1 + z - z*s) with s = sigmoid(z): the derivative of z*s. */
export function swishGradient(b: Builder, dy: GraphValue, z: GraphValue, affine?: Space['affine']): GraphValue {
  const s = b.unary('Sigmoid', z);
  const y = swish(b, z);
  void affine;
  const inner = b.binary('Add', b.binary('Sub', z, y), b.floats([1]));
  return b.binary('Mul', b.binary('Mul', dy, s), inner);
}

export { ones };
