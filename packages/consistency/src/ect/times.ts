import * as tf from '@tensorflow/tfjs-core';
import { logNormalSigmas } from '@onestep/diffusion-core';
import type { Draw } from '../training/student-step.js';
import type { StudentOptions } from '../training/options.js';
import type { TimeOptions } from './options.js';

/** How the gap between t and r depends on t, by the published names. */
export const MAPPINGS = ['sigmoid', 'const'] as const;

/** Shape of the gap between t and r. */
export interface GapShape {
  k: number;
  b: number;
  mapping: (typeof MAPPINGS)[number];
  /** The smallest r. */
  rMin: number;
}

/** The smallest gap where r has a lower bound, which t may reach. */
const SMALLEST_GAP = 1e-6;

/** Times t, log-normal, and drawn anew where they are outside of their bounds. */
export const logNormalTimes: Draw<TimeOptions & StudentOptions> = {
  draw(rng, n, _progress, { pMean: mean, pStd: std, tMin, tMax }) {
    const times = logNormalSigmas(rng.normal(n), { mean, std });
    const isOutside = (t: number) => t < (tMin ?? 0) || t > (tMax ?? Infinity);
    for (let i = 0; i < n; i++) {
      while (isOutside(times[i]!)) times[i] = logNormalSigmas(rng.normal(1), { mean, std })[0]!;
    }
    return times;
  },
};

/**
 * The time r before t, Eq. (17), Geng et al. 2024: r = t - t q^-(stage + 1) n(t), and at least `rMin`, with
 * n(t) = 1 + k sigmoid(-b t).
 *
 * @param t [N] times, above 0
 * @param share q^-(stage + 1)
 * @returns r and t - r, [N] each
 */
export function timesBefore(
  t: tf.Tensor1D,
  share: tf.Scalar | number,
  { k, b, mapping, rMin }: GapShape,
): { r: tf.Tensor1D; gap: tf.Tensor1D } {
  const shape = mapping === 'const' ? 1 : tf.add(1, tf.mul(k, tf.sigmoid(tf.mul(t, -b))));
  // Not t minus r, whose digits cancel.
  const gap = tf.minimum(tf.mul(tf.mul(t, share), shape), tf.sub(t, rMin)) as tf.Tensor1D;
  const above = rMin === 0 ? gap : (tf.maximum(gap, SMALLEST_GAP) as tf.Tensor1D);
  return { r: tf.sub(t, above), gap: above };
}
