import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '@onestep/diffusion-core';
import type { ComparedImages, GeneratorInputs, Networks } from '@onestep/score-distillation';
import { meanDifferences, type WeightedLoss } from '../score-identity.js';
import { sidGeneratorLoss } from '../sid.js';
import { ganLoss, encoderLogits } from './discriminator.js';
import { discriminatorOf, lastMap } from './discriminator-phase.js';

/**
 * omega = 1 / mean |x_g - f_phi| of each sample, without those that hold a NaN. Their mean over the batch is the weight of the
 * student's loss against the discriminator.
 *
 * @returns constants, [N] each
 */
function sampleWeights({ xg, fPhi }: Pick<ComparedImages, 'xg' | 'fPhi'>): Record<'weight' | 'counted', tf.Tensor1D> {
  const isValid = withoutGradient(() => tf.logicalNot(tf.isNaN(tf.sum(tf.add(xg, fPhi), [1, 2, 3]))));
  const weight = withoutGradient(() => {
    const difference = meanDifferences({ xg, fPhi });
    return tf.where(isValid, tf.div(1, difference), tf.zerosLike(difference));
  });
  return { weight: weight as tf.Tensor1D, counted: withoutGradient(() => tf.cast(isValid, 'float32')) as tf.Tensor1D };
}

/** The student's images as both networks and the discriminator see them. */
export interface JudgedImages extends WeightedLoss {
  images: ComparedImages;
  /** [N, R, R] */
  logits: tf.Tensor3D;
  /** The student's loss against the discriminator, [N]; 0 for samples that hold a NaN. */
  gan: tf.Tensor1D;
}

/**
 * SiD's loss and the loss against the discriminator, from one evaluation of each network. The gradient reaches the student
 * through x_g and, through both frozen networks, through x_t.
 */
export function judgeImages(
  { xg, xt, sigma, labels, whole }: GeneratorInputs,
  { teacher, fakeScore }: Networks,
  alpha: number,
): JudgedImages {
  const network = discriminatorOf(fakeScore);
  network.module.eval();
  const fPhi = teacher.denoise(xt, sigma, { labels });
  const { denoised: fPsi, features } = network.denoiseWithFeatures(xt, sigma, { labels }, [lastMap(network)]);
  const images = { xg, fPhi, fPsi };
  const { loss, weight, valid } = sidGeneratorLoss({ ...images, alpha });
  const { weight: weights, counted } = whole ?? sampleWeights(images);
  const meanWeight = withoutGradient(() => tf.div(tf.sum(weights!), tf.maximum(tf.sum(counted!), 1)));
  const pixels = xg.size / xg.shape[0];
  const logits = encoderLogits(features[0]!);
  const gan = tf.mul(tf.mul(meanWeight, pixels), ganLoss(logits));
  return { images, loss, weight, valid, logits, gan: tf.where(valid, gan, tf.zerosLike(gan)) as tf.Tensor1D };
}

/** The numbers of each sample that {@link judgeImages} needs of the whole batch. */
export function coupledWeights(
  { xg, xt, sigma, labels }: GeneratorInputs,
  { teacher }: Networks,
): Readonly<Record<string, tf.Tensor>> {
  return sampleWeights({ xg, fPhi: withoutGradient(() => teacher.denoise(xt, sigma, { labels })) });
}
