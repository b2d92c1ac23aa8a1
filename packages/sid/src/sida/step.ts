import {
  averageDiagnostics,
  averageLoss,
  diagnostics,
  type PhaseName,
  type Progress,
  type ScoreStep,
} from '@onestep/score-distillation';
import { sidSigmas } from '../score-identity.js';
import { sidStep } from '../sid.js';
import { discriminatorPhase } from './discriminator-phase.js';
import { coupledWeights, judgeImages } from './judged-images.js';
import type { SidaOptions } from './sida.js';

/** Whether more than this many thousand images were seen, as published: the comparison is strict. */
export const isPast = (imagesSeen: number, kimg: number): boolean => imagesSeen > kimg * 1000;

/** The phases of an iteration: the student waits until the discriminator has learned. */
export const gatedTurns = (
  { imagesSeen }: Progress,
  { studentFromKimg }: { studentFromKimg: number },
): readonly PhaseName[] => (isPast(imagesSeen, studentFromKimg) ? ['fakeScore', 'generator'] : ['fakeScore']);

/** What SiD with a discriminator adds to the loop: SiDA. Without the discriminator, it is {@link sidStep}. */
export const sidaStep: ScoreStep<SidaOptions> = {
  name: 'sida',
  turns: gatedTurns,
  fakeScore: discriminatorPhase,
  generator: {
    sigmas: (rng, n, { tmax }) => sidSigmas(rng.uniform(n), tmax),
    schedule: ({ imagesSeen }, { ganFromKimg, lsg, lsgGan }) =>
      isPast(imagesSeen, ganFromKimg) ? { sid: lsg / 2, gan: lsgGan / 2 } : { sid: lsg, gan: 0 },
    coupling: coupledWeights,
    loss(inputs, networks, { alpha }) {
      const { images, loss, weight, valid, gan } = judgeImages(inputs, networks, alpha);
      return {
        terms: {
          sid: { values: loss, scale: inputs.schedule.sid! },
          gan: { values: gan, scale: inputs.schedule.gan! },
        },
        measures: diagnostics(images, weight, valid),
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
