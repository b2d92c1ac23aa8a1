import type { Progress } from './student-step.js';
import type { StudentOptions } from './options.js';

/** The learning rate of a step: the rise of the warm-up, then `lr` / sqrt(step / lrDecaySteps) (Karras et al. 2024, Eq. 67). */
export function learningRateAt(
  { iteration }: Progress,
  { lr, warmup, lrDecaySteps = null }: StudentOptions & { lrDecaySteps?: number | null },
): number {
  const rise = warmup === 0 ? 1 : Math.min(iteration / warmup, 1);
  return (lr * rise) / Math.sqrt(lrDecaySteps === null ? 1 : Math.max(iteration / lrDecaySteps, 1));
}
