import type { Progress } from '../training/student-step.js';

/** Options of the schedule by which r approaches t. */
export interface GapSchedule {
  /** Factor by which the gap falls from stage to stage. */
  q: number;
  /** Length of a stage, in thousands of images. */
  stageKimg: number;
  /** Largest ratio; null for no bound. */
  ratioLimit: number | null;
}

/** Number of the stage, from 0, that a training is in. */
export function stageAt({ imagesSeen }: Progress, { stageKimg }: Pick<GapSchedule, 'stageKimg'>): number {
  return Math.floor(imagesSeen / (stageKimg * 1000));
}

/**
 * 1 - r / t for large t: q^-(stage + 1), and at least 1 - ratioLimit. It is the published `ratio`, subtracted from 1 so that small
 * gaps keep their digits.
 */
export function gapShareAt(progress: Progress, options: GapSchedule): number {
  const share = options.q ** -(stageAt(progress, options) + 1);
  return options.ratioLimit === null ? share : Math.max(share, 1 - options.ratioLimit);
}
