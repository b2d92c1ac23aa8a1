import * as tf from '@tensorflow/tfjs-core';
import type { Distance } from './distance.js';

/** A network with perceptual features, such as VGG. */
export interface PerceptualNetwork {
  /**
   * @param images [N, H, W, C] in [-1, 1]
   * @returns one or more [N, h, w, c]
   */
  features(images: tf.Tensor4D): tf.Tensor4D[];
  /** Weights of the channels of each layer, [c] each. Left out, 1. */
  readonly channelWeights?: readonly tf.Tensor1D[];
}

/**
 * The distance of Zhang et al. 2018 (LPIPS), Eq. (1), with the caller's network: weighted squared differences of feature
 * vectors of unit length, averaged over positions and summed over layers.
 */
export function perceptualDistance(network: PerceptualNetwork): Distance {
  return (a, b) => {
    const [featuresA, featuresB] = [network.features(a), network.features(b)];
    const layers = featuresA.map((feature, i) => {
      const squares = tf.squaredDifference(unitLength(feature), unitLength(featuresB[i]!));
      const weights = network.channelWeights?.[i];
      const weighted = weights === undefined ? squares : tf.mul(squares, weights);
      return tf.mean(tf.sum(weighted, 3), [1, 2]) as tf.Tensor1D;
    });
    return tf.addN(layers);
  };
}

/** Scales each position's vector of channels to unit length. */
function unitLength(features: tf.Tensor4D): tf.Tensor4D {
  return tf.div(features, tf.sqrt(tf.add(tf.sum(tf.square(features), 3, true), 1e-10)));
}
