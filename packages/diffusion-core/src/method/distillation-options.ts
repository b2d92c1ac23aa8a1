import type { ClassProbabilities } from '../conditions/training-labels.js';
import { emaDecayOf, emaLengths, type EmaOptions } from '../ema/ema-length.js';
import { classProbabilities, integer, number, numbers } from './option-checks.js';
import { option, type OptionsOf } from './option-table.js';

/** Options that every distillation method has, with the published defaults. */
export const DISTILLATION_OPTIONS = {
  /** Images in a step. */
  batch: option({ default: 512, check: integer({ min: 1 }), help: 'images in a step' }),
  /** Images in a micro-batch; null for the whole batch. Changes the memory needed and nothing else. */
  batchGpu: option<number | null>({
    default: null,
    check: integer({ min: 1 }),
    help: 'images at once; the gradients of a batch are accumulated',
    unset: 'the whole batch',
  }),
  /**
   * Half-life of the EMA of the generator's weights, in thousands of images. Of several, the first is the generator's, and
   * the others are saved with it.
   */
  emaHalfLifeKimg: option<number | readonly number[]>({
    default: 500,
    check: numbers({ min: 0 }),
    help: 'half-life of the averaged weights, or several such as 0.5,0.1 of which the first is the generator',
    flag: { name: 'ema', placeholder: 'mimg', scale: 1000, unit: 'million images' },
  }),
  /** The half-life is at most this share of the images seen so far; null for no such bound. */
  emaRampUpRatio: option<number | null>({
    default: 0.05,
    check: number({ above: 0 }),
    help: 'the half-life is at most this share of the images so far',
    unset: 'no bound',
    continued: null,
    flag: { name: 'ema-ramp', placeholder: 'share' },
  }),
  /** Decay of the EMA in each step, whatever the batch, or several, in place of the half-lives; null for the half-lives. */
  emaMu: option<number | readonly number[] | null>({
    default: null,
    check: numbers({ above: 0, below: 1 }),
    help: 'above 0: decay of the averaged weights in each step, or several, in place of --ema',
    flag: { placeholder: 'decay', off: -1 },
  }),
  /**
   * Relative width (sigma_rel) of a power-function EMA, or several, in addition to the others; null for none (Karras et al.
   * 2024).
   */
  emaRel: option<number | readonly number[] | null>({
    default: null,
    check: numbers({ above: 0, max: 0.28 }),
    help: 'relative widths of further averaged weights, such as 0.05,0.1, for onestep ema',
    unset: 'none',
    flag: { placeholder: 'sigma' },
  }),
  /** Largest norm of a network's gradients, which are scaled down to it; null for no bound. */
  clipGradNorm: option<number | null>({
    default: null,
    check: number({ above: 0 }),
    help: 'scale gradients down to this norm',
    unset: 'no bound',
    flag: { placeholder: 'norm' },
  }),
  /** Probability of each class, up to a common factor; null for the frequencies of the training labels. */
  classProbabilities: option<ClassProbabilities | null>({
    default: null,
    check: classProbabilities(),
    help: 'probability of each class, up to a common factor: numbers, a text file with them, or uniform',
    unset: "the frequencies in --data, else those in the teacher's file, else uniform",
    flag: { isFile: true },
  }),
  /** Seed of all random streams. */
  seed: option({ default: 0, check: integer(), help: 'seed of all random numbers', flag: false }),
};

/** Options that every distillation method has. */
export type DistillationOptions = OptionsOf<typeof DISTILLATION_OPTIONS>;

/**
 * Checks a condition on options.
 *
 * @throws RangeError with the message unless the condition holds
 */
export function requireOption(condition: boolean, message: string): void {
  if (!condition) throw new RangeError(message);
}

/** Decay of the generator's EMA, the first one, in the step after `imagesSeen` images. */
export function generatorEmaDecay({ batch, ...options }: EmaOptions & { batch: number }, imagesSeen: number): number {
  return emaDecayOf(emaLengths(options)[0]!)(batch, imagesSeen);
}
