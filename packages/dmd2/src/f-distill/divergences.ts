import * as tf from '@tensorflow/tfjs-core';

/** Where the ratio r is divided by, it is at least this. */
const MIN_RATIO = 1e-8;

/** An f-divergence between the teacher's distribution p and the student's q, as the student's gradient sees it. */
export interface Divergence {
  /** f(r) of the ratio r = p / q, as text. */
  f: string;
  /** h(r) = f''(r) r^2, Table 1, Xu et al. 2025, up to a constant, [N]. */
  weight(ratio: tf.Tensor1D): tf.Tensor1D;
  /** Whether h is constant, so that neither a ratio nor its normalization enters. */
  isConstant?: boolean;
}

/** The f-divergences of f-distill, by their published names. */
export const DIVERGENCES = {
  /** Reverse KL, the divergence of DMD2. */
  rkl: { f: '-ln r', weight: (r) => tf.onesLike(r), isConstant: true },
  /** Forward KL. */
  kl: { f: 'r ln r', weight: (r) => r },
  /** Jensen-Shannon. */
  js: { f: 'r ln r - (r + 1) ln((r + 1) / 2)', weight: (r) => tf.sub(1, tf.div(1, tf.add(r, 1))) },
  /** Softened reverse KL. */
  sf: { f: '(r + 1) ln(1/2 + 1/(2 r))', weight: (r) => tf.div(1, tf.add(r, 1)) },
  /** Squared Hellinger. */
  sh: { f: '1 - sqrt(r)', weight: (r) => tf.sqrt(r) },
  /** Jeffreys: forward and reverse KL. */
  jf: { f: '(r - 1) ln r', weight: (r) => tf.add(r, 1) },
  /** Neyman's chi-squared. */
  neyman: { f: '(1 - r)^2 / r', weight: (r) => tf.div(1, tf.maximum(r, MIN_RATIO)) },
} satisfies Record<string, Divergence>;

/** Name of an f-divergence. */
export type DivergenceName = keyof typeof DIVERGENCES;
