import {
  needsOf,
  type DenoiserNetwork,
  type DistillationMethod,
  type Generator,
  type Method,
  type MethodArgs,
  type MethodNeed,
} from '@onestep/diffusion-core';
import { METHODS } from 'onestep';
import { nearestName } from '../config/nearest-name.js';
import { isMethodPath, loadMethod } from '../distill/load-method.js';
import { UserError } from '../user-error.js';

/** A method with settings for some thousand images, in place of the published hundreds of millions. */
export interface Recipe {
  method: Method;
  /** Options that differ from the method's defaults, as they are recorded. */
  options: Record<string, unknown>;
  /** Those that differ from the method's preset for short runs. */
  variant: Readonly<Record<string, unknown>>;
  /** What it needs with these options. */
  needs: readonly MethodNeed[];
  /** Path of the method's file, if it does not come with the program. */
  file?: string;
  /** The student that it starts from; left out, a copy of the teacher. */
  student?: Generator;
  /** Begins a distillation. @throws RangeError naming an option that does not fit the teacher */
  createTask(teacher: DenoiserNetwork, shared: SharedOptions, given?: GivenData): DistillationMethod;
}

/** Recipes by name, in the order of a comparison. */
export type Recipes = Readonly<Record<string, Recipe>>;

/** Options that the methods of a comparison share. */
export interface SharedOptions {
  batch: number;
  batchGpu: number;
  seed: number;
}

/** What a student learns from besides the teacher. */
export type GivenData = Pick<MethodArgs<unknown>, 'labels' | 'data' | 'communicator' | 'weaker'>;

/** Name of the preset for short runs. */
export const PRESET = 'small';

/** The recipes of a method, one for each of its variants: its preset for short runs, or another, where it has one. */
export function recipesOf(
  method: Method,
  { file, preset: name = PRESET }: { file?: string; preset?: string } = {},
): Recipes {
  const preset = method.presets[name]?.options ?? {};
  const recipes = Object.entries(method.variants).map(([name, variant]) => {
    const options = { ...preset, ...variant };
    const createTask: Recipe['createTask'] = (teacher, shared, given = {}) =>
      method.create({ teacher, ...given, options: { ...options, ...shared } });
    const needs = needsOf(method, method.settle(options));
    return [name, { method, options, variant, needs, file, createTask }] as const;
  });
  return Object.fromEntries(recipes);
}

/** The recipes of all methods that come with the program. */
export const RECIPES: Recipes = Object.assign({}, ...METHODS.map((method) => recipesOf(method)));

/**
 * Finds the recipes that a list names.
 *
 * @param names names of recipes, of methods (all variants of each), paths of files with a method, and `all`
 * @throws UserError naming an entry that is not one of these, or has the name of another
 */
export async function findRecipes(names: readonly string[]): Promise<Recipes> {
  const found: Record<string, Recipe> = {};
  for (const name of names) {
    const recipes = name === 'all' ? RECIPES : await findRecipe(name);
    const taken = Object.keys(recipes).find((key) => key in found && found[key]!.file !== recipes[key]!.file);
    if (taken !== undefined) {
      throw new UserError(
        `Two of the methods are called ${taken}, which is how a comparison tells them apart. Give the one in ` +
          `${recipes[taken]!.file ?? found[taken]!.file} another name.`,
        2,
      );
    }
    Object.assign(found, recipes);
  }
  return found;
}

async function findRecipe(name: string): Promise<Recipes> {
  if (isMethodPath(name)) return recipesOf(await loadMethod(name), { file: name });
  if (Object.hasOwn(RECIPES, name)) return { [name]: RECIPES[name]! };
  const method = METHODS.find((candidate) => candidate.name === name);
  if (method !== undefined) return recipesOf(method);
  const nearest = nearestName(name, Object.keys(RECIPES));
  const question = nearest === null ? '' : ` Did you mean ${nearest}?`;
  throw new UserError(
    `There is no method "${name}".${question} Choose from ${Object.keys(RECIPES).join(', ')}, or give the path of a method's file.`,
    2,
  );
}
