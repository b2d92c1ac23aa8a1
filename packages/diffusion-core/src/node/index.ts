export type { BestSnapshotRule, Measured } from './best-snapshot.js';
export { DeadRunError, type DeadRun } from './dead-run-error.js';
export { EventFile } from './tensorboard/event-file.js';
export { FileLock, type LockHolder } from './file-lock.js';
export { MAX_EMA_ERROR, reconstructEma, type Reconstruction, type ReconstructEmaArgs } from './ema/reconstruct-ema.js';
export { compareFiles, digestsOf } from './file-digests.js';
export { findDifference, type Difference } from './find-difference.js';
export type { StepReport } from './live-report.js';
export { NAN_PATIENCE, type NanOptions } from './nan-watch.js';
export { makePairs, planPairs, type MakePairsOptions, type PairPlan, type PlanPairsArgs } from './pairs/make-pairs.js';
export { networkDigest } from './pairs/network-digest.js';
export { openPairs, type PairFolder } from './pairs/open-pairs.js';
export { PAIR_DTYPES, type PairDtype } from './pairs/pair-dtype.js';
export { PAIR_INDEX, type PairIndex, type PairSettings } from './pairs/pair-index.js';
export { RunDirectory, STATE_FILE, type OpenRunArgs, type RecordedTick } from './run-directory.js';
export { FollowedRun, type TrainingRun } from './followed-run.js';
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
