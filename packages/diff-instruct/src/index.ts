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
  scoreDistillationLoss,
  type IntegralKlLoss,
  type IntegralKlLossArgs,
  type IntegralWeight,
  type ScoreDistillationLossArgs,
} from './integral-kl-loss.js';
