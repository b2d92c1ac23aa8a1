import { flagArguments } from '../../options/method-options.js';
import { networkArguments } from '../../options/network-options.js';
import { textEncoderArguments } from '../../options/text-encoder-options.js';
import { PRESET, type Recipe } from '../recipes.js';
import type { CellOptions } from './cell-options.js';
import type { Cell } from './cell.js';
import type { Leg } from './next-leg.js';

/** What all cells of a comparison are trained with. */
export interface CellSetting {
  options: CellOptions;
  recipe: Recipe;
  /** Folder of the teacher's pairs; null without. */
  pairs: string | null;
}

/** The arguments of `onestep` that train a cell, or go on with it: anybody can run them by hand. */
export function cellArguments({ seed, folder }: Cell, leg: Leg, { options, recipe, pairs }: CellSetting): string[] {
  const { method, variant, needs, file } = recipe;
  const { teacher, generator, guidanceNetwork, batch, data, prompts, backend, classProbabilities: classes } = options;
  const chosen = { ...variant, batch, ...(classes !== undefined && { classProbabilities: classes }) };
  return [
    ...['distill', file ?? method.name, '--edm-model', teacher],
    ...(generator === undefined ? [] : ['--transfer', generator]),
    ...(PRESET in method.presets ? ['--preset', PRESET] : []),
    ...flagArguments(method.options, chosen),
    ...(guidanceNetwork === undefined || !Object.hasOwn(method.options, 'guidance')
      ? []
      : ['--guidance-network', guidanceNetwork]),
    ...['--outdir', folder, '--nosubdir', '--seed', String(seed)],
    // In millions of images; rounded to images.
    ...['--duration', String(Math.round(leg.kimg * 1000) / 1e6)],
    ...['--tick', String(leg.tickKimg), '--snap', '1', '--dump', '1', '--metrics', 'none'],
    ...(data !== undefined ? ['--data', data] : []),
    ...(prompts !== undefined ? ['--prompts', prompts] : []),
    ...textEncoderArguments(options),
    ...(pairs !== null && needs.includes('pairs') ? ['--pairs', pairs] : []),
    ...(backend === undefined ? [] : ['--backend', backend]),
    ...networkArguments(options),
  ];
}
