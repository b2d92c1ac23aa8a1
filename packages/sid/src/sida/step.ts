import * as tf from '@tensorflow/tfjs-core';
import {
  edmLossWeight,
  hasFeatures,
  perImage,
  withoutGradient,
  type Denoiser,
  type FeatureNetwork,
} from '@onestep/diffusion-core';
import { clipByGlobalNorm, clipElements } from '@onestep/nn';
import {
  averageDiagnostics,
  averageLoss,
  diagnostics,
  drawLogNormalSigmas,
  type ComparedImages,
  type ScoreStep,
} from '@onestep/score-distillation';
import { meanDifferences, sidSigmas } from '../score-identity.js';
import { sidGeneratorLoss, sidStep } from '../sid.js';
import { discriminatorLoss, encoderLogits, ganLoss } from './discriminator.js';
import type { SidaOptions } from './sida.js';

/** Bound of each element of the fake score network's gradients. */
const MAX_GRADIENT = 1;

/** Whether more than this many thousand images were seen, as published: the comparison is strict. */
const isPast = (imagesSeen: number, kimg: number): boolean => imagesSeen > kimg * 1000;

/** The network whose encoder is the discriminator. @throws RangeError if it has no encoder that can be asked */
export function discriminatorOf(fakeScore: Denoiser): FeatureNetwork {
  if (hasFeatures(fakeScore)) return fakeScore;
  throw new RangeError(
    'The discriminator of SiDA is the encoder of the fake score network, and this network has none: leave the ' +
      'discriminator out (useGan must be false), or distill a U-Net.',
  );
}

const lastMap = ({ featureMaps }: FeatureNetwork): string => featureMaps.at(-1)!.name;

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

/** What SiD with a discriminator adds to the loop: SiDA. Without the discriminator, it is {@link sidStep}. */
export const sidaStep: ScoreStep<SidaOptions> = {
  name: 'sida',
  // The student waits until the discriminator has learned.
  turns: ({ imagesSeen }, { studentFromKimg }) =>
    isPast(imagesSeen, studentFromKimg) ? ['fakeScore', 'generator'] : ['fakeScore'],
  fakeScore: {
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
  },
  generator: {
    sigmas: (rng, n, { tmax }) => sidSigmas(rng.uniform(n), tmax),
    schedule: ({ imagesSeen }, { ganFromKimg, lsg, lsgGan }) =>
      isPast(imagesSeen, ganFromKimg) ? { sid: lsg / 2, gan: lsgGan / 2 } : { sid: lsg, gan: 0 },
    coupling({ xg, xt, sigma, labels }, { teacher }) {
      return sampleWeights({ xg, fPhi: withoutGradient(() => teacher.denoise(xt, sigma, { labels })) });
    },
    // The gradient reaches the student through x_g and, through both frozen networks, through x_t.
    loss({ xg, xt, sigma, labels, schedule, whole }, { teacher, fakeScore }, { alpha }) {
      const network = discriminatorOf(fakeScore);
      network.module.eval();
      const fPhi = teacher.denoise(xt, sigma, { labels });
      const { denoised: fPsi, features } = network.denoiseWithFeatures(xt, sigma, { labels }, [lastMap(network)]);
      const { loss, weight, valid } = sidGeneratorLoss({ xg, fPhi, fPsi, alpha });
      const { weight: weights, counted } = whole ?? sampleWeights({ xg, fPhi });
      const meanWeight = withoutGradient(() => tf.div(tf.sum(weights!), tf.maximum(tf.sum(counted!), 1)));
      const pixels = xg.size / xg.shape[0];
      const gan = tf.mul(tf.mul(meanWeight, pixels), ganLoss(encoderLogits(features[0]!)));
      return {
        terms: {
          sid: { values: loss, scale: schedule.sid! },
          gan: { values: tf.where(valid, gan, tf.zerosLike(gan)), scale: schedule.gan! },
        },
        measures: diagnostics({ xg, fPhi, fPsi }, weight, valid),
      };
    },
    // As published: each with its own scale, and without the factor 1/2 of the mixture.
    stats: ({ sid, gan, ...sums }, { batch }, { lsg, lsgGan }) => ({
      'G_Loss/loss': averageLoss(sid! * lsg, sums, batch),
      'G_gan_Loss/loss': averageLoss(gan! * lsgGan, sums, batch),
      ...averageDiagnostics(sums, batch),
    }),
  },
  halfPrecisionEpsilon: sidStep.halfPrecisionEpsilon,
  record: ({ alpha }) => ({ alpha }),
};
