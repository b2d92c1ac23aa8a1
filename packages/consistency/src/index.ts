export { cd, CD_OPTIONS, cdMove, cdStep, type CdOptions } from './cd/cd.js';
export { ct, CT_OPTIONS, ctMove, ctStep, type CtOptions } from './cd/ct.js';
export { intervalLevels, type NoiseRange } from './cd/intervals.js';
export { evaluatePair, type ConsistencyPair, type Move } from './cd/pair.js';
export { scalesAt, targetEmaAt, type ScheduleOptions } from './cd/schedules.js';
export { ConsistencyGenerator, SIGMA_DATA, type ConsistencySettings } from './consistency-generator.js';
export type { StudentDraws } from './training/draws.js';
export { OPTIMIZERS, STUDENT_OPTIONS, type StudentOptions } from './training/options.js';
export type {
  Draw,
  Progress,
  StatsScale,
  StudentInputs,
  StudentLoss,
  StudentNetworks,
  StudentStep,
  StudentSums,
} from './training/student-step.js';
export { StudentTraining } from './training/student-training.js';
export type { RealImages } from './training/uploads.js';
export { keepValid, type ValidImages } from './training/valid-images.js';
export { ect } from './ect/ect.js';
export { ECT_OPTIONS, type EctOptions } from './ect/options.js';
export { ectStep, noisyImages } from './ect/step.js';
export { timesBefore, type GapShape } from './ect/times.js';
export { scm } from './scm/scm.js';
export { SCM_OPTIONS, type ScmOptions } from './scm/options.js';
export { scmParts, scmStep, type ScmParts } from './scm/step.js';
export {
  normalCdf,
  normalQuantile,
  truncatedLogNormal,
  type TruncatedLogNormal,
} from './noise/truncated-log-normal.js';
export { ict } from './ict/ict.js';
export { ICT_OPTIONS, type IctOptions } from './ict/options.js';
export { ictStep } from './ict/step.js';
export { doublingScalesAt, type DoublingOptions } from './ict/doubling.js';
export { drawIntervals, intervalShares, type LogNormal } from './ict/interval-shares.js';
export { tcm } from './tcm/tcm.js';
export { truncatedTimes } from './tcm/draws.js';
export { TCM_OPTIONS, type TcmOptions } from './tcm/options.js';
export { tcmStep } from './tcm/step.js';
export { TruncatedGenerator, type TruncatedSettings } from './tcm/truncated-generator.js';
export { PathGenerator, type PathSettings } from './path/path-generator.js';
export { imageOfStep, stepTo } from './path/path-step.js';
export { PD_OPTIONS, type PdOptions } from './progressive/options.js';
export { pd } from './progressive/pd.js';
export { phaseAt, type Phase, type PhaseOptions } from './progressive/phases.js';
export { twoStepTarget, type StepLevels } from './progressive/target.js';
export { TRACT_OPTIONS, type TractOptions } from './tract/options.js';
export { levelsAt, noiseTable } from './tract/levels.js';
export { tractTarget, type TractLevels } from './tract/target.js';
export { tract } from './tract/tract.js';
export { meanFlow } from './mean-flow/mean-flow.js';
export { MeanFlowGenerator } from './mean-flow/mean-flow-generator.js';
export { MEAN_FLOW_OPTIONS, type MeanFlowOptions } from './mean-flow/options.js';
export { adaptiveWeight, meanFlowParts, meanFlowStep, type MeanFlowParts } from './mean-flow/step.js';
export { meanFlowTimes, type TimeDraws } from './mean-flow/times.js';
