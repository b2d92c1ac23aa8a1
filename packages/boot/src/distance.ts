import * as tf from '@tensorflow/tfjs-core';
import { pseudoHuberDistance, squaredDistance, type Distance } from '@onestep/diffusion-core';

/** Distances by name, each summed over the numbers of an image. */
export const DISTANCES = {
  /** |a - b|^2 */
  l2: squaredDistance,
  /** Sum of |a - b|. */
  l1: (a, b) => tf.sum(tf.abs(tf.sub(a, b)), [1, 2, 3]),
  'pseudo-huber': pseudoHuberDistance,
} as const satisfies Record<string, Distance>;

export type DistanceName = keyof typeof DISTANCES;
