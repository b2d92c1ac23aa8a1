import type { Builder } from './builder.js';
import { canBlock, toPlain } from './layout.js';
import { sizeOf, type GraphValue, type LoweredTensor } from './lowered-tensor.js';
import { blockedSpace, plainSpace, type Space } from './normalization-space.js';
import { silu, siluGradient } from './silu.js';

export interface GroupNormAttributes {
  groups: number;
  epsilon: number;
  silu: boolean;
}

/** Which layout depends on the shape alone, so that the statistics always add up in the same order. */
const spaceOf = (b: Builder, x: LoweredTensor): Space => (canBlock(b, x.shape) ? blockedSpace(b, x) : plainSpace(b, x));

/** The numbers of sample n, group g and channel c within the group have the dimensions [N,G,C/G] throughout. */
interface Statistics {
  space: Space;
  dims: readonly [number, number, number];
  /** gamma [G,C/G] */
  gamma: GraphValue;
  /** -mean [N,G,C/G] */
  centre: GraphValue;
  centred: GraphValue;
  /** 1/std [N,G,1] */
  inverse: GraphValue;
  /** gamma/std and beta [N,G,C/G] */
  scale: GraphValue;
  shift: GraphValue;
}

/** What both passes share. */
function statistics(
  b: Builder,
  [x, gamma, beta]: LoweredTensor[],
  { groups, epsilon }: GroupNormAttributes,
): Statistics {
  const space = spaceOf(b, x!);
  const [n, c] = [x!.shape[0]!, x!.shape[3]!];
  const dims = [n, groups, c / groups] as const;
  const groupMean = (value: GraphValue) => b.reduce('ReduceMean', b.view(space.mean(value), dims), [2], true);
  const g = toPlain(b, gamma!, dims.slice(1));
  // Centring before squaring costs one cheap pass and keeps the variance exact where the mean is large.
  const centre = b.expand(b.unary('Neg', groupMean(space.x)), dims);
  const centred = space.affine(space.x, { bias: centre });
  const variance = groupMean(b.binary('Mul', centred, centred));
  const inverse = b.unary('Reciprocal', b.unary('Sqrt', b.binary('Add', variance, b.floats([epsilon]))));
  const scale = b.binary('Mul', inverse, g);
  const shift = b.expand(toPlain(b, beta!, dims.slice(1)), dims);
  return { space, dims, gamma: g, centre, centred, inverse, scale, shift };
}

/** GroupNorm(x) * gamma + beta, then SiLU where asked for. */
export function groupNorm(b: Builder, inputs: LoweredTensor[], attrs: GroupNormAttributes): LoweredTensor {
  const found = statistics(b, inputs, attrs);
  const { space, scale, shift } = found;
  const normalised = space.affine(found.centred, { scale, bias: shift });
  const result = space.wrap(attrs.silu ? silu(b, normalised) : normalised);
  if (!b.dialect.again) return result;
  return { ...result, again: (after) => space.wrap(again(b, found, attrs, after).output) };
}

interface Again {
  centred: GraphValue;
  normalised: GraphValue;
  /** sigmoid(normalised), where SiLU follows */
  sigmoid: GraphValue | null;
  output: GraphValue;
}

const computedAgain = new WeakMap<Builder, Map<string, Again>>();

/**
 * The same numbers once more, computed after `after` is there: a few passes over what is in the cache cost less than
 * fetching their results from memory, and a training step that kept all of them until its backward pass would need three
 * times the memory. The first to ask in a graph decides when.
 */
function again(b: Builder, found: Statistics, attrs: GroupNormAttributes, after: GraphValue): Again {
  const known = computedAgain.get(b) ?? new Map<string, Again>();
  computedAgain.set(b, known);
  const key = `${found.centred.name} ${found.scale.name} ${found.shift.name} ${attrs.silu}`;
  const before = known.get(key);
  if (before) return before;
  const { space, centre, scale, shift } = found;
  const centred = b.dialect.again ? space.affine(space.x, { bias: b.after(centre, after) }) : found.centred;
  const normalised = space.affine(centred, { scale, bias: shift });
  const sigmoid = attrs.silu ? b.unary('Sigmoid', normalised) : null;
  const output = !sigmoid ? normalised : b.dialect.again ? b.binary('Mul', normalised, sigmoid) : silu(b, normalised);
  const result = { centred, normalised, sigmoid, output };
  known.set(key, result);
  return result;
}

/** Gradients [dx, dgamma, dbeta] of groupNorm. */
export function groupNormGradient(
  b: Builder,
  [dy, ...inputs]: LoweredTensor[],
  attrs: GroupNormAttributes,
): LoweredTensor[] {
  const found = statistics(b, inputs, attrs);
  const { space, dims, gamma, inverse, scale } = found;
  const upstream = space.of(dy!);
  const { centred, normalised, sigmoid, output } = again(b, found, attrs, upstream);
  const dz = sigmoid ? siluGradient(b, upstream, normalised, sigmoid, output, space.affine) : upstream;
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
  const overSamples = (value: GraphValue, like: LoweredTensor): LoweredTensor => {
    const sum = b.binary('Mul', b.reduce('ReduceSum', b.view(value, [dims[0], dims[1] * dims[2]]), [0]), pixels);
    return b.tensor(sum, [sizeOf(like.shape)]);
  };
  return [space.wrap(dx), overSamples(products, inputs[1]!), overSamples(means, inputs[2]!)];
}
