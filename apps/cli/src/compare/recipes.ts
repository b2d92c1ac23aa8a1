import type { DistillationMethod, Method } from '@onestep/diffusion-core';
import type { PreconditionedNetwork } from '@onestep/edm';
import { METHODS } from 'onestep';

/** A method with settings for some thousand images, in place of the published hundreds of millions. */
export interface Recipe {
  method: Method;
  /** What differs from the method's defaults, as it is recorded. */
  options: Record<string, unknown>;
  createTask(teacher: PreconditionedNetwork, common: CommonOptions): DistillationMethod;
}

/** Settings that the methods of a comparison share. */
export interface CommonOptions {
  batch: number;
  batchGpu: number;
  seed: number;
}

/** The name of the preset that short runs use. */
const PRESET = 'small';

/** The recipes of a method, by the names of its variants: its preset for short runs, where it has one. */
export function recipesOf(method: Method): Record<string, Recipe> {
  const preset = method.presets[PRESET]?.options ?? {};
  const recipes = Object.entries(method.variants).map(([name, variant]) => {
    const options = { ...preset, ...variant };
    const createTask: Recipe['createTask'] = (teacher, common) =>
      method.create({ teacher, options: { ...options, ...common } });
    return [name, { method, options, createTask }] as const;
  });
  return Object.fromEntries(recipes);
}

/** What a comparison is made of by default. */
export const RECIPES: Record<string, Recipe> = Object.assign({}, ...METHODS.map(recipesOf));

/** A name of {@link RECIPES}. */
export type MethodName = string;

/** All names, in the order of a comparison. */
export const METHOD_NAMES = Object.keys(RECIPES);
