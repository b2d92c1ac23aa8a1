import type { StepReport } from '@onestep/diffusion-core/node';
import { formatDuration, formatNumber } from '../terminal/format.js';

/**
 * Formats the live line of a training: `kimg 3.2/8  8.1 s/kimg  ...  1:32 left`.
 *
 * @param parts statistics of the method, shown in the middle
 */
export function liveText(report: StepReport, parts: readonly string[]): string {
  const { imagesSeen, totalImages, secondsPerKimg, secondsLeft } = report;
  return [
    `kimg ${(imagesSeen / 1000).toFixed(1)}/${formatNumber(totalImages / 1000)}`,
    `${formatNumber(secondsPerKimg)} s/kimg`,
    ...parts,
    `${formatDuration(secondsLeft)} left`,
  ].join('  ');
}
