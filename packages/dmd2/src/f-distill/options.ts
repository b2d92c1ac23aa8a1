import {
  boolean,
  integer,
  number,
  oneOf,
  option,
  requireOption,
  type OptionsOf,
  type OptionTable,
} from '@onestep/diffusion-core';
import { checkDmd2Options, DMD2_OPTIONS, type Dmd2Options } from '../options.js';
import { FASTGEN_IMAGENET64 } from '../presets.js';
import { DIVERGENCES, type DivergenceName } from './divergences.js';

// The weights come from a discriminator that sees x_t, the images at which the scores are compared.
const { score: _, diffusionGan: __, shareNoise: ___, ...SHARED } = DMD2_OPTIONS;
// Presets have the published constant of the averaged weights.
const { shareNoise: ____, emaMu: _____, ...PUBLISHED } = FASTGEN_IMAGENET64.options;

/** Options of f-distill: its own, and those of DMD2 with the defaults of the published run on ImageNet. */
export const F_DISTILL_OPTIONS = {
  /** The f-divergence whose gradient the student follows. */
  fDiv: option<DivergenceName>({
    default: 'js',
    check: oneOf(DIVERGENCES),
    help: 'f-divergence: rkl (reverse KL, as DMD2), kl (forward), js, sf (softened rkl), sh (Hellinger), jf (Jeffreys), neyman',
  }),
  /** Smallest ratio of the densities of real and generated images. */
  ratioLower: option({
    default: 0.1,
    check: number({ above: 0 }),
    help: 'smallest ratio of the densities of real and generated images',
  }),
  /** Largest ratio of the densities of real and generated images. */
  ratioUpper: option({
    default: 20,
    check: number({ above: 0 }),
    help: 'largest ratio of the densities of real and generated images',
  }),
  /** Whether ratios are divided by the mean ratio at similar noise levels. */
  ratioNormalization: option({
    default: true,
    check: boolean(),
    help: 'whether ratios are divided by the mean ratio at similar noise levels',
  }),
  /** Number of intervals of the noise level with a mean ratio of their own. */
  binNum: option({
    default: 10,
    check: integer({ min: 1, max: 1000 }),
    help: 'intervals of the noise level with a mean ratio of their own',
  }),
  /** Share of the old mean ratio that is kept in an update; 0 for the mean of the batch. */
  ratioEmaRate: option({
    default: 0.5,
    check: number({ min: 0, below: 1 }),
    help: 'share of the old mean ratio that is kept in an update; 0 for the mean of the batch',
  }),
  ...withDefaultValues(SHARED, PUBLISHED),
  gan: option({
    ...SHARED.gan,
    check: number({ above: 0 }),
    help: "weight of the adversarial term in the student's loss",
  }),
};

/** Options of f-distill. */
export type FDistillOptions = OptionsOf<typeof F_DISTILL_OPTIONS>;

/** The options of DMD2 that f-distill runs with. */
export function distributionMatchingOptions(options: FDistillOptions): Dmd2Options {
  return { ...options, score: 1, diffusionGan: true, shareNoise: true };
}

/** @throws RangeError naming options of f-distill that do not fit each other */
export function checkFDistillOptions(options: FDistillOptions): void {
  checkDmd2Options(distributionMatchingOptions(options));
  const { ratioLower, ratioUpper } = options;
  requireOption(ratioLower <= ratioUpper, `ratioLower ${ratioLower} is above ratioUpper ${ratioUpper}: lower it.`);
}

/** A table with other defaults. */
function withDefaultValues<T extends OptionTable>(table: T, defaults: Partial<OptionsOf<T>>): T {
  const rows = Object.entries(table).map(([name, row]) => [
    name,
    defaults[name] === undefined ? row : { ...row, default: defaults[name] as unknown },
  ]);
  return Object.fromEntries(rows) as T;
}
