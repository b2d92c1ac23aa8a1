import * as tf from '@tensorflow/tfjs-core';
import type { Conditions, Denoiser } from '../denoiser.js';

/** A mixture of isotropic Gaussians in the space of images. */
export interface GaussianMixture {
  imgResolution: number;
  imgChannels: number;
  /** The K component means, each an image [H, W, C] row-major. */
  means: readonly ArrayLike<number>[];
  /** Standard deviation of every component. */
  std: number;
  /** Probability of each component, up to a common factor. Left out, all are equal. */
  weights?: readonly number[];
  /** Class of each component, integers from 0. Left out, the denoiser is unconditional. */
  classes?: readonly number[];
}

/**
 * The exact denoiser of a Gaussian mixture: a teacher without error, for tests and demonstrations without a trained
 * network.
 */
export class GaussianMixtureDenoiser implements Denoiser {
  readonly imgResolution: number;
  readonly imgChannels: number;
  readonly labelDim: number;
  readonly sigmaMin = 0;
  readonly sigmaMax = Infinity;
  private readonly mixture: GaussianMixture;

  /** @throws RangeError if `weights` or `classes` is not one per component */
  constructor(mixture: GaussianMixture) {
    const { means, weights, classes } = mixture;
    for (const [name, list] of Object.entries({ weights, classes })) {
      if (list && list.length !== means.length) {
        throw new RangeError(
          `The mixture has ${means.length} means and ${list.length} ${name}; it needs one per mean.`,
        );
      }
    }
    this.imgResolution = mixture.imgResolution;
    this.imgChannels = mixture.imgChannels;
    this.labelDim = classes ? Math.max(...classes) + 1 : 0;
    this.mixture = mixture;
  }

  roundSigma(sigma: number): number {
    return sigma;
  }

  /**
   * D(x; sigma) = sum_k r_k (m_k + s^2 / (s^2 + sigma^2) (x - m_k)), where r_k is the probability that x came from
   * component k: r_k ~ w_k exp(-|x - m_k|^2 / (2 (s^2 + sigma^2))).
   */
  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D, { labels }: Conditions = {}): tf.Tensor4D {
    const { means, std } = this.mixture;
    return tf.tidy(() => {
      const flat = tf.reshape(x, [x.shape[0], -1]) as tf.Tensor2D;
      const m = tf.tensor2d(means.map((mean) => Array.from(mean)));
      const noiseVariance = tf.reshape(tf.square(sigma), [-1, 1]);
      const total = tf.add(noiseVariance, std ** 2);
      const differences = tf.sub(tf.expandDims(flat, 1), tf.expandDims(m, 0)); // [N, K, pixels]
      const distances = tf.sum(tf.square(differences), 2);
      const logits = tf.sub(this.logWeights(labels), tf.div(distances, tf.mul(total, 2)));
      const mean = tf.matMul(tf.softmax(logits as tf.Tensor2D), m);
      const shrink = tf.div(std ** 2, total);
      return tf.reshape(tf.add(mean, tf.mul(shrink, tf.sub(flat, mean))), x.shape);
    });
  }

  /** ln w_k, [1, K]. With labels [N, K], where components of other classes get a negligible probability. */
  private logWeights(labels: tf.Tensor2D | undefined): tf.Tensor2D {
    const { means, weights, classes } = this.mixture;
    const total = weights?.reduce((a, b) => a + b, 0) ?? 1;
    const logs = tf.tensor2d([means.map((_, k) => (weights ? Math.log(weights[k]! / total) : 0))]);
    if (!classes || !labels) return logs;
    const membership = tf.tensor2d(
      Array.from({ length: this.labelDim }, (_, c) => classes.map((k) => Number(k === c))),
    );
    const member = tf.matMul(labels, membership);
    // The null label, a row of zeros, stands for all classes.
    const unconditional = tf.sub(1, tf.sum(labels, 1, true));
    return tf.sub(logs, tf.mul(tf.sub(1, tf.add(member, unconditional)), 1e9)) as tf.Tensor2D;
  }
}
