import { integer, number, oneOf, option, requireOption, type Distance, type OptionsOf } from '@onestep/diffusion-core';
import { STUDENT_OPTIONS } from '../training/options.js';
import { lossNorm, type LossNorm } from './loss-norms.js';
import { LOSS_WEIGHTS, type LossWeight } from './loss-weights.js';
import { SCALE_MODES, TARGET_EMA_MODES, type ScheduleOptions } from './schedules.js';

/** Options of CD and CT under the names of the published script. The defaults are those of CD on ImageNet, with l2 for lpips. */
export const CONSISTENCY_OPTIONS = {
  /** How the student is compared with its target; `lpips` needs weights of the caller's. */
  lossNorm: option<LossNorm | Distance>({
    default: 'l2',
    check: lossNorm,
    help: 'how the student is compared with its target; lpips needs --lpips',
  }),
  /** Weight of an image's loss by its noise level. */
  weightSchedule: option<LossWeight>({
    default: 'uniform',
    check: oneOf(LOSS_WEIGHTS),
    help: "weight of an image's loss by its noise level",
  }),
  /** How the decay of the target changes. */
  targetEmaMode: option<keyof typeof TARGET_EMA_MODES>({
    default: 'fixed',
    check: oneOf(TARGET_EMA_MODES),
    help: 'decay of the target: --start-ema, or growing with the number of noise levels',
  }),
  /** mu_0: decay of the target in each step; at 0 the target is the student. */
  startEma: option({
    default: 0.95,
    check: number({ min: 0, below: 1 }),
    help: 'decay of the target in each step; at 0 the target is the student itself',
    flag: { placeholder: 'decay' },
  }),
  /** How the number of noise levels changes. */
  scaleMode: option<keyof typeof SCALE_MODES>({
    default: 'fixed',
    check: oneOf(SCALE_MODES),
    help: 'number of noise levels: --start-scales, or growing to --end-scales',
  }),
  /** s_0: number of noise levels at the start. */
  startScales: option({ default: 40, check: integer({ min: 2 }), help: 'number of noise levels at the start' }),
  /** s_1: number of noise levels at the end. */
  endScales: option({ default: 40, check: integer({ min: 2 }), help: 'number of noise levels at the end' }),
  /** K: steps in which the number of noise levels grows. */
  totalTrainingSteps: option({
    default: 600_000,
    check: integer({ min: 1 }),
    help: 'steps in which the number of noise levels grows',
    flag: { placeholder: 'steps' },
  }),
  /** epsilon: the lowest noise level, at which the student returns its input. */
  sigmaMin: option({
    default: 0.002,
    check: number({ above: 0 }),
    help: 'lowest noise level, at which the student returns its input',
    flag: { placeholder: 'sigma' },
  }),
  ...STUDENT_OPTIONS,
};

/** Options of CD and CT. */
export type ConsistencyOptions = OptionsOf<typeof CONSISTENCY_OPTIONS>;

/** @throws RangeError naming options that do not fit each other */
export function checkConsistency(options: ScheduleOptions & { sigmaMin: number; initSigma: number }): void {
  const { targetEmaMode, scaleMode, startScales, endScales, sigmaMin, initSigma } = options;
  requireOption(sigmaMin < initSigma, `sigmaMin must be below initSigma, which is ${initSigma}, not ${sigmaMin}.`);
  requireOption(
    scaleMode === 'fixed' || endScales >= startScales,
    `endScales must be at least startScales, which is ${startScales}, not ${endScales}.`,
  );
  requireOption(
    targetEmaMode === 'fixed' || scaleMode === 'progressive',
    'targetEmaMode adaptive follows the number of noise levels: give scaleMode progressive with it.',
  );
}
