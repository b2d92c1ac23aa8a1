import * as tf from '@tensorflow/tfjs-core';
import { NOISE_TABLE, LAST_STEP } from '../noise-table.js';
import { DIVERGENCES, type Divergence, type DivergenceName } from './divergences.js';

/** Bounds of the mean logit, before its exponential. */
const MAX_LOGIT = 10;
/** Keeps a division by a mean of 0 finite. */
const EPSILON = 1e-6;
const SIGMA_MIN = NOISE_TABLE[0]!;
const SIGMA_MAX = NOISE_TABLE[LAST_STEP]!;

/** How ratios become weights. */
export interface RatioWeighting {
  fDiv: DivergenceName;
  /** Bounds of the ratio. */
  ratioLower: number;
  ratioUpper: number;
  /** Whether ratios are divided by the mean ratio at similar noise levels. */
  ratioNormalization: boolean;
  /** Share of the old mean that is kept in a step. */
  ratioEmaRate: number;
}

/** Logits and noise levels of a whole batch. */
export interface JudgedSamples {
  /** Logits of the discriminator, [N, heads]. */
  logits: tf.Tensor2D;
  /** Noise levels, [N]. */
  sigma: tf.Tensor1D;
}

/** The weights of a batch. All are constants. */
export interface RatioWeights {
  /** h of each sample, of mean 1, [N]. */
  weights: tf.Tensor1D;
  /** The mean ratios after this batch, [bins]. */
  bins: tf.Tensor1D;
}

/**
 * The factors h on the score term of each sample, Xu et al. 2025, from the ratio r = p / q that the discriminator
 * estimates: exp of its mean logit. Bins of equal width in sigma hold the mean ratio at their noise levels. They move toward the
 * batch's means first, and then divide its ratios. All means are over the batch.
 *
 * @param bins mean ratios so far, [bins]
 */
export function ratioWeights(
  { logits, sigma }: JudgedSamples,
  bins: tf.Tensor1D,
  { fDiv, ratioLower, ratioUpper, ratioNormalization, ratioEmaRate }: RatioWeighting,
): RatioWeights {
  return tf.tidy(() => {
    const { weight, isConstant }: Divergence = DIVERGENCES[fDiv];
    const raw = tf.exp(tf.clipByValue(tf.mean(logits, 1), -MAX_LOGIT, MAX_LOGIT));
    const ratio = tf.clipByValue(raw, ratioLower, ratioUpper) as tf.Tensor1D;
    const binned = ratioNormalization ? normalizeByBin(ratio, sigma, bins, ratioEmaRate) : { ratio, bins };
    const h = weight(binned.ratio);
    const weights = isConstant ? h : tf.div<tf.Tensor1D>(h, tf.add(tf.mean(h), EPSILON));
    return { weights, bins: tf.clone(binned.bins) };
  });
}

/** Divides ratios by the mean ratio of their bin, which first moves toward that of the batch. */
function normalizeByBin(ratio: tf.Tensor1D, sigma: tf.Tensor1D, bins: tf.Tensor1D, keep: number) {
  const count = bins.shape[0];
  const width = (SIGMA_MAX - SIGMA_MIN) / count;
  const index = tf.clipByValue(tf.floor(tf.div(tf.sub(sigma, SIGMA_MIN), width)), 0, count - 1);
  // [N, bins]: 1 where a sample is in a bin.
  const member = tf.cast(tf.equal(tf.reshape(index, [-1, 1]), tf.reshape(tf.range(0, count), [1, -1])), 'float32');
  const held = tf.sum(member, 0);
  const mean = tf.div(tf.sum(tf.mul(member, tf.reshape(ratio, [-1, 1])), 0), tf.add(held, EPSILON));
  const moved = tf.add(tf.mul(bins, keep), tf.mul(mean, 1 - keep));
  const updated = tf.where(tf.greater(held, 0), moved, bins) as tf.Tensor1D;
  const own = tf.sum(tf.mul(member, tf.reshape(updated, [1, -1])), 1);
  return { ratio: tf.div<tf.Tensor1D>(ratio, tf.add(own, EPSILON)), bins: updated };
}
