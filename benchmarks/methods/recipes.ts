import { needsOf, type Method } from '@onestep/diffusion-core';
import { METHODS } from 'onestep';

/** A method as it is compared: one line of the tables. */
export interface Recipe {
  /** Name in tables and of folders. */
  name: string;
  /** Name of the method, as in `onestep distill NAME`. */
  method: string;
  /** Options of `onestep distill` besides `--preset small`. */
  args: readonly string[];
  /** What it sees besides the teacher. */
  sees: 'nothing' | 'images' | 'pairs';
  /** Starts from another recipe's student of the same seed, whose training counts as its own. */
  from?: { recipe: string; flag: string };
  /** Thousands of images after which all of its steps compute the same; left out, 0. */
  settlesAt?: number;
  /** The recipe whose steps compute the same, and whose speed and memory are its own too. */
  timeOf?: string;
  /** Pairs that the teacher makes before: their number. The time counts. */
  pairs?: number;
}

/** Recipes that say more than a method's name. */
const RECIPES: readonly Recipe[] = [
  { name: 'diff-instruct', method: 'diff-instruct', args: [], sees: 'nothing' },
  { name: 'sid', method: 'sid', args: [], sees: 'nothing' },
  { name: 'sid, alpha 1', method: 'sid', args: ['--alpha', '1'], sees: 'nothing', timeOf: 'sid' },
  { name: 'sim', method: 'sim', args: [], sees: 'nothing' },
  { name: 'fgm', method: 'fgm', args: [], sees: 'nothing' },
  { name: 'boot', method: 'boot', args: [], sees: 'nothing' },
  { name: 'dmd2, no discriminator', method: 'dmd2', args: ['--gan', '0'], sees: 'nothing' },
  { name: 'dmd2', method: 'dmd2', args: [], sees: 'images' },
  { name: 'f-distill', method: 'f-distill', args: [], sees: 'images' },
  { name: 'uni-instruct', method: 'uni-instruct', args: [], sees: 'images', settlesAt: 1 },
  { name: 'sida', method: 'sida', args: [], sees: 'images', settlesAt: 1 },
  {
    name: 'sid2a',
    method: 'sida',
    args: [],
    sees: 'images',
    from: { recipe: 'sid', flag: '--sid-model' },
    timeOf: 'sida',
  },
  { name: 'kd', method: 'kd', args: [], sees: 'pairs', pairs: 2000 },
];

/** All recipes of the methods that there are: those above, and each further method by its name alone. */
export function allRecipes(): Recipe[] {
  const isThere = ({ method }: Recipe) => METHODS.some(({ name }) => name === method);
  const further = METHODS.filter(({ name }) => !RECIPES.some(({ method }) => method === name));
  return [...RECIPES.filter(isThere), ...further.map(recipeOf)];
}

function recipeOf(method: Method): Recipe {
  const needs = needsOf(method);
  const sees = needs.includes('images') ? 'images' : 'nothing';
  return { name: method.name, method: method.name, args: [], sees };
}

/** @throws Error listing the recipes, if one is not there */
export function chooseRecipes(names: readonly string[] | null): Recipe[] {
  const all = allRecipes();
  if (names === null) return all;
  return names.map((wanted) => {
    const found = all.find(({ name }) => folderName(name) === folderName(wanted));
    if (found !== undefined) return found;
    throw new Error(
      `There is no recipe "${wanted}". There are: ${all.map(({ name }) => folderName(name)).join(', ')}.`,
    );
  });
}

/** `sid, alpha 1` is `sid-alpha-1` in a folder's name and on the command line. */
export function folderName(recipe: string): string {
  return recipe.replace(/[^a-z0-9.]+/gi, '-').replace(/-$/, '');
}
