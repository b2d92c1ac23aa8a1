import * as tf from '@tensorflow/tfjs-core';
import { oneOf, pseudoHuberDistance, squaredDistance, type Check, type Distance } from '@onestep/diffusion-core';

/** Distances by name, each summed over the numbers of an image. */
export const DISTANCES = {
  /** |a - b|^2 */
  l2: squaredDistance,
  /** Sum of |a - b|. */
  l1: (a, b) => tf.sum(tf.abs(tf.sub(a, b)), [1, 2, 3]),
  'pseudo-huber': pseudoHuberDistance,
} as const satisfies Record<string, Distance>;

/** A distance by its name. `lpips` needs the caller's network: see `MethodArgs.perceptual`. */
export type DistanceName = keyof typeof DISTANCES | 'lpips';

const NAMES: Record<DistanceName, unknown> = { ...DISTANCES, lpips: null };

/**
 * A name of a distance; from a program also a function.
 *
 * @internal
 */
export const distanceCheck: Check<DistanceName | Distance> = {
  ...oneOf(NAMES),
  accepts: (value) => typeof value === 'function' || oneOf(NAMES).accepts(value),
};

/**
 * Finds a distance.
 *
 * @param perceptual the distance that `lpips` stands for
 * @throws RangeError if it is `lpips` and there is no such network
 * @internal
 */
export function findDistance(chosen: DistanceName | Distance, perceptual?: Distance): Distance {
  if (typeof chosen === 'function') return chosen;
  if (chosen !== 'lpips') return DISTANCES[chosen];
  if (perceptual !== undefined) return perceptual;
  throw new RangeError('The distance lpips compares with a network whose weights are yours: pass `perceptual`.');
}

/** A network with perceptual features, such as VGG. */
export interface PerceptualNetwork {
  /**
   * @param images [N, H, W, C] in [-1, 1]
   * @returns one or more [N, h, w, c]; weights of channels, if there are any, are already applied
   */
  features(images: tf.Tensor4D): tf.Tensor4D[];
}

/**
 * The distance of Zhang et al. 2018 (LPIPS), with the caller's features: squared differences of feature vectors
 * of unit length, averaged over positions and summed over layers.
 */
export function perceptualDistance(network: PerceptualNetwork): Distance {
  return (a, b) => {
    const [featuresA, featuresB] = [network.features(a), network.features(b)];
    const layers = featuresA.map((feature, i) => {
      const difference = tf.squaredDifference(unitLength(feature), unitLength(featuresB[i]!));
      return tf.mean(tf.sum(difference, 3), [1, 2]) as tf.Tensor1D;
    });
    return tf.addN(layers);
  };
}

/** Scales each position's vector of channels to unit length. */
function unitLength(features: tf.Tensor4D): tf.Tensor4D {
  return tf.div(features, tf.sqrt(tf.add(tf.sum(tf.square(features), 3, true), 1e-10)));
}
