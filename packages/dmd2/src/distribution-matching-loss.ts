import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient } from '@onestep/diffusion-core';
import { maskSamples, validSamples, type ComparedImages } from '@onestep/score-distillation';

/** Keeps a division by a mean difference of 0 finite. */
const TINY = 1e-30;

/** Input of {@link distributionMatchingLoss}. Only x_g is differentiated. */
export interface DistributionMatchingArgs extends ComparedImages {
  /** Added to w. */
  epsilon: number;
  /** h, a factor on each sample, [N]; left out, 1. */
  factor?: tf.Tensor1D;
}

/** The loss of a micro-batch of N samples, and the two numbers of each sample that statistics need. */
export interface DistributionMatchingLoss {
  /** [N, H, W, C], unreduced; 0 for samples that hold a NaN. */
  loss: tf.Tensor4D;
  /** h / (w + epsilon), the factor on each sample's gradient, [N], constants. */
  weight: tf.Tensor1D;
  /** [N], true where a sample holds no NaN; constants. */
  valid: tf.Tensor1D;
}

/**
 * The distribution matching loss, Eq. (7) and (8), Yin et al. 2023, in the form of DMD2's code:
 *
 *     1/2 |x_g - sg(x_g - g)|^2,   g = h (f_psi - f_phi) / (w + epsilon),   w = mean |x_g - f_phi|
 *
 * with the mean over the pixels of a sample. Its value is |g|^2 / 2 and its gradient with respect to x_g is g. With the factor h
 * it is that of f-distill, Xu et al. 2025.
 */
export function distributionMatchingLoss({
  epsilon,
  factor,
  ...images
}: DistributionMatchingArgs): DistributionMatchingLoss {
  return tf.tidy(() => {
    const valid = validSamples(images);
    const { xg, fPhi, fPsi } = maskSamples(images, valid);
    const weight = withoutGradient(() => {
      const difference = tf.mean(tf.abs(tf.sub(xg, fPhi)), [1, 2, 3]);
      return tf.div(factor ?? 1, tf.maximum(tf.add(difference, epsilon), TINY)) as tf.Tensor1D;
    });
    const slope = withoutGradient(() => tf.mul(perImage(weight), tf.sub(fPsi, fPhi)));
    const value = withoutGradient(() => tf.mul(tf.square(slope), 0.5));
    // x_g - sg(x_g) is 0 with the gradient 1: both are as published, without the rounding of x_g - g.
    const constant = withoutGradient(() => tf.clone(xg));
    return { loss: tf.add(value, tf.mul(slope, tf.sub(xg, constant))) as tf.Tensor4D, weight, valid };
  });
}
