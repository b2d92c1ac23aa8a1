import { hasOwnLatents, type DenoiserNetwork, type Generator, type TrainableGenerator } from '@onestep/diffusion-core';
import { createPictures, PICTURES } from 'onestep';
import { checkImages, openOwn } from '../distill/transferred.js';
import { generatorOf, openNetwork } from '../networks/load-network.js';
import { statedSettings } from '../options/network-options.js';
import { UserError } from '../user-error.js';
import type { CompareOptions } from './comparison.js';
import type { Recipe, Recipes } from './recipes.js';

/**
 * Makes the methods of a comparison start from the generator of --generator, each from a copy, in place of copies of the teacher.
 *
 * @throws UserError if its images are not the teacher's, or it cannot be copied
 */
export async function startingFrom(options: CompareOptions, teacher: DenoiserNetwork): Promise<Recipes> {
  const { generator: source, recipes } = options;
  if (source === undefined) return recipes;
  const student = await openStudent(source, options, teacher);
  if (!('clone' in student)) throw new UserError(`${source} cannot be trained further: leave --generator out.`, 2);
  const copy = () => (student as TrainableGenerator).clone();
  const entries = Object.entries(recipes).map(([name, recipe]) => [name, withStudent(recipe, student, copy)] as const);
  return Object.fromEntries(entries);
}

async function openStudent(source: string, options: CompareOptions, teacher: DenoiserNetwork): Promise<Generator> {
  if (source === PICTURES) return createPictures(teacher, options.seed);
  const opened = await openNetwork(source, { settings: statedSettings(options), sharesSettings: true });
  checkImages(source, opened.network, teacher);
  const student = openOwn(opened, {});
  if (student !== null) return student;
  const usual = opened.unstatedRole?.usualInitSigma;
  const generator = generatorOf(opened, { initSigma: usual });
  if (generator !== null) return generator;
  throw new UserError(`${source} is a diffusion model, and not a generator: leave --generator out.`, 2);
}

/** A recipe whose tasks train a copy of a student. It keeps the noise level of its input, if it has one. */
function withStudent(recipe: Recipe, student: Generator, copy: () => TrainableGenerator): Recipe {
  const { method } = recipe;
  const { initSigma: _, ...others } = recipe.options;
  const { initSigma } = student as { initSigma?: number };
  const isKept = !hasOwnLatents(student) && initSigma !== undefined && Object.hasOwn(method.options, 'initSigma');
  const options = isKept ? { ...others, initSigma } : others;
  const createTask: Recipe['createTask'] = (teacher, shared, given = {}) => {
    const generator = copy();
    try {
      return method.create({ teacher, ...given, generator, options: { ...options, ...shared } });
    } catch (error) {
      generator.module.dispose();
      throw error;
    }
  };
  return { ...recipe, options, createTask, student };
}
