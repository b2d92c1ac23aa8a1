import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';
import { maskSamples, validSamples, type ComparedImages } from '@onestep/score-distillation';
import { meanDifferences, type WeightedLoss } from '../score-identity.js';

/**
 * Distances d of the two denoised images, by name. Each is given by d'(y) / |y|, a number of each sample, which is
 * differentiated too: [N] from the squared norm of each sample.
 */
export const SIM_DISTANCES = {
  /** d(y) = sqrt(|y|^2 + c^2) - c */
  'pseudo-huber': (squaredNorm: tf.Tensor, c: number) => tf.rsqrt(tf.add(squaredNorm, c ** 2)),
  /** d(y) = |y|^2 / 2 */
  squared: (squaredNorm: tf.Tensor) => tf.onesLike(squaredNorm),
};

/** Name of a distance of SIM. */
export type SimDistance = keyof typeof SIM_DISTANCES;

/** Factors on the loss of each sample, by name: [N] from the images, constants. */
export const SIM_WEIGHTS = {
  constant: ({ xg }: ComparedImages) => tf.ones([xg.shape[0]]) as tf.Tensor1D,
  /** SiD's omega. */
  'teacher-distance': (images: ComparedImages) => tf.div(1, meanDifferences(images)) as tf.Tensor1D,
};

/** Name of a weight of SIM. */
export type SimWeight = keyof typeof SIM_WEIGHTS;

/** Input of {@link simGeneratorLoss}. Gradients flow through all three images. */
export interface SimGeneratorLossArgs extends ComparedImages {
  distance: SimDistance;
  /** Above 0: differences that are much smaller count as squares, larger ones by their norm. */
  c: number;
  w: SimWeight;
}

/**
 * The loss of score implicit matching of each pixel (Luo et al. 2024), for a distance d of the denoised images:
 *
 *     w d'(y)'(f_psi - x_g),   y = f_phi - f_psi
 *
 * For the pseudo-Huber distance, d'(y) = y / sqrt(|y|^2 + c^2); for the squared one, d'(y) = y, and with SiD's omega as w the loss
 * is that of SiD with alpha = 1. Norms are over the pixels of a sample. The gradient of its mean is that of the mean of w d(y)
 * where the noisy images are drawn from a fixed distribution, once f_psi has converged. For that identity everything but w is
 * differentiated, d' included.
 */
export function simGeneratorLoss({ distance, c, w, ...images }: SimGeneratorLossArgs): WeightedLoss {
  return tf.tidy(() => {
    const valid = validSamples(images);
    const masked = maskSamples(images, valid);
    const { xg, fPhi, fPsi } = masked;
    const weight = SIM_WEIGHTS[w](masked);
    const gap = tf.sub(fPhi, fPsi);
    const slope = SIM_DISTANCES[distance](tf.sum(tf.square(gap), [1, 2, 3], true), c);
    const loss = tf.mul(perImage(weight), tf.mul(tf.mul(gap, slope), tf.sub(fPsi, xg))) as tf.Tensor4D;
    return { loss, weight, valid };
  });
}
