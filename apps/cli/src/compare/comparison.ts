import type { TextEncoderOptions } from '../options/text-encoder-options.js';
import type { ShortRunOptions } from '../short-run/options.js';
import type { DetectorCommandOptions } from '../options/detector-options.js';
import type { ClassProbabilityOption } from '../options/label-options.js';
import type { ShortRun } from '../short-run/short-run.js';
import type { Basis } from './basis.js';
import type { CompareGuidanceOptions } from './guide-recipes.js';
import type { Recipes } from './recipes.js';

/** Options of `onestep compare`. */
export interface CompareOptions
  extends ShortRunOptions, DetectorCommandOptions, ClassProbabilityOption, CompareGuidanceOptions, TextEncoderOptions {
  /** The methods to compare, by name; those that cannot be run are left out unless they were chosen. */
  recipes: Recipes;
  /** Whether the user chose them. */
  areChosen: boolean;
  /** Numbers of steps of the EDM sampler at which the teacher is measured. */
  teacherSteps: number[];
  batch: number;
  /** The generator that each method starts from: a source, or `pixels`. */
  generator?: string;
  /** Path of real images, which the teacher and the students are compared with. */
  data?: string;
  /** Path of prompts, which students learn and all are measured with. */
  prompts?: string;
  /** Path or URL of reference statistics. */
  ref?: string;
  refMadeBy?: string;
}

/** A comparison under way. */
export interface Comparison extends ShortRun<CompareOptions> {
  basis: Basis;
}
