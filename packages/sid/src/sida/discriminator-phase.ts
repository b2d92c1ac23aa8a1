import * as tf from '@tensorflow/tfjs-core';
import {
  edmLossWeight,
  ENCODER_SHARE,
  hasFeatures,
  perImage,
  type Denoiser,
  type FeatureNetwork,
  type TrainingCost,
} from '@onestep/diffusion-core';
import { clipByGlobalNorm, clipElements } from '@onestep/nn';
import { drawLogNormalSigmas, type FakeScoreInputs, type Phase } from '@onestep/score-distillation';
import type { AdversarialOptions } from './adversarial-options.js';
import { discriminatorLoss, encoderLogits } from './discriminator.js';

/** SiD's cost, an evaluation of the encoder for real images, and iterations in which the student rests. */
export const ADVERSARIAL_COST: TrainingCost = {
  networks: 5,
  trained: 2,
  activations: 3.1,
  passes: 11 + 3 * ENCODER_SHARE,
};

/** Bound of each element of the fake score network's gradients. */
const MAX_GRADIENT = 1;

/**
 * The network whose encoder is the discriminator.
 *
 * @param instead what to do about a network without an encoder
 * @throws RangeError if the network has no encoder that can be asked
 */
export function discriminatorOf(fakeScore: Denoiser, instead = 'leave the discriminator out'): FeatureNetwork {
  if (hasFeatures(fakeScore)) return fakeScore;
  throw new RangeError(
    'The discriminator is the encoder of the fake score network, and this network has none: ' +
      `${instead}, or distill a U-Net.`,
  );
}

/** Name of the feature map whose mean over the channels is the logits. */
export const lastMap = ({ featureMaps }: FeatureNetwork): string => featureMaps.at(-1)!.name;

/**
 * The fake score network's phase with a discriminator in its encoder: the network learns to denoise the student's images, and
 * its encoder to tell them from real ones, with the same noise, from one gradient.
 */
export const discriminatorPhase: Phase<AdversarialOptions, FakeScoreInputs> = {
  sigmas: drawLogNormalSigmas,
  real: true,
  // A generated image has the labels of the real one in its row.
  labels: 'real',
  coupling: ({ sigma }) => ({ lambda: edmLossWeight(sigma) }),
  loss({ images, sigma, noise, labels, augmentLabels, rng, real, whole }, { fakeScore }, { ls, lsd }) {
    const network = discriminatorOf(fakeScore);
    const names = [lastMap(network)];
    // Real images get the noise levels, the noise and the labels of the generated ones.
    const noisy = (x: tf.Tensor4D) => tf.add(x, tf.mul(perImage(sigma), noise)) as tf.Tensor4D;
    const conditions = { labels, augmentLabels, rng };
    const { denoised, features } = network.denoiseWithFeatures(noisy(images), sigma, conditions, names);
    const ofReal = { ...conditions, labels: real!.labels, augmentLabels: real!.augmentLabels };
    const [realFeatures] = network.features(noisy(real!.images), sigma, ofReal, names);
    const lambda = edmLossWeight(sigma);
    const denoising = tf.mul(perImage(lambda), tf.square(tf.sub(denoised, images)));
    const discriminator = discriminatorLoss({
      real: encoderLogits(realFeatures!),
      fake: encoderLogits(features[0]!),
    });
    return {
      terms: {
        denoising: { values: denoising, scale: ls },
        discriminator: { values: tf.mul(tf.mean(whole?.lambda ?? lambda), discriminator), scale: lsd },
      },
    };
  },
  stats: ({ denoising, discriminator }, { batch }, { ls, lsd }) => ({
    'fake_score_Loss/loss': (denoising! * ls) / batch,
    'D_Loss/loss': (discriminator! * lsd) / batch,
  }),
  clip: (grads, { clipGradNorm }) => {
    const clipped = clipElements(grads, MAX_GRADIENT);
    return clipGradNorm === null ? clipped : clipByGlobalNorm(clipped, clipGradNorm);
  },
};
