import { METHODS } from 'onestep';
import { recipesOf } from '../compare/recipes.js';
import { evaluationsOf } from '../evaluation/generated-images.js';

/** The quickstart's method: the best one after as few images (`onestep compare`). */
const NAME = 'diff-instruct';

const method = METHODS.find(({ name }) => name === NAME)!;

/** Everything in the quickstart that depends on its method. */
export const METHOD = {
  name: NAME,
  title: method.title,
  recipe: recipesOf(method)[NAME]!,
  /** Statistics for the live line, with their short names. */
  shown: method.shown,
  /** Options of `onestep distill` that made the shipped student. */
  shippedOptions: '--batch 64 --init-sigma 2.5 --lr 5e-4 --glr 2e-4 --ema 0.01 --ema-ramp 0.5 --duration 0.09',
};

/** Steps of the EDM sampler for the teacher, as published for CIFAR-10. */
export const TEACHER_STEPS = 18;
/** Network evaluations of the teacher per image. */
export const TEACHER_EVALUATIONS = evaluationsOf(TEACHER_STEPS);
