import { integer, number, option, requireOption, type OptionsOf } from '@onestep/diffusion-core';
import { CONSISTENCY_OPTIONS } from '../cd/options.js';
import { STUDENT_OPTIONS } from '../training/options.js';

const { sigmaMin } = CONSISTENCY_OPTIONS;

/** Options of iCT, with the values of the paper. There is no published script: names are those of CT where it has them. */
export const ICT_OPTIONS = {
  /** s_0: number of intervals between noise levels at the start. */
  startScales: option({
    default: 10,
    check: integer({ min: 1 }),
    help: 'number of intervals between noise levels at the start, which doubles',
  }),
  /** s_1: number of intervals between noise levels at the end. */
  endScales: option({
    default: 1280,
    check: integer({ min: 1 }),
    help: 'number of intervals between noise levels at the end',
  }),
  /** K: steps in which the number of intervals doubles again and again. */
  totalTrainingSteps: option({
    default: 400_000,
    check: integer({ min: 1 }),
    help: 'steps in which the number of intervals doubles again and again',
    flag: { placeholder: 'steps' },
  }),
  /** P_mean: mean of the logarithm of the noise levels. */
  pMean: option({ default: -1.1, check: number(), help: 'mean of the logarithm of the noise levels' }),
  /** P_std: standard deviation of the logarithm of the noise levels. */
  pStd: option({
    default: 2,
    check: number({ above: 0 }),
    help: 'standard deviation of the logarithm of the noise levels',
  }),
  /** c: softening of the pseudo-Huber distance; null for 0.00054 sqrt(H W C). */
  c: option<number | null>({
    default: null,
    check: number({ above: 0 }),
    help: 'softening of the pseudo-Huber distance, in units of a whole image’s norm',
    unset: '0.00054 times the square root of the number of values in an image',
  }),
  sigmaMin,
  ...STUDENT_OPTIONS,
};

/** Options of iCT. */
export type IctOptions = OptionsOf<typeof ICT_OPTIONS>;

/** @throws RangeError naming options that do not fit each other */
export function checkIct({ startScales, endScales, sigmaMin: lowest, initSigma }: IctOptions): void {
  requireOption(lowest < initSigma, `sigmaMin must be below initSigma, which is ${initSigma}, not ${lowest}.`);
  requireOption(
    endScales >= startScales,
    `endScales must be at least startScales, which is ${startScales}, not ${endScales}.`,
  );
}
