import type { DistillationMethod } from '@onestep/diffusion-core';
import { runTraining, type StepReport, type TrainingResult } from '@onestep/diffusion-core/node';
import type { Measurement } from './measurement.js';
import { measureStudent, type FidPoint } from './score.js';
import type { Session } from './session.js';

/** What {@link trainMeasured} needs. */
export interface MeasuredTrainingArgs {
  task: DistillationMethod;
  /** Of the run's folder; each score is recorded in it at once. */
  session: Session;
  measurement: Measurement;
  /** Length of the distillation, thousand images. */
  kimg: number;
  /** Scores, evenly over the run. */
  points: number;
  /** Generated images behind each score. */
  numImages: number;
  onStart: (imagesSeen: number) => Promise<void>;
  onStep: (report: StepReport) => void;
  onPoint: (point: FidPoint) => Promise<void>;
  signal: AbortSignal;
}

/** A short distillation, the student measured along the way and at the end; it goes on where the folder's last state is. */
export function trainMeasured(args: MeasuredTrainingArgs): Promise<TrainingResult> {
  const { task, session, measurement, kimg, points, numImages, onStart, onStep, onPoint, signal } = args;
  return runTraining({
    task,
    run: session.run,
    totalKimg: kimg,
    tickKimg: kimg / points,
    snapshotTicks: null,
    stateTicks: 1,
    signal,
    hooks: {
      onStart,
      onStep,
      onTick: async ({ tick, imagesSeen, stats, done }) => {
        if (tick === 0 && !done) return undefined;
        const score = await measureStudent(measurement, task.generator, numImages, signal);
        const point = { kimg: imagesSeen / 1000, seconds: stats['Timing/total_sec']!.mean, ...score };
        await session.addPoint(point);
        await onPoint(point);
        return { 'Metrics/fid': score.fid, 'Metrics/is': score.inceptionScore };
      },
    },
  });
}
