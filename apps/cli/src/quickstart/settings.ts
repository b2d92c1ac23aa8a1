import { SAMPLERS, type SamplerName } from '@onestep/diffusion-core';
import { METHODS } from 'onestep';
import { TEACHER_PATH } from '../assets.js';
import { recipesOf } from '../compare/recipes.js';

/** The quickstart's method: the best one after as few images (`onestep compare`). */
const NAME = 'diff-instruct';

const method = METHODS.find(({ name }) => name === NAME)!;

const recipe = recipesOf(method, { preset: 'quickstart' })[NAME]!;

/** Everything in the quickstart that depends on its method. */
export const METHOD = {
  name: NAME,
  title: method.title,
  recipe,
  /** Images in a step. */
  batch: recipe.options.batch as number,
  /** Statistics for the live line, with their short names. */
  shown: method.shown,
  /** Options of `onestep distill` that made the shipped student. */
  shippedOptions: '--batch 64 --init-sigma 2.5 --lr 5e-4 --glr 2e-4 --ema 0.01 --ema-ramp 0.5 --duration 0.09',
};

/** How the teacher is sampled. */
export interface TeacherSampling {
  sampler: SamplerName;
  steps: number;
  /** Network evaluations per image. */
  evaluations: number;
}

const sampling = (sampler: SamplerName, steps: number): TeacherSampling => ({
  sampler,
  steps,
  evaluations: SAMPLERS[sampler].evaluations(steps),
});

/** EDM's sampler, as published for CIFAR-10: good for any teacher. */
const PUBLISHED = sampling('heun', 18);
/** For the teacher that comes with the program, this is better and takes a quarter of the time: see benchmarks/README.md. */
const SHIPPED = sampling('dpm-solver++', 8);

/** How a teacher is sampled: its file, folder, URL or name. */
export function samplingOf(teacher: string): TeacherSampling {
  return [TEACHER_PATH, 'fashion-mnist'].includes(teacher) ? SHIPPED : PUBLISHED;
}
