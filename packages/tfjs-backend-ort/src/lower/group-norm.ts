import type { Builder } from './builder.js';
import { canBlock, toPlain } from './layout.js';
import { type GraphValue, type LoweredTensor, sizeOf } from './lowered-tensor.js';
import { blockedSpace, plainSpace, type Space } from './normalization-space.js';
import { silu, siluGradient } from './silu.js';

/** Attributes of the kernels `GroupNorm` and `GroupNormGrad`, as `@onestep/nn` passes them. */
export interface GroupNormAttrs {
  /** Number of groups; divides the number of channels. */
  groups: number;
  /** Added to the variance. */
  epsilon: number;
  /** Whether SiLU follows the normalization. */
  silu: boolean;
}

/** The layout depends on the shape only, so that the statistics are always summed in the same order. */
const spaceOf = (b: Builder, x: LoweredTensor): Space => (canBlock(b, x.shape) ? blockedSpace(b, x) : plainSpace(b, x));

/** Statistics per sample, group and channel within the group: [N,G,C/G]. */
interface Statistics {
  space: Space;
  dims: readonly [number, number, number];
  /** gamma [G,C/G] */
  gamma: GraphValue;
  /** -mean [N,G,C/G] */
  center: GraphValue;
  centered: GraphValue;
  /** 1/std [N,G,1] */
  inverse: GraphValue;
  /** gamma/std and beta [N,G,C/G] */
  scale: GraphValue;
  shift: GraphValue;
}

/** Emits the statistics, which the forward and the backward pass share. */
function emitStatistics(
  b: Builder,
  [x, gamma, beta]: LoweredTensor[],
  { groups, epsilon }: GroupNormAttrs,
): Statistics {
  const space = spaceOf(b, x!);
  const [n, c] = [x!.shape[0]!, x!.shape[3]!];
  const dims = [n, groups, c / groups] as const;
  const groupMean = (means: GraphValue) => b.reduce('ReduceMean', b.view(means, dims), [2], true);
  const g = toPlain(b, gamma!, dims.slice(1));
  // Centering before squaring costs one cheap pass, and keeps the variance accurate if the mean is large.
  const center = b.expand(b.unary('Neg', groupMean(space.mean(space.x))), dims);
  const centered = space.affine(space.x, { bias: center });
  const variance = groupMean(space.meanProduct(centered, centered));
  const inverse = b.unary('Reciprocal', b.unary('Sqrt', b.binary('Add', variance, b.floats([epsilon]))));
  const scale = b.binary('Mul', inverse, g);
  const shift = b.expand(toPlain(b, beta!, dims.slice(1)), dims);
  return { space, dims, gamma: g, center, centered, inverse, scale, shift };
}

/** GroupNorm(x) * gamma + beta, optionally followed by SiLU. */
export function groupNorm(b: Builder, inputs: LoweredTensor[], attrs: GroupNormAttrs): LoweredTensor {
  const statistics = emitStatistics(b, inputs, attrs);
  const { space, scale, shift } = statistics;
  const normalized = space.affine(statistics.centered, { scale, bias: shift });
  const result = space.wrap(attrs.silu ? silu(b, normalized) : normalized);
  if (!b.dialect.rematerialize) return result;
  return { ...result, rematerialize: (after) => space.wrap(rematerialize(b, statistics, attrs, after).output) };
}

interface Activations {
  centered: GraphValue;
  normalized: GraphValue;
  /** sigmoid(normalized), if SiLU follows */
  sigmoid: GraphValue | null;
  output: GraphValue;
}

const rematerialized = new WeakMap<Builder, Map<string, Activations>>();

/**
 * Computes the activations again, after `after` has been computed. A few passes over cached data cost less than fetching
 * their results from memory, and a training step that kept all of them until its backward pass would need three times the
 * memory. They are computed once per graph; the first call determines when.
 */
function rematerialize(b: Builder, statistics: Statistics, attrs: GroupNormAttrs, after: GraphValue): Activations {
  const known = rematerialized.get(b) ?? new Map<string, Activations>();
  rematerialized.set(b, known);
  const key = `${statistics.centered.name} ${statistics.scale.name} ${statistics.shift.name} ${attrs.silu}`;
  const before = known.get(key);
  if (before) return before;
  const { space, center, scale, shift } = statistics;
  const centered = b.dialect.rematerialize
    ? space.affine(space.x, { bias: b.after(center, after) })
    : statistics.centered;
  const normalized = space.affine(centered, { scale, bias: shift });
  const sigmoid = attrs.silu ? b.unary('Sigmoid', normalized) : null;
  const output = !sigmoid
    ? normalized
    : b.dialect.rematerialize
      ? b.binary('Mul', normalized, sigmoid)
      : silu(b, normalized);
  const result = { centered, normalized, sigmoid, output };
  known.set(key, result);
  return result;
}

/** Gradients [dx, dgamma, dbeta] of groupNorm. */
export function groupNormGradient(
  b: Builder,
  [dy, ...inputs]: LoweredTensor[],
  attrs: GroupNormAttrs,
): LoweredTensor[] {
  const statistics = emitStatistics(b, inputs, attrs);
  const { space, dims, gamma, inverse, scale } = statistics;
  const upstream = space.of(dy!);
  const { centered, normalized, sigmoid, output } = rematerialize(b, statistics, attrs, upstream);
  const dz = sigmoid ? siluGradient(b, upstream, normalized, sigmoid, output, space.affine) : upstream;
  const means = b.view(space.mean(dz), dims);
  // mean of dz * xhat, with xhat = centered * inverse
  const products = b.binary('Mul', b.view(space.meanProduct(dz, centered), dims), inverse);
  // dx = scale*dz - inverse * (mean_g(gamma dz) + xhat * mean_g(gamma dz xhat))
  const groupMean = (value: GraphValue) => b.reduce('ReduceMean', b.binary('Mul', value, gamma), [2], true);
  const negative = b.unary('Neg', inverse);
  const rest = space.affine(centered, {
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
