import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient } from '@onestep/diffusion-core';
import { maskSamples, validSamples, type ComparedImages } from '@onestep/score-distillation';

/** w(sigma) of the integral KL divergence: [N] from [N] noise levels. */
export type IntegralWeight = (sigma: tf.Tensor1D) => tf.Tensor1D;

/** Input of {@link integralKlLoss}. Only x_g is differentiated. */
export interface IntegralKlLossArgs extends ComparedImages {
  /** Noise levels, [N]. */
  sigma: tf.Tensor1D;
  /** Left out, sigma^2. */
  weight?: IntegralWeight;
}

/** The loss of a micro-batch of N samples, and the two numbers of each sample that statistics need. */
export interface IntegralKlLoss {
  /** [N, H, W, C], unreduced; 0 for samples that hold a NaN. Its gradient is meaningful, its value is not. */
  loss: tf.Tensor4D;
  /** w(sigma) / sigma^2, the factor on each sample's loss, [N], constants. */
  weight: tf.Tensor1D;
  /** [N], true where a sample holds no NaN; constants. */
  valid: tf.Tensor1D;
}

/** The published w(sigma) = sigma^2, with which the difference of the denoised images has the factor 1. */
export const PUBLISHED_WEIGHT: IntegralWeight = (sigma) => tf.square(sigma);

/**
 * A loss whose gradient is that of the integral KL divergence, Eq. (3.2), Luo et al. 2023:
 *
 *     grad IKL = E[ w(t) (s_q(x_t, t) - s_p(x_t, t))' dx_t/dtheta ],   x_t = x_g + sigma noise
 *
 * where s_p is the teacher's score and s_q that of the student's images. By Tweedie's formula
 * s(x_t) = (f(x_t) - x_t) / sigma^2, so that s_q - s_p = (f_psi - f_phi) / sigma^2, which is held constant.
 *
 * Noise levels are those of the unscaled space (s = 1). With scaling, x_t' = s x_t, the scores are 1 / s times and
 * dx_t'/dtheta is s times as large, so nothing changes. For an integral over t, draw t in proportion to a density and
 * divide w(t) by it.
 */
export function integralKlLoss({ sigma, weight = PUBLISHED_WEIGHT, ...images }: IntegralKlLossArgs): IntegralKlLoss {
  return tf.tidy(() => {
    const valid = validSamples(images);
    const { xg, fPhi, fPsi } = maskSamples(images, valid);
    const factor = withoutGradient(() => tf.div(weight(sigma), tf.square(sigma)) as tf.Tensor1D);
    // w (s_q - s_p), the gradient with respect to x_g: Eq. (3.2), Luo et al. 2023
    const slope = withoutGradient(() => tf.mul(perImage(factor), tf.sub(fPsi, fPhi)));
    return { loss: tf.mul(slope, xg) as tf.Tensor4D, weight: factor, valid };
  });
}
