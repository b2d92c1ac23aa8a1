import type { Command } from 'commander';
import { backendOption, type BackendOption } from './backend-option.js';
import { addGuidanceOptions, type GuidanceCommandOptions } from './guidance-options.js';
import { addNetworkOptions, type NetworkOptions } from './network-options.js';
import { integer, number } from './parsers.js';
import { UserError } from '../user-error.js';
import { addStepOptions } from './step-options.js';

/** Options of how a network makes the images that are measured: a diffusion model, or a one-step generator. */
export interface ImageMakingOptions extends BackendOption, Omit<GuidanceCommandOptions, 'guidance'>, NetworkOptions {
  batch: number;
  steps?: number;
  levels?: readonly number[];
  initSigma?: number;
  guidance?: number;
}

/** Options of the commands that make images of a network with labels of their own choice. */
export interface ImageMakerOptions extends ImageMakingOptions {
  seed: number;
  json?: true;
}

/** Adds {@link ImageMakingOptions} to a command, except for those of networks. */
export function addImageMakingOptions(command: Command): Command {
  command
    .option('--batch <n>', 'number of images that a network generates at a time', integer({ min: 1 }), 64)
    .option(
      '--init-sigma <sigma>',
      "noise level of a one-step generator's input (default: from its file; published .pkl files do not have it)",
      number({ above: 0 }),
    );
  addStepOptions(
    command,
    'steps of a generator that can refine its images, 1 network evaluation each (default: 1), or of the sampler of a diffusion ' +
      'model, 2n - 1 network evaluations, twice as many with guidance (default: 18)',
  );
  command.option(
    '--guidance <w>',
    'scale of guidance of a diffusion model (default: none), or of a generator that takes it (default: the middle of its range)',
    number(),
  );
  return addGuidanceOptions(command, { scale: false }).addOption(backendOption());
}

/** Adds {@link ImageMakerOptions} to a command. */
export function addImageMakerOptions(command: Command): Command {
  command.option('--seed <n>', 'seed of the first generated image', integer({ min: 0 }), 0);
  addImageMakingOptions(command).option('--json', 'print everything as JSON');
  return addNetworkOptions(command);
}

/** Options that say how a network makes images, by commander's names, of any command that measures images. */
const OF_NETWORK = [
  'initSigma',
  'steps',
  'levels',
  'guidance',
  'guidanceInterval',
  'guidanceLimit',
  'guidanceNetwork',
  'negativePrompt',
];

/**
 * Checks the options where images are in files.
 *
 * @param more options of the command that say how a network makes images
 * @throws UserError naming one that was given
 */
export function checkNoImagesMade(command: Command, more: readonly string[] = []): void {
  const name = [...OF_NETWORK, ...more].find((each) => command.getOptionValueSource(each) === 'cli');
  if (name === undefined) return;
  const { long } = command.options.find((option) => option.attributeName() === name)!;
  throw new UserError(`${long} needs --network: images in files are what they are.`, 2);
}
