import { diffInstruct } from '@onestep/diff-instruct';
import { evaluationsOf } from '../measuring/evaluations.js';

/** The quickstart's method: the best for a few thousand images (`onestep compare`). */
export const QUICKSTART_METHOD = diffInstruct;

/** Its settings. */
export const QUICKSTART_OPTIONS = { ...diffInstruct.presets.small!.options, batchGpu: 64, initSigma: 2.5 };

/** Length of the distillation, thousand generated images. */
export const QUICKSTART_KIMG = 8;
/** FID is measured this many times, evenly over the run. */
export const MEASUREMENTS = 5;
/** Generated images behind each FID. */
export const NUM_IMAGES = 2000;
/** The EDM sampler's steps for the teacher: 2 * 18 - 1 = 35 network evaluations, as published for CIFAR-10. */
export const TEACHER_STEPS = 18;
/** Images of each class and origin in the grid. */
export const GRID_COLUMNS = 4;
/** Network evaluations of the teacher for an image. */
export const TEACHER_EVALUATIONS = evaluationsOf(TEACHER_STEPS);
