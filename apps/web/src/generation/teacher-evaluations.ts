import { countEvaluations, EDM_SAMPLER_DEFAULTS } from '@onestep/diffusion-core';

/**
 * Network evaluations for one picture of the teacher. Guidance takes two in place of one.
 *
 * @param guidance its scale; 1 for none
 * @param done steps so far; left out, all of them
 */
export function teacherEvaluations(guidance: number, done: number = EDM_SAMPLER_DEFAULTS.steps): number {
  const unguided = Math.min(2 * done, countEvaluations({ steps: EDM_SAMPLER_DEFAULTS.steps }));
  return guidance === 1 ? unguided : 2 * unguided;
}
