import { BootDistillation, type BootOptions } from '@onestep/boot';
import { DiffInstructDistillation } from '@onestep/diff-instruct';
import type { DistillationMethod, DistillationOptions } from '@onestep/diffusion-core';
import type { PreconditionedNetwork } from '@onestep/edm';
import { SidDistillation, type SidOptions } from '@onestep/sid';
import { QUICKSTART_DIFF_INSTRUCT } from '../quickstart/recipe.js';

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

/** All students start from the same images and are averaged alike. */
const SHARED = {
  initSigma: QUICKSTART_DIFF_INSTRUCT.initSigma,
  emaHalflifeKimg: QUICKSTART_DIFF_INSTRUCT.emaHalflifeKimg,
  emaRampUpRatio: QUICKSTART_DIFF_INSTRUCT.emaRampUpRatio,
};

/** Learning rates 50 times the published ones. */
const SID: Partial<SidOptions> = { ...SHARED, lr: 5e-4, glr: 5e-4, tmax: 800 };

/** No learning rate is published. Ten stages of the path with steps of second order; smaller ones take longer to learn. */
const BOOT: Partial<BootOptions> = { ...SHARED, solver: 'heun', delta: 0.1, glr: 1e-3 };

function sid(alpha: number): Recipe {
  const options = { ...SID, alpha };
  return {
    options,
    createTask: (teacher, common) => new SidDistillation({ teacher, options: { ...options, ...common } }),
  };
}

/** What a comparison can be made of, by the names that `--methods` takes. */
export const RECIPES = {
  'diff-instruct': {
    options: QUICKSTART_DIFF_INSTRUCT,
    createTask: (teacher, common) =>
      new DiffInstructDistillation({ teacher, options: { ...QUICKSTART_DIFF_INSTRUCT, ...common } }),
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
