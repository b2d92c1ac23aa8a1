import { BootDistillation, type BootOptions } from '@onestep/boot';
import { DiffInstructDistillation, type DiffInstructOptions } from '@onestep/diff-instruct';
import type { DistillationMethod, DistillationOptions } from '@onestep/diffusion-core';
import type { PreconditionedNetwork } from '@onestep/edm';
import { SidDistillation } from '@onestep/sid';
import { QUICKSTART_SID } from '../quickstart/recipe.js';

/** A method with its settings for some thousand images at batch 64, in place of the published hundreds of millions. */
export interface Recipe {
  /** What differs from the method's defaults, as it is recorded. */
  options: Record<string, unknown>;
  createTask(teacher: PreconditionedNetwork, common: CommonOptions): Distillation;
}

/** A distillation whose networks can be freed. */
export type Distillation = DistillationMethod & { dispose(): void };

/** Settings that the methods of a comparison share. */
export type CommonOptions = Pick<DistillationOptions, 'batch' | 'batchGpu' | 'seed'>;

/** The average follows the quickstart's: a half-life of half the images seen, and of 2 kimg at most. */
const AVERAGE: Partial<DistillationOptions> = { emaHalflifeKimg: 2, emaRampUpRatio: 0.5 };

/**
 * The generator's learning rate is 20 times the published one for batch 64 and short runs, the score network's 50 times: it
 * has to follow the generator. The noise level of the input is SiD's, so that all methods start from the same images.
 */
const DIFF_INSTRUCT: Partial<DiffInstructOptions> = { ...AVERAGE, initSigma: 2.5, lr: 5e-4, glr: 2e-4 };

/** No learning rate is published. Ten stages of the path with steps of second order; smaller ones take longer to learn. */
const BOOT: Partial<BootOptions> = { ...AVERAGE, initSigma: 2.5, solver: 'heun', delta: 0.1, glr: 1e-3 };

/** The quickstart's, with another alpha. */
function sid(alpha: number): Recipe {
  const options = { ...QUICKSTART_SID, alpha };
  return {
    options,
    createTask: (teacher, common) => new SidDistillation({ teacher, options: { ...options, ...common } }),
  };
}

/** What a comparison can be made of, by the names that `--methods` takes. */
export const RECIPES = {
  'diff-instruct': {
    options: DIFF_INSTRUCT,
    createTask: (teacher, common) =>
      new DiffInstructDistillation({ teacher, options: { ...DIFF_INSTRUCT, ...common } }),
  },
  'sid-0.5': sid(0.5),
  'sid-1.0': sid(1),
  'sid-1.2': sid(1.2),
  boot: {
    options: BOOT,
    createTask: (teacher, common) => new BootDistillation({ teacher, options: { ...BOOT, ...common } }),
  },
} satisfies Record<string, Recipe>;

/** A name of {@link RECIPES}. */
export type MethodName = keyof typeof RECIPES;

/** All methods, in the order of a comparison. */
export const METHOD_NAMES = Object.keys(RECIPES) as MethodName[];
