import * as tf from '@tensorflow/tfjs-core';
import { defineMethod, number, option, perImage, type OptionsOf } from '@onestep/diffusion-core';
import {
  maskSamples,
  ScoreDistillation,
  validSamples,
  type ComparedImages,
  type ScoreStep,
} from '@onestep/score-distillation';
import {
  fakeScorePhase,
  identityPhase,
  SCORE_IDENTITY_OPTIONS,
  SCORE_IDENTITY_RUN,
  meanDifferences,
  type WeightedLoss,
} from './score-identity.js';
import { SID_PRESETS, SID_SNAPSHOT_TICKS } from './presets.js';

/** Input of {@link sidGeneratorLoss}. Gradients flow through all three images. */
export interface SidGeneratorLossArgs extends ComparedImages {
  alpha: number;
}

/**
 * The SiD loss of each pixel, omega (L_2 - alpha L_1), Eq. (22), Zhou et al. 2024, where
 *
 *     L_1 = |f_phi - f_psi|^2                  the naive loss: the squared difference of the scores
 *     L_2 = (f_phi - f_psi)'(f_phi - x_g)      projected score matching: one of the two factors by a score identity
 *
 * and omega = 1 / mean |x_g - f_phi|, over the pixels of a sample. Eq. (23) is the same loss in the form
 * omega ((1 - alpha) L_1 + (f_phi - f_psi)'(f_psi - x_g)).
 */
export function sidGeneratorLoss({ alpha, ...images }: SidGeneratorLossArgs): WeightedLoss {
  return tf.tidy(() => {
    const valid = validSamples(images);
    const { xg, fPhi, fPsi } = maskSamples(images, valid);
    const difference = meanDifferences({ xg, fPhi });
    // (f_phi - f_psi) [(f_phi - x_g) - alpha (f_phi - f_psi)], Eq. (22), Zhou et al. 2024
    const gap = tf.sub(fPhi, fPsi);
    const product = tf.mul(gap, tf.sub(tf.sub(fPhi, xg), tf.mul(gap, alpha)));
    const loss = tf.div(product, perImage(difference)) as tf.Tensor4D;
    return { loss, weight: tf.div(1, difference) as tf.Tensor1D, valid };
  });
}

/** What SiD adds to the loop that it shares with the other methods with a fake score network. */
export const sidStep: ScoreStep<SidOptions> = {
  name: 'sid',
  fakeScore: fakeScorePhase,
  generator: identityPhase('sid', (images, { alpha }) => sidGeneratorLoss({ ...images, alpha })),
  halfPrecisionEpsilon: 1e-6,
  record: ({ alpha }) => ({ alpha }),
};

/** Options of SiD under the names of the published training script, with its defaults. */
export const SID_OPTIONS = {
  /** Weight of the naive loss L_1, which is subtracted. */
  alpha: option({
    default: 1.2,
    check: number(),
    help: 'weight of the subtracted naive loss; 1.2 was published as the best, 1.0 is safer',
  }),
  ...SCORE_IDENTITY_OPTIONS,
};

/** Options of SiD. */
export type SidOptions = OptionsOf<typeof SID_OPTIONS>;

/**
 * Score identity distillation (Zhou et al. 2024): turns a teacher into a one-step generator x_g = G(sigma_init z)
 * without data. In each iteration a fake score network f_psi learns to denoise the student's images, and the student
 * learns from the difference between f_psi and the teacher f_phi.
 */
export const sid = defineMethod({
  name: 'sid',
  title: 'SiD',
  paper: 'score identity distillation, Zhou et al. 2024',
  about: 'Two score networks, the teacher and one of the student’s images, are compared through score identities.',
  options: SID_OPTIONS,
  presets: SID_PRESETS,
  variants: { 'sid-0.5': { alpha: 0.5 }, 'sid-1.0': { alpha: 1 }, 'sid-1.2': { alpha: 1.2 } },
  needs: [],
  ...SCORE_IDENTITY_RUN,
  tag: ({ glr, lr, initSigma, alpha, batch, tmax }, precision) =>
    `glr${glr}-lr${lr}-initsigma${initSigma}-alpha${alpha}-batch${batch}-tmax${tmax}-${precision}`,
  snapshotTicks: SID_SNAPSHOT_TICKS,
  severalSteps: true,
  ownLatents: true,
  create: (args) => new ScoreDistillation<SidOptions>(sidStep, args),
});
