export { boot, BOOT_OPTIONS, type BootOptions } from './boot.js';
export { BootDistillation } from './boot-distillation.js';
export { BootGenerator, type BootGeneratorArgs } from './boot-generator.js';
export {
  bootstrapLoss,
  bootstrapTarget,
  bootstrapWeight,
  boundaryLoss,
  type Bootstrap,
  type BootstrapArgs,
} from './boot-loss.js';
export type { Distance } from '@onestep/diffusion-core';
export { DISTANCES, perceptualDistance, type DistanceName, type PerceptualNetwork } from './distance.js';
export { guidedTeacher, type GuidedConditions, type TeacherGuidance } from './guidance.js';
export {
  ddimStep,
  exponentialHeunStep,
  heunStep,
  noiseImage,
  noisyImage,
  signalSlope,
  SOLVERS,
  type SignalPredictor,
  type SignalStep,
  type SolverName,
} from './signal-ode.js';
export { stepSize, TimeMap, type StepSizeOptions, type TimeOptions } from './time.js';
