import { defineMethod } from '@onestep/diffusion-core';
import { ScoreDistillation } from '@onestep/score-distillation';
import { checkDmd2Options, DMD2_OPTIONS, type Dmd2Options } from './options.js';
import { DMD2_PRESETS } from './presets.js';
import { PROGRESS } from './progress.js';
import { distributionMatchingStep } from './step.js';
import { trainingCost } from './training-cost.js';

/**
 * DMD2 (Yin et al. 2024): distribution matching with an adversarial loss. In each iteration a fake score network f_psi learns to
 * denoise the student's images, and a discriminator to tell them from real ones. In one of five iterations the student x_g =
 * G(sigma_init z) learns from the difference between f_psi and the teacher f_phi, and from the discriminator.
 */
export const dmd2 = defineMethod({
  name: 'dmd2',
  title: 'DMD2',
  paper: 'improved distribution matching distillation, Yin et al. 2024',
  about:
    'The student follows the difference of two scores, the teacher’s and that of its own images, and a discriminator that knows real images.',
  options: DMD2_OPTIONS,
  presets: DMD2_PRESETS,
  variants: { dmd2: {}, 'dmd2-data-free': { gan: 0 } },
  needs: ['images'],
  // Without a discriminator and with labels from the prior, no data at all.
  needsWith: ({ gan, fakeLabels }) => (gan > 0 || fakeLabels === 'real' ? ['images'] : []),
  trainsWith: trainingCost,
  shown: { Score_gap: 'gap', Teacher_distance: 'dist', gen_cls_loss: 'gan' },
  progress: PROGRESS,
  check: checkDmd2Options,
  tag: ({ gan, score, features, glr, lr, initSigma, batch }, precision) =>
    `gan${gan}-score${score}-${features}-glr${glr}-lr${lr}-initsigma${initSigma}-batch${batch}-${precision}`,
  severalSteps: true,
  ownLatents: true,
  create: (args) => new ScoreDistillation<Dmd2Options>(distributionMatchingStep('dmd2', args.options), args),
});
