import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '@onestep/diffusion-core';
import { maskSamples, validSamples, type ComparedImages } from '@onestep/score-distillation';

/** w(sigma) of the integral KL divergence, at each of [N] noise levels. */
export type IntegralWeight = (sigma: tf.Tensor1D) => tf.Tensor1D;

/** What {@link integralKlLoss} compares; only x_g is differentiated. */
export interface IntegralKlLossArgs extends ComparedImages {
  /** [N] */
  sigma: tf.Tensor1D;
  /** Left out, sigma^2. */
  weight?: IntegralWeight;
}

/** The loss, and what it says about the run. */
export interface IntegralKlLoss {
  /** [N, H, W, C], unreduced; 0 for samples that hold a NaN. Its value means nothing: its gradient does. */
  loss: tf.Tensor4D;
  /** w(sigma) / sigma^2: the weight of each sample's difference of images, [N], constants. */
  weight: tf.Tensor1D;
  /** [N], true where a sample holds no NaN. */
  valid: tf.Tensor1D;
}

/** The published weighting: the difference of the denoised images as it is. */
export const PUBLISHED_WEIGHT: IntegralWeight = (sigma) => tf.square(sigma);

/**
 * A loss whose gradient is that of the integral KL divergence, Eq. (3.2) of Luo et al. 2023:
 *
 *     grad IKL = E[ w(t) (s_q(x_t, t) - s_p(x_t, t))' dx_t/dtheta ],   x_t = x_g + sigma noise
 *
 * where s_p is the teacher's score and s_q that of the generator's images. By Tweedie's formula
 * s(x_t) = (f(x_t) - x_t) / sigma^2, so that s_q - s_p = (f_psi - f_phi) / sigma^2, which is held constant.
 *
 * Noise levels are those of the unscaled space (s = 1). With scaling, x_t' = s x_t, the scores are 1 / s and dx_t'/dtheta
 * s times as large: nothing changes. For an integral over t, draw t in proportion to a density and divide w(t) by it.
 */
export function integralKlLoss({ sigma, weight = PUBLISHED_WEIGHT, ...images }: IntegralKlLossArgs): IntegralKlLoss {
  return tf.tidy(() => {
    const valid = validSamples(images);
    const { xg, fPhi, fPsi } = maskSamples(images, valid);
    const factor = withoutGradient(() => tf.div(weight(sigma), tf.square(sigma)) as tf.Tensor1D);
    // w (s_q - s_p), the gradient with respect to x_g
    const slope = withoutGradient(() => tf.mul(tf.reshape(factor, [-1, 1, 1, 1]), tf.sub(fPsi, fPhi)));
    return { loss: tf.mul(slope, xg) as tf.Tensor4D, weight: factor, valid };
  });
}

/** What {@link scoreDistillationLoss} compares. */
export interface ScoreDistillationLossArgs {
  /** x = g(theta): an image that no latent changes, or one for each row; differentiable. [N, H, W, C] */
  images: tf.Tensor4D;
  /** f_phi(x + sigma noise). */
  fPhi: tf.Tensor4D;
  /** [N] */
  sigma: tf.Tensor1D;
  /** Left out, sigma^2. */
  weight?: IntegralWeight;
}

/**
 * Score distillation sampling (Poole et al. 2022), the special case of the integral KL divergence that Lemma 3.4 of Luo
 * et al. 2023 says it is: the generator makes one image x only, so that q_t is Gaussian around it and its score
 * s_q = (x - x_t) / sigma^2 = -noise / sigma is known. No score network is needed; the gradient is
 *
 *     w(t) / sigma (noise_phi(x_t) - noise),   noise_phi = (x_t - f_phi(x_t)) / sigma.
 */
export function scoreDistillationLoss({ images, ...rest }: ScoreDistillationLossArgs): IntegralKlLoss {
  return integralKlLoss({ xg: images, fPsi: images, ...rest });
}
