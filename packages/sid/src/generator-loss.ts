import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '@onestep/diffusion-core';
import { maskSamples, validSamples, type ComparedImages } from '@onestep/score-distillation';

/** What {@link sidGeneratorLoss} compares. Gradients flow through all three. */
export interface SidGeneratorLossArgs extends ComparedImages {
  alpha: number;
}

/** The loss, and what it says about the run. */
export interface SidGeneratorLoss {
  /** [N, H, W, C], unreduced; 0 for samples that hold a NaN. */
  loss: tf.Tensor4D;
  /** The weights w, [N], constants. */
  weight: tf.Tensor1D;
  /** [N], true where a sample holds no NaN. */
  valid: tf.Tensor1D;
}

const MIN_WEIGHT = 1e-5;

/**
 * The SiD loss of Zhou et al. 2024 for each pixel: L_2 - alpha L_1, where L_1 = |f_phi - f_psi|^2 is the squared
 * difference of the scores and L_2 = (f_phi - f_psi)'(f_phi - x_g) the same with one factor projected.
 */
export function sidGeneratorLoss({ alpha, ...images }: SidGeneratorLossArgs): SidGeneratorLoss {
  return tf.tidy(() => {
    const valid = validSamples(images);
    const { xg, fPhi, fPsi } = maskSamples(images, valid);
    // w = mean |x_g - f_phi(x_t)| over the pixels of a sample, without gradient
    const weight = withoutGradient(
      () => tf.maximum(tf.mean(tf.abs(tf.sub(xg, fPhi)), [1, 2, 3]), MIN_WEIGHT) as tf.Tensor1D,
    );
    // (f_phi - f_psi) [(f_phi - x_g) - alpha (f_phi - f_psi)] / w
    const gap = tf.sub(fPhi, fPsi);
    const product = tf.mul(gap, tf.sub(tf.sub(fPhi, xg), tf.mul(gap, alpha)));
    const loss = tf.div(product, tf.reshape(weight, [-1, 1, 1, 1])) as tf.Tensor4D;
    return { loss, weight, valid };
  });
}
