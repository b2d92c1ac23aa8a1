import type { Progress } from '../training/student-step.js';

/** Options of the phases. */
export interface PhaseOptions {
  /** Steps of the student in the first phase. */
  startSteps: number;
  /** Steps of the student in the last phase. */
  endSteps: number;
  /** Length of a phase, in thousands of images. */
  phaseKimg: number;
}

/** A phase of a training, and how far it is. */
export interface Phase {
  /** Number of the phase, from 0. */
  index: number;
  /** Steps of the student. */
  steps: number;
  /** Share of the phase that is over, at most 1. */
  share: number;
}

/** Phases of at most this many steps are twice as long. */
const LONG_BELOW = 2;

/** The phase of a training: each has half the steps of the one before. The last one does not end. */
export function phaseAt({ imagesSeen }: Progress, { startSteps, endSteps, phaseKimg }: PhaseOptions): Phase {
  let start = 0;
  for (let index = 0, steps = startSteps; ; index++, steps /= 2) {
    const length = phaseKimg * 1000 * (steps <= LONG_BELOW ? 2 : 1);
    const isLast = steps <= endSteps;
    if (isLast || imagesSeen < start + length) {
      return { index, steps, share: Math.min((imagesSeen - start) / length, 1) };
    }
    start += length;
  }
}
