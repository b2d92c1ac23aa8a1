import type { Budget } from '../cells/budget.js';
import { formatDuration, formatNumber } from '../../terminal/format.js';

/** Where the curves of a comparison are cut to compare them. */
export interface Cuts {
  /** Equal pictures, in thousands. */
  kimg: number;
  /** Equal time, in seconds of training without measuring. */
  seconds: number;
  /** How the two were chosen, one sentence each. */
  notes: { kimg: string; seconds: string };
}

/**
 * Chooses where the curves are cut. The one that the budget gives is the budget. The other is the latest that every training has
 * reached: under a budget of images the time of the fastest training, under a budget of time the images of the slowest one.
 *
 * @param ends of all trainings; at least one
 */
export function findCuts(budget: Budget, ends: readonly { kimg: number; seconds: number }[]): Cuts {
  const leastKimg = Math.min(...ends.map(({ kimg }) => kimg));
  const leastSeconds = Math.min(...ends.map(({ seconds }) => seconds));
  const how = 'Figures between two measurements are interpolated: the logarithm of FID, and the others, linearly.';
  if (budget.kind === 'images') {
    return {
      kimg: Math.min(budget.kimg, leastKimg),
      seconds: leastSeconds,
      notes: {
        kimg: `After ${formatNumber(budget.kimg)} kimg, the budget.`,
        seconds: `After ${formatDuration(leastSeconds)}, the training time of the fastest. ${how}`,
      },
    };
  }
  const seconds = Math.min(budget.seconds, leastSeconds);
  const isShort =
    seconds < budget.seconds
      ? `, the shortest training under the budget of ${formatDuration(budget.seconds)}`
      : ', the budget';
  return {
    kimg: leastKimg,
    seconds,
    notes: {
      kimg: `After ${formatNumber(leastKimg)} kimg, which the slowest training reached. ${how}`,
      seconds: `After ${formatDuration(seconds)} of training${isShort}. ${how}`,
    },
  };
}
