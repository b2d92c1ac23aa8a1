export type { BestSnapshotRule } from './best-snapshot.js';
export type { StepReport } from './live-report.js';
export { RunDirectory, STATE_FILE, type OpenRunArgs } from './run-directory.js';
export { RunError } from './run-error.js';
export {
  runTraining,
  type Measured,
  type RunTrainingArgs,
  type TickReport,
  type TrainingHooks,
  type TrainingResult,
} from './run-training.js';
export { readTrainingOptions, type TrainingOptions } from './training-options.js';
export { readTrainingState, type RunProgress, type TrainingState } from './training-state.js';
export type { Statistic } from '../training/moments.js';
