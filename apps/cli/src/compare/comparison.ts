import type { ShortRunOptions } from '../short-run/options.js';
import type { ShortRun } from '../short-run/short-run.js';
import type { Recipes } from './recipes.js';

/** Options of `onestep compare`. */
export interface CompareOptions extends ShortRunOptions {
  /** Names of the recipes, which are recorded. */
  methods: string[];
  /** The methods, by these names. */
  recipes: Recipes;
  /** Numbers of steps of the EDM sampler at which the teacher is measured. */
  teacherSteps: number[];
  batch: number;
}

/** A comparison under way. */
export type Comparison = ShortRun<CompareOptions>;
