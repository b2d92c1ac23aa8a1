import { boolean, GUIDANCE_OPTIONS, number, oneOf, option, type OptionsOf } from '@onestep/diffusion-core';
import { STUDENT_OPTIONS } from '../training/options.js';
import { MAPPINGS } from './times.js';
import { WEIGHTINGS } from './weightings.js';

const choices = <K extends string>(names: readonly K[]) =>
  oneOf(Object.fromEntries(names.map((name) => [name, name])) as Record<K, K>);

/** Options of the times t and r, and of the distance, under the names of ECT's published training script. */
export const TIME_OPTIONS = {
  /** Factor by which the gap between t and r falls from stage to stage. */
  q: option({
    default: 2,
    check: number({ above: 1 }),
    help: 'the gap between t and r is divided by this from stage to stage',
    flag: { short: 'q' },
  }),
  /** Height of the gap's rise toward small t. */
  k: option({
    default: 8,
    check: number({ min: 0 }),
    help: 'how much wider, relative to t, the gap is at small t',
    flag: { short: 'k' },
  }),
  /** Steepness of the gap's rise toward small t. */
  b: option({
    default: 1,
    check: number({ min: 0 }),
    help: 'how steeply the gap widens toward small t',
    flag: { short: 'b' },
  }),
  /** How the gap depends on t. */
  mapping: option<(typeof MAPPINGS)[number]>({
    default: 'sigmoid',
    check: choices(MAPPINGS),
    help: 'whether the gap, relative to t, widens toward small t (sigmoid) or is the same everywhere (const)',
  }),
  /** Constant of the pseudo-Huber distance; 0 for the norm of the difference. */
  c: option({
    default: 0,
    check: number({ min: 0 }),
    help: 'c of the pseudo-Huber distance of two images; 0 for the norm of their difference',
    flag: { short: 'c' },
  }),
  /** Length of a stage, in thousands of images. */
  stageKimg: option({
    default: 3200,
    check: number({ above: 0 }),
    help: 'length of a stage',
    flag: { name: 'double', placeholder: 'ticks', scale: 12.8, unit: 'ticks of 12.8 thousand images' },
  }),
  /** Largest ratio 1 - q^-(stage + 1); null for no bound. */
  ratioLimit: option<number | null>({
    default: null,
    check: number({ above: 0, below: 1 }),
    help: 'largest r / t at large t, at which the stages end',
    unset: 'no bound',
    flag: { placeholder: 'ratio' },
  }),
  /** Mean of ln t. */
  pMean: option({
    default: -1.1,
    check: number(),
    help: 'mean of the logarithm of t',
    flag: { name: 'mean' },
  }),
  /** Standard deviation of ln t. */
  pStd: option({
    default: 2,
    check: number({ above: 0 }),
    help: 'standard deviation of the logarithm of t',
    flag: { name: 'std' },
  }),
  /** Lowest t; null for no bound. */
  tMin: option<number | null>({
    default: null,
    check: number({ above: 0 }),
    help: 'lowest t; lower ones are drawn again',
    unset: 'no bound',
    flag: { placeholder: 'sigma' },
  }),
  /** Highest t; null for no bound. */
  tMax: option<number | null>({
    default: null,
    check: number({ above: 0 }),
    help: 'highest t; higher ones are drawn again',
    unset: 'no bound',
    flag: { placeholder: 'sigma' },
  }),
  /** Smallest r. At r = 0 the target is the real image. */
  rMin: option({
    default: 0,
    check: number({ min: 0 }),
    help: 'smallest r; at r = 0 the target is the real image',
    flag: { placeholder: 'sigma' },
  }),
  /** Weight of an image's loss. */
  weighting: option<keyof typeof WEIGHTINGS>({
    default: 'default',
    check: oneOf(WEIGHTINGS),
    help: "weight of an image's loss: 1 / (t - r) (default), its root, 1 / c_out(t), 1 / c_out(t)^2, 1 / t^2, or 1",
  }),
};

/** Options of the times t and r, and of the distance. */
export type TimeOptions = OptionsOf<typeof TIME_OPTIONS>;

/** Options of ECT under the names of its published training script, with the settings of its run on CIFAR-10. */
export const ECT_OPTIONS = {
  ...TIME_OPTIONS,
  /** Whether the point at r is a step of the teacher from that at t, in place of the real image with less noise. */
  useCd: option({
    default: false,
    check: boolean(),
    help: 'whether a step of the teacher leads from t to r (consistency distillation), in place of the real image',
  }),
  /** epsilon of the generator, at which f(x) = x. The training has 0. */
  boundary: option({
    default: 0.003,
    check: number({ min: 0 }),
    help: 'noise level at which the generator leaves its input as it is; the training has 0',
    flag: { placeholder: 'sigma' },
  }),
  ...STUDENT_OPTIONS,
  batch: { ...STUDENT_OPTIONS.batch, default: 128 },
  ...GUIDANCE_OPTIONS,
};

/** Options of ECT. */
export type EctOptions = OptionsOf<typeof ECT_OPTIONS>;
