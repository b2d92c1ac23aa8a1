import { METHODS } from 'onestep';
import { folderName } from '../methods/recipes.js';

/** A training: a method with options that differ from its preset. */
export interface Variant {
  /** Name of the row in tables, and of the folder of its cells. */
  name: string;
  /** What is learned: Fashion-MNIST, or points in the plane. */
  on: 'images' | 'plane';
  /** Name of the method, as in `onestep distill NAME`. */
  method: string;
  /** Options besides those of the preset `small` (images) or `toy` (plane), by their names in a program. */
  options: Readonly<Record<string, number | string>>;
  /** What the teacher predicts; left out, the clean image. */
  teacher?: 'noise' | 'velocity';
  /** Where it is measured, in thousands of images, if not where the others of its method are. */
  points?: readonly number[];
}

/** A question that trainings of several variants answer. */
export interface Experiment {
  name: string;
  variants: readonly Variant[];
  /** Seeds of which it is run, where not those of the command: results that do not vary with the seed need one. */
  seeds?: readonly number[];
}

const BOOT: Variant = { name: 'boot', on: 'images', method: 'boot', options: {} };
const SID: Variant = { name: 'sid, alpha 1.2', on: 'images', method: 'sid', options: { alpha: 1.2 } };
const PLANE_BOOT: Variant = { ...BOOT, name: 'plane, boot', on: 'plane' };

/** Makes a variant for each value of an option. */
function each(base: Variant, option: string, values: readonly (number | string)[], title = option): Variant[] {
  return values.map((value) => ({
    ...base,
    name: `${base.name}, ${title} ${value}`,
    options: { ...base.options, [option]: value },
  }));
}

// The step of the paper, of first order: a second-order step of such lengths overshoots.
const DDIM: Variant = { ...BOOT, name: 'boot, ddim', options: { solver: 'ddim' } };
const PLANE_DDIM: Variant = { ...PLANE_BOOT, name: 'plane, boot, ddim', options: { solver: 'ddim' } };

/** All experiments, in the order in which they are run. A variant of several of them is trained once. */
export const EXPERIMENTS: readonly Experiment[] = [
  { name: 'delta', variants: [...each(DDIM, 'delta', [0.01, 0.03, 0.1, 0.3, 1]), BOOT] },
  {
    name: 'alpha',
    variants: [...each({ ...SID, name: 'sid' }, 'alpha', [0, 0.2, 0.4, 0.6, 0.8, 1]), SID],
  },
  { name: 'beta', variants: [BOOT, ...each(BOOT, 'beta', [0, 0.01, 1, 10])] },
  {
    name: 'distance',
    variants: [
      BOOT,
      { ...BOOT, name: 'boot, perceptual', options: { distance: 'lpips' } },
      { ...BOOT, name: 'boot, pseudo-huber', options: { distance: 'pseudo-huber' } },
    ],
  },
  { name: 'batch', variants: [...each({ ...SID, name: 'sid' }, 'batch', [16, 256]), SID] },
  {
    name: 'teacher',
    seeds: [0],
    // Rounding grows in a training as in any chaotic system: a few iterations show what is the same.
    variants: [
      { ...BOOT, name: 'boot, teacher of images', points: [0.256] },
      { ...BOOT, name: 'boot, teacher of noise', teacher: 'noise', points: [0.256] },
      { ...BOOT, name: 'boot, teacher of velocity', teacher: 'velocity', points: [0.256] },
    ],
  },
  {
    name: 'plane-delta',
    variants: [
      ...each(PLANE_DDIM, 'delta', [0.01, 0.02, 0.04, 0.1, 0.2, 0.5, 1]),
      ...each(PLANE_BOOT, 'delta', [0.01, 0.1, 0.2, 0.5, 1]),
      PLANE_BOOT,
    ],
  },
  { name: 'plane-beta', variants: [PLANE_BOOT, ...each(PLANE_BOOT, 'beta', [0, 0.001, 0.01, 1, 10])] },
  {
    name: 'plane-alpha',
    variants: each({ ...PLANE_BOOT, name: 'plane, sid', method: 'sid' }, 'alpha', [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2]),
  },
  {
    // All methods with settings for points, those that were written after this one too.
    name: 'plane-methods',
    variants: METHODS.filter(({ presets }) => presets.toy !== undefined).map(({ name }) => ({
      ...PLANE_BOOT,
      name: name === 'boot' ? PLANE_BOOT.name : `plane, ${name}`,
      method: name,
    })),
  },
];

/** A variant to train with one seed. */
export interface Planned {
  variant: Variant;
  seed: number;
}

/**
 * What to train: everything with the first seed, then with the next. A variant of several experiments comes once.
 *
 * @param names of experiments or of variants, as in folders, in the order to run them; null for all experiments
 * @throws Error listing the names, if one is not there
 */
export function planCells(names: readonly string[] | null, seeds: readonly number[]): Planned[] {
  const wanted = (names ?? EXPERIMENTS.map(({ name }) => name)).flatMap(findVariants);
  const planned = seeds.flatMap((seed) =>
    wanted.filter((each) => each.seeds?.includes(seed) ?? true).map(({ variant }) => ({ variant, seed })),
  );
  const key = ({ variant, seed }: Planned) => `${variant.name} ${seed}`;
  return planned.filter((one, i) => planned.findIndex((other) => key(other) === key(one)) === i);
}

/** The variants of an experiment, or the one of a name, and the seeds that they are limited to. */
function findVariants(name: string): { variant: Variant; seeds?: readonly number[] }[] {
  const all = EXPERIMENTS.flatMap(({ name: experiment, variants, seeds }) =>
    variants.map((variant) => ({ experiment, variant, seeds })),
  );
  const found = all.filter(({ experiment }) => experiment === name);
  if (found.length > 0) return found;
  const one = all.find(({ variant }) => folderName(variant.name) === name);
  if (one !== undefined) return [one];
  const known = all.flatMap(({ experiment, variant }) => [experiment, folderName(variant.name)]);
  throw new Error(`There is no "${name}". There are: ${[...new Set(known)].join(', ')}.`);
}
