import type { Builder } from './builder.js';
import { canBlock, plain } from './layout.js';
import { sizeOf, type GraphValue, type Logical } from './logical.js';
import { blockedSpace, plainSpace, type Space } from './normalization-space.js';
import { swish, swishGradient } from './swish.js';

export interface GroupNormAttributes {
  groups: number;
  epsilon: number;
  silu: boolean;
}

/** Which layout depends on the shape alone, so that the statistics always add up in the same order. */
const spaceOf = (b: Builder, x: Logical): Space => (canBlock(b, x.shape) ? blockedSpace(b, x) : plainSpace(b, x));

/** The numbers of sample n, group g and channel c within the group have the dimensions [N,G,C/G] throughout. */
interface Statistics {
  space: Space;
  dims: readonly [number, number, number];
  /** gamma [G,C/G] */
  gamma: GraphValue;
  centred: GraphValue;
  /** 1/std [N,G,1] */
  inverse: GraphValue;
  /** gamma/std [N,G,C/G] */
  scale: GraphValue;
  /** GroupNorm(x) * gamma + beta */
  normalised: GraphValue;
}

/** What both passes share. */
function normalise(b: Builder, [x, gamma, beta]: Logical[], { groups, epsilon }: GroupNormAttributes): Statistics {
  const space = spaceOf(b, x!);
  const [n, c] = [x!.shape[0]!, x!.shape[3]!];
  const dims = [n, groups, c / groups] as const;
  const groupMean = (value: GraphValue) => b.reduce('ReduceMean', b.view(space.mean(value), dims), [2], true);
  const g = plain(b, gamma!, dims.slice(1));
  // Centring before squaring costs one cheap pass and keeps the variance exact where the mean is large.
  const centred = space.affine(space.x, { bias: b.expand(b.unary('Neg', groupMean(space.x)), dims) });
  const variance = groupMean(b.binary('Mul', centred, centred));
  const inverse = b.unary('Reciprocal', b.unary('Sqrt', b.binary('Add', variance, b.floats([epsilon]))));
  const scale = b.binary('Mul', inverse, g);
  const shift = b.expand(plain(b, beta!, dims.slice(1)), dims);
  return { space, dims, gamma: g, centred, inverse, scale, normalised: space.affine(centred, { scale, bias: shift }) };
}

/** GroupNorm(x) * gamma + beta, then SiLU where asked for. */
export function groupNorm(b: Builder, inputs: Logical[], attrs: GroupNormAttributes): Logical {
  const { space, normalised } = normalise(b, inputs, attrs);
  return space.wrap(attrs.silu ? swish(b, normalised) : normalised);
}

/** Gradients [dx, dgamma, dbeta] of groupNorm. */
export function groupNormGradient(b: Builder, [dy, ...inputs]: Logical[], attrs: GroupNormAttributes): Logical[] {
  const { space, dims, gamma, centred, inverse, scale, normalised } = normalise(b, inputs, attrs);
  const upstream = space.of(dy!);
  const dz = attrs.silu ? swishGradient(b, upstream, normalised, space.affine) : upstream;
  const means = b.view(space.mean(dz), dims);
  // mean of dz * xhat, with xhat = centred * inverse
  const products = b.binary('Mul', b.view(space.mean(b.binary('Mul', dz, centred)), dims), inverse);
  // dx = scale*dz - inverse * (mean_g(gamma dz) + xhat * mean_g(gamma dz xhat))
  const groupMean = (value: GraphValue) => b.reduce('ReduceMean', b.binary('Mul', value, gamma), [2], true);
  const negative = b.unary('Neg', inverse);
  const rest = space.affine(centred, {
    scale: b.expand(b.binary('Mul', b.binary('Mul', negative, inverse), groupMean(products)), dims),
    bias: b.expand(b.binary('Mul', negative, groupMean(means)), dims),
  });
  const dx = space.affine(dz, { scale, sum: rest });
  const pixels = b.floats([inputs[0]!.shape[1]! * inputs[0]!.shape[2]!]);
  const overSamples = (value: GraphValue, like: Logical): Logical => {
    const sum = b.binary('Mul', b.reduce('ReduceSum', b.view(value, [dims[0], dims[1] * dims[2]]), [0]), pixels);
    return b.logical(sum, [sizeOf(like.shape)]);
  };
  return [space.wrap(dx), overSamples(products, inputs[1]!), overSamples(means, inputs[2]!)];
}
