import type { Budget } from './budget.js';
import type { TrainingRecord } from './training-record.js';

/** A stretch of a training: how far it goes, and how often it saves the student. */
export interface Leg {
  /** Length of the whole training at its end, in thousands of images. */
  kimg: number;
  /** Length of a tick, in thousands of images. */
  tickKimg: number;
}

/** What a {@link nextLeg} depends on besides what has been trained. */
export interface LegPlan {
  budget: Budget;
  batch: number;
  /** Number of snapshots. */
  measurements: number;
  /** Seconds that were spent before the training, such as on pairs. */
  secondsBefore: number;
}

/** Steps of the first leg under a budget of time, which finds the speed. */
const FIRST_STEPS = 8;
/** Share of the time that is enough: what is missing is less than what starting the process again would take. */
const ENOUGH = 0.98;
/** Snapshots are named by whole thousands of images. */
const SHORTEST_TICK = 1;

/**
 * Decides how a training goes on. Under a budget of images it is one leg. Under a budget of time the first leg finds the speed,
 * and the second goes as far as the time allows at that speed. Where a method becomes faster later, another leg follows. Each leg
 * resumes the run exactly, so that the weights at any number of images do not depend on the legs.
 *
 * @returns null if the training is complete
 */
export function nextLeg(
  { plannedKimg, moments, speeds }: Pick<TrainingRecord, 'plannedKimg' | 'moments' | 'speeds'>,
  { budget, batch, measurements, secondsBefore }: LegPlan,
): Leg | null {
  const last = moments.at(-1);
  const leg = (kimg: number): Leg => ({ kimg, tickKimg: Math.max(SHORTEST_TICK, kimg / measurements) });
  const isPlanDone =
    last !== undefined && last.snapshot !== null && Math.round(last.kimg * 1000) >= Math.round(plannedKimg * 1000);
  if (budget.kind === 'images') {
    const isDone = isPlanDone && Math.round(last.kimg * 1000) >= Math.round(budget.kimg * 1000);
    return isDone ? null : leg(budget.kimg);
  }
  if (plannedKimg > 0 && !isPlanDone) return leg(plannedKimg);
  if (last === undefined) return leg((FIRST_STEPS * batch) / 1000);
  const left = budget.seconds - secondsBefore - last.seconds;
  if (left <= (1 - ENOUGH) * budget.seconds) return null;
  const steps = Math.ceil(((left / speeds.at(-1)!) * 1000) / batch);
  return leg((Math.round(last.kimg * 1000) + steps * batch) / 1000);
}
