import * as tf from '@tensorflow/tfjs-core';
import { oneOf, type Check } from '../method/option-checks.js';
import { pseudoHuberDistance, squaredDistance, type Distance } from './distance.js';

/** Distances of an image from the teacher's, by the names of options. A loss is their average over a batch. */
export const REGRESSION_DISTANCES = {
  /** Half the mean square: |a - b|^2 / 2 d for images of d numbers. */
  l2: (a, b) => tf.div(squaredDistance(a, b), (2 * a.size) / a.shape[0]) as tf.Tensor1D,
  /** The mean of |a - b|. */
  l1: (a, b) => tf.mean(tf.abs(tf.sub(a, b)), [1, 2, 3]),
  'pseudo-huber': pseudoHuberDistance,
} as const satisfies Record<string, Distance>;

/** A distance by its name. `lpips` needs the caller's network: see `MethodArgs.perceptual`. */
export type RegressionDistanceName = keyof typeof REGRESSION_DISTANCES | 'lpips';

const NAMES: Record<RegressionDistanceName, unknown> = { ...REGRESSION_DISTANCES, lpips: null };

/** A name of a distance; from a program also a function. */
export const regressionDistance: Check<RegressionDistanceName | Distance> = {
  ...oneOf(NAMES),
  accepts: (value) => typeof value === 'function' || oneOf(NAMES).accepts(value),
};

/**
 * Finds a distance.
 *
 * @param perceptual the distance that `lpips` stands for
 * @throws RangeError if it is `lpips` and there is no such network
 */
export function settleDistance(chosen: RegressionDistanceName | Distance, perceptual?: Distance): Distance {
  if (typeof chosen === 'function') return chosen;
  if (chosen !== 'lpips') return REGRESSION_DISTANCES[chosen];
  if (perceptual !== undefined) return perceptual;
  throw new RangeError('The distance lpips compares with a network whose weights are yours: pass `perceptual`.');
}
