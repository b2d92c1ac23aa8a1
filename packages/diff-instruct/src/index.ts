export { DiffInstructDistillation } from './diff-instruct-distillation.js';
export {
  integralKlLoss,
  PUBLISHED_WEIGHT,
  scoreDistillationLoss,
  type IntegralKlLoss,
  type IntegralKlLossArgs,
  type IntegralWeight,
  type ScoreDistillationLossArgs,
} from './integral-kl-loss.js';
export { DIFF_INSTRUCT_DEFAULTS, diffInstructOptions, type DiffInstructOptions } from './options.js';
