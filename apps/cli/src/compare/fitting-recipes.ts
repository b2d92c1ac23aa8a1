import type { ImageDataset } from '@onestep/datasets';
import type { DenoiserNetwork, TrainingLabels } from '@onestep/diffusion-core';
import { checkLabelNeed, checkRealLabels } from '../evaluation/data-labels.js';
import { nameFlags } from '../options/method-options.js';
import { UserError } from '../user-error.js';
import { realBatches } from './real-batches.js';
import type { Recipe, Recipes, SharedOptions } from './recipes.js';

/** What recipes are checked against. */
export interface Given {
  teacher: DenoiserNetwork;
  /** The real images of --data; null without. */
  dataset: ImageDataset | null;
  labels: TrainingLabels | undefined;
  shared: SharedOptions;
  /** Whether the teacher makes pairs for methods that learn from them. */
  hasPairs: boolean;
}

/** The recipes of a comparison, and a line for each that is left out. */
export interface FittingRecipes {
  recipes: Recipes;
  leftOut: string[];
}

/**
 * Finds the recipes that can be run with what is given, before any work starts.
 *
 * @param areChosen whether the user named them: then each has to run
 * @throws UserError if a recipe that the user named cannot be run, or none can
 */
export function fittingRecipes(all: Recipes, areChosen: boolean, given: Given): FittingRecipes {
  const fitting: [string, Recipe][] = [];
  const leftOut: string[] = [];
  for (const [name, recipe] of Object.entries(all)) {
    try {
      checkRecipe(recipe, given);
      fitting.push([name, recipe]);
    } catch (error) {
      if (!(error instanceof UserError || error instanceof RangeError)) throw error;
      const reason = error instanceof UserError ? error.message : nameFlags(error.message, recipe.method.options);
      if (areChosen) throw new UserError(`${name} cannot be compared. ${reason} ${without(name, all)}`, 2);
      leftOut.push(`${name} is left out. ${reason}`);
    }
  }
  if (fitting.length > 0) return { recipes: Object.fromEntries(fitting), leftOut };
  throw new UserError(['There is no method to compare.', ...leftOut].join(' '));
}

/** @throws UserError or RangeError if the recipe lacks something, or does not fit the teacher */
function checkRecipe(
  { method, needs, student, createTask }: Recipe,
  { teacher, dataset, labels, shared, hasPairs }: Given,
): void {
  if (needs.includes('images') && dataset === null) {
    throw new UserError(`The method ${method.name} learns from real images too: give --data ZIP.`);
  }
  if (needs.includes('pairs') && !hasPairs) {
    throw new UserError(
      `The method ${method.name} learns from pairs that a teacher made before: give --pairs 2000 and a --budget, or run ` +
        `"onestep distill ${method.name}".`,
    );
  }
  if (needs.includes('student') && student === undefined) {
    throw new UserError(`The method ${method.name} trains a student that was trained before: give --generator FILE.`);
  }
  checkLabelNeed(method, needs, teacher);
  if (dataset !== null) checkRealLabels(method, needs, dataset, teacher);
  // There are no pairs before the first training.
  if (needs.includes('pairs')) return;
  const data = realBatches(dataset, needs, shared);
  try {
    createTask(teacher, shared, { labels, data }).dispose();
  } finally {
    data?.close();
  }
}

function without(name: string, all: Recipes): string {
  const others = Object.keys(all).filter((other) => other !== name);
  return others.length === 0 ? '' : `Or leave it out: --methods ${others.join(',')}.`;
}
