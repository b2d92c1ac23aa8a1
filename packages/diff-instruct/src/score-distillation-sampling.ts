import type * as tf from '@tensorflow/tfjs-core';
import { integralKlLoss, type IntegralKlLoss, type IntegralWeight } from './integral-kl-loss.js';

/** Input of {@link scoreDistillationLoss}. Only the images are differentiated. */
export interface ScoreDistillationLossArgs {
  /** x = g(theta): an image that no latent changes, or one for each row. [N, H, W, C] */
  images: tf.Tensor4D;
  /** The teacher's f_phi(x + sigma noise), [N, H, W, C]. */
  fPhi: tf.Tensor4D;
  /** Noise levels, [N]. */
  sigma: tf.Tensor1D;
  /** Left out, sigma^2. */
  weight?: IntegralWeight;
}

/**
 * Score distillation sampling (Poole et al. 2022), a special case of the integral KL divergence by Lemma 3.4,
 * Luo et al. 2023. The generator makes one image x only, so that q_t is Gaussian around it and its score s_q =
 * (x - x_t) / sigma^2 = -noise / sigma is known. No fake score network is needed. The gradient is
 *
 *     w(t) / sigma (noise_phi(x_t) - noise),   noise_phi = (x_t - f_phi(x_t)) / sigma.
 */
export function scoreDistillationLoss({ images, ...rest }: ScoreDistillationLossArgs): IntegralKlLoss {
  return integralKlLoss({ xg: images, fPsi: images, ...rest });
}
