export { denoisingScoreMatching, drawLogNormalSigmas } from './denoising-score-matching.js';
export {
  averageDiagnostics,
  averageLoss,
  diagnostics,
  maskSamples,
  validSamples,
  type ComparedImages,
} from './diagnostics.js';
export type { IterationDraws, PhaseDraws } from './draws.js';
export {
  fakeGuidance,
  SCORE_GUIDANCE_OPTIONS,
  SCORE_OPTIONS,
  type FakeGuidance,
  type ScoreOptions,
} from './options.js';
export { ScoreDistillation } from './score-distillation.js';
export type {
  Draw,
  FakeScoreInputs,
  GeneratorInputs,
  LabelSource,
  Networks,
  Phase,
  PhaseLoss,
  PhaseName,
  Progress,
  RealInputs,
  Rows,
  ScoreStep,
  Term,
  TrainedModule,
} from './score-step.js';
