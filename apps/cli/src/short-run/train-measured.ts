import type { Communicator, DistillationMethod, TrainingLabels } from '@onestep/diffusion-core';
import { runTraining, type StepReport, type TrainingResult } from '@onestep/diffusion-core/node';
import type { Evaluator } from '../evaluation/evaluator.js';
import { studentImages } from '../evaluation/generated-images.js';
import { measureScore } from '../evaluation/scores.js';
import type { CurvePoint, MeasuredRun } from './measured-run.js';
import { MEASUREMENTS } from './options.js';

/** Arguments of {@link trainMeasured}. */
export interface TrainMeasuredArgs {
  task: DistillationMethod;
  run: MeasuredRun;
  evaluator: Evaluator;
  /** Where the labels of measured images are drawn from; left out, those of the student. */
  drawnFrom?: TrainingLabels;
  /** Length of the distillation, in thousands of images. */
  kimg: number;
  /** Number of generated images behind each score. */
  numImages: number;
  onStart: (imagesSeen: number) => Promise<void>;
  onStep: (report: StepReport) => void;
  onPoint: (point: CurvePoint) => Promise<void>;
  signal: AbortSignal;
  /** The processes that share the run. Left out, this one alone. */
  communicator?: Communicator;
}

/** Trains a student, and measures it along the way and at the end. Resumes from the newest training state of the folder. */
export async function trainMeasured(args: TrainMeasuredArgs): Promise<TrainingResult> {
  const { task, run, evaluator, drawnFrom, kimg, numImages, onStart, onStep, onPoint, signal, communicator } = args;
  const images = studentImages('student', task.generator, { drawnFrom });
  const result = await runTraining({
    task,
    run: run.folder,
    totalKimg: kimg,
    tickKimg: kimg / MEASUREMENTS,
    snapshotTicks: null,
    stateTicks: 1,
    signal,
    communicator,
    hooks: {
      onStart,
      onStep,
      onTick: async ({ tick, imagesSeen, stats, done }) => {
        if (tick === 0 && !done) return undefined;
        const score = await measureScore({ images, evaluator, numImages, signal, communicator });
        const point = { kimg: imagesSeen / 1000, seconds: stats['Timing/total_sec']!.mean, ...score };
        await run.addPoint(point);
        await onPoint(point);
        const { fid, inceptionScore: is } = score;
        return { 'Metrics/fid': fid, ...(is !== undefined && { 'Metrics/is': is }) };
      },
    },
  });
  // Saves the wall-clock time.
  await run.record({});
  return result;
}
