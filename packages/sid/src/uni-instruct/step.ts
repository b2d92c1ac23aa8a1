import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient } from '@onestep/diffusion-core';
import { averageDiagnostics, averageLoss, diagnostics, type ScoreStep } from '@onestep/score-distillation';
import { fakeScorePhase, identityPhase, sidSigmas } from '../score-identity.js';
import { sidGeneratorLoss, sidStep } from '../sid.js';
import { discriminatorPhase } from '../sida/discriminator-phase.js';
import { coupledWeights, judgeImages } from '../sida/judged-images.js';
import { gatedTurns, isPast } from '../sida/step.js';
import { ratioWeight } from './ratio-weight.js';
import type { UniInstructOptions } from './uni-instruct.js';

/** The base of Uni-Instruct's loss, (f_phi - f_psi)'(f_psi - x_g) / w, is SiD's with this alpha: Grad(SIM) of the paper. */
const BASE_ALPHA = 1;

const shared = {
  name: 'uni-instruct',
  halfPrecisionEpsilon: sidStep.halfPrecisionEpsilon,
  record: ({ divergence }: UniInstructOptions) => ({ divergence }),
};

/** Uni-Instruct with a divergence whose factor is 1: the base alone, which needs neither a discriminator nor images. */
export const dataFreeUniInstructStep: ScoreStep<UniInstructOptions> = {
  ...shared,
  fakeScore: fakeScorePhase,
  generator: identityPhase('base', (images) => sidGeneratorLoss({ ...images, alpha: BASE_ALPHA })),
};

/** Uni-Instruct with a divergence that weighs each sample by its density ratio. */
export const uniInstructStep: ScoreStep<UniInstructOptions> = {
  ...shared,
  turns: gatedTurns,
  fakeScore: discriminatorPhase,
  generator: {
    sigmas: (rng, n, { tmax }) => sidSigmas(rng.uniform(n), tmax),
    schedule: ({ imagesSeen }, { ganFromKimg, lsgGan }) =>
      isPast(imagesSeen, ganFromKimg) ? { ratio: 1, gan: lsgGan } : { ratio: 0, gan: 0 },
    coupling: coupledWeights,
    loss(inputs, networks, options) {
      const { images, loss, weight, valid, logits, gan } = judgeImages(inputs, networks, BASE_ALPHA);
      const { ratio, gan: ganScale } = inputs.schedule;
      const factor = withoutGradient(() => {
        // Before the gate, and where there is nothing to weigh, 1.
        const counts = tf.logicalAnd(valid, tf.greater(ratio!, 0));
        return tf.where(counts, ratioWeight(logits, options), tf.onesLike(weight)) as tf.Tensor1D;
      });
      const total = withoutGradient(() => tf.mul(factor, weight) as tf.Tensor1D);
      return {
        terms: {
          base: { values: tf.mul(perImage(factor), loss), scale: options.lsg },
          gan: { values: gan, scale: ganScale! },
        },
        measures: diagnostics(images, total, valid),
      };
    },
    stats: ({ base, gan, ...sums }, { batch }, { lsg, lsgGan }) => ({
      'G_Loss/loss': averageLoss(base! * lsg, sums, batch),
      'G_gan_Loss/loss': averageLoss(gan! * lsgGan, sums, batch),
      ...averageDiagnostics(sums, batch),
    }),
  },
};
