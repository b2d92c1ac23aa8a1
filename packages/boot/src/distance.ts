import * as tf from '@tensorflow/tfjs-core';

/**
 * A distance of images.
 *
 * @param a [N, H, W, C]; gradients flow through it
 * @param b [N, H, W, C]
 * @returns [N], each summed over the pixels of an image
 */
export type Distance = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor1D;

/** Distances by name. */
export const DISTANCES = {
  /** |a - b|^2 */
  l2: (a, b) => tf.sum(tf.squaredDifference(a, b), [1, 2, 3]),
  /** Sum of |a - b|. */
  l1: (a, b) => tf.sum(tf.abs(tf.sub(a, b)), [1, 2, 3]),
  'pseudo-huber': pseudoHuber,
} as const satisfies Record<string, Distance>;

export type DistanceName = keyof typeof DISTANCES;

/** sqrt(|a - b|^2 + c^2) - c with c = 0.00054 sqrt(d) for images of d numbers: Song & Dhariwal 2023. */
function pseudoHuber(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor1D {
  const c = 0.00054 * Math.sqrt(a.size / a.shape[0]);
  return tf.sub(tf.sqrt(tf.add(DISTANCES.l2(a, b), c ** 2)), c) as tf.Tensor1D;
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
