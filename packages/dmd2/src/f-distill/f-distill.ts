import { defineMethod } from '@onestep/diffusion-core';
import { ScoreDistillation } from '@onestep/score-distillation';
import { PROGRESS } from '../progress.js';
import { distributionMatchingStep } from '../step.js';
import { trainingCost } from '../training-cost.js';
import {
  checkFDistillOptions,
  distributionMatchingOptions,
  F_DISTILL_OPTIONS,
  type FDistillOptions,
} from './options.js';
import { F_DISTILL_PRESETS } from './presets.js';
import { weighByRatio } from './ratio-bins.js';

/**
 * f-distill (Xu et al. 2025): distribution matching by any f-divergence between the teacher's images and the student's. It is
 * DMD2 with a factor on each sample's score term, which follows from the ratio of the two densities. The discriminator estimates
 * that ratio.
 */
export const fDistill = defineMethod({
  name: 'f-distill',
  title: 'f-distill',
  paper: 'f-divergence distribution matching, Xu et al. 2025',
  about: 'DMD2 with a weight on each sample: how likely a discriminator finds it, by any f-divergence.',
  options: F_DISTILL_OPTIONS,
  presets: F_DISTILL_PRESETS,
  needs: ['images'],
  trainsWith: (options) => trainingCost(distributionMatchingOptions(options)),
  shown: { Score_gap: 'gap', Teacher_distance: 'dist', gen_cls_loss: 'gan' },
  progress: PROGRESS,
  check: checkFDistillOptions,
  tag: ({ fDiv, gan, features, glr, lr, initSigma, batch }, precision) =>
    `${fDiv}-gan${gan}-${features}-glr${glr}-lr${lr}-initsigma${initSigma}-batch${batch}-${precision}`,
  severalSteps: true,
  ownLatents: true,
  create(args) {
    const step = distributionMatchingStep<FDistillOptions>(
      'f-distill',
      distributionMatchingOptions(args.options),
      weighByRatio(args.options),
    );
    return new ScoreDistillation<FDistillOptions>({ ...step, record: ({ fDiv, gan }) => ({ fDiv, gan }) }, args);
  },
});
