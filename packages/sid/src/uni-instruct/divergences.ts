import * as tf from '@tensorflow/tfjs-core';

/** An f-divergence D_f(p || q) = E_q f(p / q) of the student's distribution q from the data's p, as the student's gradient sees it. */
export interface Divergence {
  /** f(r), as text. */
  f: string;
  /** f''(r) r^2, the factor on a sample's loss, [N]. */
  weight(ratio: tf.Tensor1D): tf.Tensor1D;
}

/** The divergences of Uni-Instruct by name; `rkl`, whose factor is 1 whatever the ratio, needs no discriminator. */
export const UNI_DIVERGENCES = {
  /** Forward KL. */
  kl: { f: 'r ln r', weight: (r) => r },
  /** Reverse KL. */
  rkl: { f: '-ln r', weight: (r) => tf.onesLike(r) },
  /** Jensen-Shannon, twice. */
  js: { f: 'r ln r - (r + 1) ln((r + 1) / 2)', weight: (r) => tf.div(r, tf.add(r, 1)) },
  /** Jeffreys: forward and reverse KL. */
  jf: { f: '(r - 1) ln r', weight: (r) => tf.add(r, 1) },
  /** Pearson's chi-squared. */
  chi2: { f: '(r - 1)^2', weight: (r) => tf.mul(tf.square(r), 2) },
  /** Squared Hellinger, half of it. */
  sh: { f: '1 - sqrt(r)', weight: (r) => tf.div(tf.sqrt(r), 4) },
} satisfies Record<string, Divergence>;

/** Name of a divergence of Uni-Instruct. */
export type UniDivergence = keyof typeof UNI_DIVERGENCES;
