export { cd, CD_OPTIONS, cdStep, type CdOptions } from './cd/cd.js';
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
export { scm } from './scm/scm.js';
export { SCM_OPTIONS, type ScmOptions } from './scm/options.js';
export { scmParts, scmStep, type ScmParts } from './scm/step.js';
export {
  normalCdf,
  normalQuantile,
  truncatedLogNormal,
  type TruncatedLogNormal,
} from './noise/truncated-log-normal.js';
export { ect } from './ect/ect.js';
export { ECT_OPTIONS, type EctOptions } from './ect/options.js';
export { ectStep, noisyImages } from './ect/step.js';
export { timesBefore, type GapShape } from './ect/times.js';
export { meanFlow } from './mean-flow/mean-flow.js';
export { MeanFlowGenerator } from './mean-flow/mean-flow-generator.js';
export { MEAN_FLOW_OPTIONS, type MeanFlowOptions } from './mean-flow/options.js';
export { adaptiveWeight, meanFlowParts, meanFlowStep, type MeanFlowParts } from './mean-flow/step.js';
export { meanFlowTimes, type TimeDraws } from './mean-flow/times.js';
