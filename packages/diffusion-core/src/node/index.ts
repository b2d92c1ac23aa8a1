export type { BestSnapshotRule, Measured } from './best-snapshot.js';
export { DeadRunError, type DeadRun } from './dead-run-error.js';
export { FileLock, type LockHolder } from './file-lock.js';
export { compareFiles, digestsOf } from './file-digests.js';
export type { StepReport } from './live-report.js';
export { NAN_PATIENCE, type NanOptions } from './nan-watch.js';
export { RunDirectory, STATE_FILE, type OpenRunArgs, type RecordedTick } from './run-directory.js';
export { RunError } from './run-error.js';
export {
  runTraining,
  type NanReport,
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
