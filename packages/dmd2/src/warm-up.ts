import type { Progress } from '@onestep/score-distillation';
import type { Dmd2Options } from './options.js';

/** The factor on the learning rates: from 0 in the first iteration to 1. It grows in every iteration, whoever learns in it. */
export function warmUp({ iteration }: Progress, { warmupStep }: Pick<Dmd2Options, 'warmupStep'>): number {
  return warmupStep === 0 ? 1 : Math.min(iteration / warmupStep, 1);
}
