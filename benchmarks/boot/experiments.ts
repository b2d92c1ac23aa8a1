import { folderName } from '../methods/recipes.js';

/** A training: a method with options that differ from its preset `small`. */
export interface Variant {
  /** Name of the row in tables, and of the folder of its cells. */
  name: string;
  /** Name of the method, as in `onestep distill NAME`. */
  method: 'boot' | 'sid';
  /** Options besides the preset's, by their names in a program. */
  options: Readonly<Record<string, number | string>>;
  /** What the teacher predicts; left out, the clean image. */
  teacher?: 'noise' | 'velocity';
}

/** A question that trainings of several variants answer. */
export interface Experiment {
  name: string;
  /** What differs, as the label of an axis. */
  axis: string;
  variants: readonly Variant[];
  /** Seeds of which it is run, where not those of the command: results that do not vary with the seed need one. */
  seeds?: readonly number[];
}

const BOOT: Variant = { name: 'boot', method: 'boot', options: {} };
const SID: Variant = { name: 'sid, alpha 1.2', method: 'sid', options: { alpha: 1.2 } };

const DELTAS = [0.01, 0.03, 0.1, 0.3, 1];
const BETAS = [0, 0.01, 1, 10];
const ALPHAS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const BATCHES = [16, 256];

/** All experiments, in the order in which they are run. A variant of several of them is trained once. */
export const EXPERIMENTS: readonly Experiment[] = [
  {
    name: 'delta',
    axis: 'delta',
    variants: [
      // The step of the paper, of first order: a second-order step of such lengths overshoots.
      ...DELTAS.map((delta) => ({ ...BOOT, name: `boot, ddim, delta ${delta}`, options: { solver: 'ddim', delta } })),
      BOOT,
    ],
  },
  {
    name: 'alpha',
    axis: 'alpha',
    variants: [...ALPHAS.map((alpha) => ({ ...SID, name: `sid, alpha ${alpha}`, options: { alpha } })), SID],
  },
  {
    name: 'beta',
    axis: 'beta',
    variants: [BOOT, ...BETAS.map((beta) => ({ ...BOOT, name: `boot, beta ${beta}`, options: { beta } }))],
  },
  {
    name: 'distance',
    axis: 'distance',
    variants: [
      BOOT,
      { ...BOOT, name: 'boot, perceptual', options: { distance: 'lpips' } },
      { ...BOOT, name: 'boot, pseudo-huber', options: { distance: 'pseudo-huber' } },
    ],
  },
  {
    name: 'batch',
    axis: 'batch',
    variants: [...BATCHES.map((batch) => ({ ...SID, name: `sid, batch ${batch}`, options: { alpha: 1.2, batch } })), SID],
  },
  {
    name: 'teacher',
    axis: 'the teacher predicts',
    seeds: [0],
    variants: [
      BOOT,
      { ...BOOT, name: 'boot, teacher of noise', teacher: 'noise' },
      { ...BOOT, name: 'boot, teacher of velocity', teacher: 'velocity' },
    ],
  },
];

/** A variant to train with one seed. */
export interface Planned {
  variant: Variant;
  seed: number;
}

/**
 * What to train: all experiments with the first seed, then with the next. A variant of several experiments comes once.
 *
 * @param names of experiments or of variants, as in folders; null for everything
 * @throws Error listing the names, if one is not there
 */
export function planCells(names: readonly string[] | null, seeds: readonly number[]): Planned[] {
  const known = EXPERIMENTS.flatMap(({ name, variants }) => [name, ...variants.map((each) => folderName(each.name))]);
  const wrong = names?.find((name) => !known.includes(name));
  if (wrong !== undefined) throw new Error(`There is no "${wrong}". There are: ${[...new Set(known)].join(', ')}.`);
  const isWanted = (name: string) => names === null || names.includes(name);
  const planned = seeds.flatMap((seed) =>
    EXPERIMENTS.filter((experiment) => experiment.seeds?.includes(seed) ?? true).flatMap(({ name, variants }) =>
      variants
        .filter((variant) => isWanted(name) || isWanted(folderName(variant.name)))
        .map((variant) => ({ variant, seed })),
    ),
  );
  const key = ({ variant, seed }: Planned) => `${variant.name} ${seed}`;
  return planned.filter((each, i) => planned.findIndex((other) => key(other) === key(each)) === i);
}
