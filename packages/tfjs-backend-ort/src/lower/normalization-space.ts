import type { Builder } from './builder.js';
import { fromBlocked, toBlocked, toPlain } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';

export interface AffineTerms {
  /** N*C numbers each, ordered by sample, then channel. */
  scale?: GraphValue;
  bias?: GraphValue;
  /** As large as x. */
  sum?: GraphValue;
}
export type Affine = (x: GraphValue, terms: AffineTerms) => GraphValue;

/** The passes over whole activations that make up a normalization, in one memory layout. */
export interface Space {
  x: GraphValue;
  /** x * scale + bias + sum */
  affine: Affine;
  /** Mean over the pixels of each (sample, channel): N*C numbers. */
  mean(x: GraphValue): GraphValue;
  /** The mean of x * y. */
  meanProduct(x: GraphValue, y: GraphValue): GraphValue;
  /** Another tensor of the same shape. */
  of(x: LoweredTensor): GraphValue;
  wrap(x: GraphValue): LoweredTensor;
}

/**
 * In the blocked layout, depthwise convolutions that treat (sample, channel) as a channel compute in one pass what would take several:
 * x * scale + bias + sum with a kernel of one pixel, and sums of x * y with y as kernels as large as parts of the image. Global
 * pooling computes the means.
 */
export function blockedSpace(b: Builder, x: LoweredTensor): Space {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  if (b.block === 1) return nchwSpace(b, x);
  const flat = [1, n * c, 1, h * w];
  const of = (value: LoweredTensor) => b.view(toBlocked(b, value), flat);
  return {
    x: of(x),
    affine: (value, terms) => affineBlocked(b, value, terms),
    mean: (value) => b.imageNode('GlobalAveragePool', [value], [1, n * c, 1, 1]),
    meanProduct: (left, right) => {
      // The pixels of a block of channels are parts of blocks of their own: a sum of few products is more accurate.
      const parts = divisorNear(Math.sqrt(h * w), h * w);
      const pixels = (h * w) / parts;
      const planes = n * c * parts;
      const weights = b.view(right, [planes, 1, 1, pixels]);
      const attributes = { kernel_shape: [1, pixels], group: planes };
      const sums = b.imageNode('Conv', [b.view(left, [1, planes, 1, pixels]), weights], [1, planes, 1, 1], attributes);
      const sum = b.reduce('ReduceSum', b.view(sums, [(n * c) / b.block, parts, b.block]), [1]);
      return b.binary('Mul', b.view(sum, [1, n * c, 1, 1]), b.floats([1 / (h * w)]));
    },
    of,
    wrap: (value) => fromBlocked(b.view(value, [n, c, h, w])),
  };
}

/** The largest divisor of a number that is not above a limit. */
function divisorNear(limit: number, of: number): number {
  for (let divisor = Math.floor(limit); divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}

/** x [1,K,1,P] * scale [K] + bias [K] + sum, blocked. */
function affineBlocked(b: Builder, x: GraphValue, { scale, bias, sum }: AffineTerms): GraphValue {
  const channels = x.dims[1]!;
  const weights = scale
    ? b.view(scale, [channels, 1, 1, 1])
    : b.expand(b.floats([1], [1, 1, 1, 1]), [channels, 1, 1, 1]);
  const inputs: (GraphValue | null)[] = [x, weights];
  if (bias || sum) inputs.push(bias ? b.view(bias, [channels]) : null);
  if (sum) inputs.push(b.view(sum, x.dims));
  return b.imageNode('Conv', inputs, x.dims, { kernel_shape: [1, 1], group: channels });
}

/**
 * The same passes in NCHW order with the standard operators. Images keep their four axes, so that a runtime may store their
 * channels last.
 */
function nchwSpace(b: Builder, x: LoweredTensor): Space {
  const [n, , , c] = x.shape as [number, number, number, number];
  return {
    x: toBlocked(b, x),
    affine: (value, terms) => affinePlain(b, value, terms, [n, c, 1, 1]),
    mean: (value) => b.reduce('ReduceMean', value, [2, 3]),
    meanProduct: (left, right) => b.reduce('ReduceMean', b.binary('Mul', left, right), [2, 3]),
    of: (value) => toBlocked(b, value),
    wrap: fromBlocked,
  };
}

/** x * scale + bias + sum with the standard operators. @param dims of scale and bias, to spread them over x */
function affinePlain(b: Builder, x: GraphValue, { scale, bias, sum }: AffineTerms, dims: number[]): GraphValue {
  let result = scale ? b.binary('Mul', x, b.view(scale, dims)) : x;
  if (bias) result = b.binary('Add', result, b.view(bias, dims));
  return sum ? b.binary('Add', result, b.view(sum, x.dims)) : result;
}

/** The same passes in row-major order. */
export function plainSpace(b: Builder, x: LoweredTensor): Space {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const dims = [n, h * w, c];
  return {
    x: toPlain(b, x, dims),
    affine: (value, terms) => affinePlain(b, value, terms, [n, 1, c]),
    mean: (value) => b.reduce('ReduceMean', value, [1]),
    meanProduct: (left, right) => b.reduce('ReduceMean', b.binary('Mul', left, right), [1]),
    of: (value) => toPlain(b, value, dims),
    wrap: (value) => b.tensor(value, x.shape),
  };
}

/** x * scale + bias + sum for every (sample, channel) of a blocked [N,C,H,W] tensor. */
export function perChannel(b: Builder, x: GraphValue, terms: AffineTerms): GraphValue {
  const [n, c, h, w] = x.dims as [number, number, number, number];
  if (b.block === 1) return affinePlain(b, x, terms, [n, c, 1, 1]);
  return b.view(affineBlocked(b, b.view(x, [1, n * c, 1, h * w]), terms), x.dims);
}
