export {
  diffInstruct,
  DIFF_INSTRUCT_OPTIONS,
  diffInstructStep,
  type DiffInstructOptions,
  type DrawSigmas,
} from './diff-instruct.js';
export {
  integralKlLoss,
  PUBLISHED_WEIGHT,
  type IntegralKlLoss,
  type IntegralKlLossArgs,
  type IntegralWeight,
} from './integral-kl-loss.js';
export { scoreDistillationLoss, type ScoreDistillationLossArgs } from './score-distillation-sampling.js';
