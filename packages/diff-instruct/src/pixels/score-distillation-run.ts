import { withoutGradient, type MethodArgs, type TrainingCost } from '@onestep/diffusion-core';
import { diagnostics, ScoreDistillation, type ScoreStep } from '@onestep/score-distillation';
import type { DiffInstructOptions } from '../diff-instruct.js';
import { scoreDistillationLoss } from '../score-distillation-sampling.js';
import { KnownScore } from './known-score.js';

/** The teacher, the pictures and their EMA: a forward pass of the teacher for each picture. */
export const PIXEL_COST: TrainingCost = { networks: 3, trained: 1, activations: 1.2, passes: 5 };

/**
 * Diff-Instruct of pictures that no latent changes: score distillation sampling (Lemma 3.4, Luo et al. 2023). Each picture is a
 * generator with one image, whose score is known, so that no fake score network is trained.
 *
 * @param step of Diff-Instruct
 */
export function withoutFakeScore(
  step: ScoreStep<DiffInstructOptions>,
  args: MethodArgs<DiffInstructOptions> & { options: DiffInstructOptions },
): ScoreDistillation<DiffInstructOptions> {
  const pictures: ScoreStep<DiffInstructOptions> = {
    ...step,
    turns: () => ['generator'],
    generator: {
      ...step.generator,
      loss({ xg, xt, sigma, labels }, { teacher }, { ls, weight }) {
        const fPhi = withoutGradient(() => teacher.denoise(xt, sigma, { labels }));
        const { loss, weight: factor, valid } = scoreDistillationLoss({ images: xg, fPhi, sigma, weight });
        return {
          terms: { integralKl: { values: loss, scale: ls } },
          measures: diagnostics({ xg, fPhi, fPsi: xg }, factor, valid),
        };
      },
    },
  };
  const fakeScore = new KnownScore(args.teacher);
  return new ScoreDistillation<DiffInstructOptions>(pictures, { ...args, augmentation: null, fakeScore });
}
