import type { DenoiserNetwork, Method } from '@onestep/diffusion-core';
import {
  openGuidance,
  settleGuidance,
  type GuidanceCommandOptions,
  type OpenedGuidance,
} from '../options/guidance-options.js';
import { UserError } from '../user-error.js';
import type { Recipe, Recipes } from './recipes.js';

/** Options of the guidance of a comparison: of the teacher as it is measured, and as methods distill it. */
export interface CompareGuidanceOptions extends GuidanceCommandOptions {
  guidanceWhere?: 'teacher' | 'both';
}

/** The guidance of a comparison, and its recipes with it. */
export interface GuidedRecipes extends Partial<OpenedGuidance> {
  recipes: Recipes;
}

/** @throws UserError if an option has no effect */
export function checkCompareGuidance(options: CompareGuidanceOptions): void {
  const { guidance } = settleGuidance(options);
  if (options.guidanceWhere === undefined || guidance !== null) return;
  throw new UserError('--guidance-where has no effect without guidance: give its scale, such as --guidance 2.', 2);
}

/** @throws UserError if both networks are to be guided, and no method has a second one */
export function checkGuidedBoth({ guidanceWhere }: CompareGuidanceOptions, recipes: Recipes): void {
  const methods = Object.values(recipes).map(({ method }) => method);
  if (guidanceWhere !== 'both' || methods.some(({ options }) => Object.hasOwn(options, 'guidanceWhere'))) return;
  throw new UserError(
    `--guidance-where both has no effect: ${Object.keys(recipes).join(', ')} trains no fake score network, which it would guide. ` +
      'Leave it out.',
    2,
  );
}

/**
 * Makes the methods of a comparison distill the guided teacher. A method without guidance cannot be compared then, except for those
 * that learn pairs, which the guided teacher makes.
 *
 * @throws UserError if the teacher cannot be guided so
 */
export async function guideRecipes(
  options: CompareGuidanceOptions,
  recipes: Recipes,
  teacher: DenoiserNetwork,
): Promise<GuidedRecipes> {
  const settled = settleGuidance(options);
  const opened = await openGuidance(settled, options, teacher);
  if (opened === undefined) return { recipes };
  const weaker = opened.guidance.weaker;
  const given = { ...settled, guidanceWhere: options.guidanceWhere };
  const guide = (recipe: Recipe): Recipe => {
    const { method, createTask } = recipe;
    const own = Object.entries(given).filter(
      ([name, value]) => Object.hasOwn(method.options, name) && value !== undefined && value !== null,
    );
    const guidance = Object.fromEntries(own);
    return {
      ...recipe,
      options: { ...recipe.options, ...guidance },
      variant: { ...recipe.variant, ...guidance },
      createTask(network, shared, data) {
        checkGuided(recipe);
        // One that learns pairs needs no network that guides: their images are guided.
        const guiding = Object.hasOwn(method.options, 'guidance') ? { weaker } : {};
        return createTask(network, { ...shared, ...guidance }, { ...data, ...guiding });
      },
    };
  };
  const entries = Object.entries(recipes).map(([name, recipe]) => [name, guide(recipe)] as const);
  return { recipes: Object.fromEntries(entries), ...opened };
}

/** @throws UserError if the method would learn from the teacher without guidance */
function checkGuided({ method, needs }: { method: Method; needs: Recipe['needs'] }): void {
  if (Object.hasOwn(method.options, 'guidance') || needs.includes('pairs')) return;
  throw new UserError(`${method.title} has no guidance. ${method.noGuidance ?? ''}`.trim());
}
