import type { Command } from 'commander';
import type { ImageNetworkOptions } from '../evaluation/generated-images.js';
import { backendOption, type BackendOption } from './backend-option.js';
import { addGuidanceOptions, type GuidanceCommandOptions } from './guidance-options.js';
import { addNetworkOptions, type NetworkOptions } from './network-options.js';
import { integer, number } from './parsers.js';
import { addStepOptions } from './step-options.js';

/** Options of the commands that make images of a network with labels of their own choice. */
export interface ImageMakerOptions extends BackendOption, GuidanceCommandOptions, NetworkOptions {
  batch: number;
  seed: number;
  steps?: number;
  levels?: readonly number[];
  initSigma?: number;
  json?: true;
}

/** Adds {@link ImageMakerOptions} to a command. */
export function addImageMakerOptions(command: Command): Command {
  command
    .option('--seed <n>', 'seed of the first generated image', integer({ min: 0 }), 0)
    .option('--batch <n>', 'number of images that the network generates at a time', integer({ min: 1 }), 64)
    .option(
      '--init-sigma <sigma>',
      "noise level of a one-step generator's input (default: from its file)",
      number({ above: 0 }),
    );
  addStepOptions(
    command,
    'steps of a generator that can refine its images, 1 network evaluation each (default: 1), or of the sampler of a diffusion ' +
      'model, 2n - 1 network evaluations, twice as many with guidance (default: 18)',
  );
  addGuidanceOptions(command).option('--json', 'print everything as JSON').addOption(backendOption());
  return addNetworkOptions(command);
}

/** The options of a network that they are; no guidance is undefined there. */
export function asImageNetwork({ guidance, ...options }: ImageMakerOptions): ImageNetworkOptions {
  return { ...options, guidance: guidance ?? undefined };
}
