import { stepsWithin, type SamplerName } from '@onestep/diffusion-core';
import type { CellOptions } from './cell-options.js';

/** A sampler with a number of steps. */
export interface Baseline {
  sampler: SamplerName;
  steps: number;
}

/**
 * Each sampler with as many steps as the numbers of network calls allow, without repetition, and Heun's with numbers of steps.
 *
 * @param each network calls of an evaluation: 2 with guidance
 */
export function listBaselines(
  {
    samplers,
    teacherCalls,
    typedTeacherSteps = [],
  }: Pick<CellOptions, 'samplers' | 'teacherCalls' | 'typedTeacherSteps'>,
  each = 1,
): Baseline[] {
  const byCalls = samplers.flatMap((sampler) => {
    const steps = new Set(teacherCalls.map((calls) => stepsWithin(sampler, Math.max(1, Math.floor(calls / each)))));
    if (sampler === 'heun') for (const count of typedTeacherSteps) steps.add(count);
    return [...steps].sort((a, b) => a - b).map((count): Baseline => ({ sampler, steps: count }));
  });
  if (samplers.includes('heun')) return byCalls;
  return [...byCalls, ...typedTeacherSteps.map((steps): Baseline => ({ sampler: 'heun', steps }))];
}
