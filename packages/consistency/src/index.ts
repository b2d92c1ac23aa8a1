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
export { ect } from './ect/ect.js';
export { ECT_OPTIONS, type EctOptions } from './ect/options.js';
export { ectStep, noisyImages } from './ect/step.js';
export { timesBefore, type GapShape } from './ect/times.js';
export { tcm } from './tcm/tcm.js';
export { truncatedTimes } from './tcm/draws.js';
export { TCM_OPTIONS, type TcmOptions } from './tcm/options.js';
export { tcmStep } from './tcm/step.js';
export { PathGenerator, type PathSettings } from './path/path-generator.js';
export { imageOfStep, stepTo } from './path/path-step.js';
export { PD_OPTIONS, type PdOptions } from './progressive/options.js';
export { pd } from './progressive/pd.js';
export { twoStepTarget, type StepLevels } from './progressive/target.js';
export { TRACT_OPTIONS, type TractOptions } from './tract/options.js';
export { tractTarget, type TractLevels } from './tract/target.js';
export { tract } from './tract/tract.js';
