export type { BestSnapshotRule, Measured } from './best-snapshot.js';
export { compareFiles, digestsOf } from './file-digests.js';
export type { StepReport } from './live-report.js';
export { RunDirectory, STATE_FILE, type OpenRunArgs } from './run-directory.js';
export { RunError } from './run-error.js';
export {
  runTraining,
  type RunTrainingArgs,
  type TickReport,
  type TrainingHooks,
  type TrainingResult,
} from './run-training.js';
export { readTrainingOptions, type TrainingOptions } from './training-options.js';
export type { RunProgress } from './run-progress.js';
export type { TickScheduleOptions } from './tick-schedule.js';
export { readTrainingState, type TrainingState } from './training-state.js';
export type { Statistic } from '../training/moments.js';
