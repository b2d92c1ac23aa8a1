export {
  diffInstruct,
  DIFF_INSTRUCT_OPTIONS,
  diffInstructStep,
  integralKlLoss,
  PUBLISHED_WEIGHT,
  type DiffInstructOptions,
  type DrawSigmas,
  type IntegralKlLoss,
  type IntegralKlLossArgs,
  type IntegralWeight,
} from './diff-instruct.js';
export { scoreDistillationLoss, type ScoreDistillationLossArgs } from './score-distillation-sampling.js';
