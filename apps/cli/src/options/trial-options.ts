import type { Command } from 'commander';
import { backendOption, type BackendOption } from './backend-option.js';
import { addDetectorOptions, addRefMadeBy, type DetectorCommandOptions } from './detector-options.js';
import { addGuidanceOptions, type GuidanceCommandOptions } from './guidance-options.js';
import {
  addClassProbabilities,
  addPromptsOption,
  type ClassProbabilityOption,
  type PromptsOption,
} from './label-options.js';
import { addNetworkOptions, type NetworkOptions } from './network-options.js';
import { integer, number } from './parsers.js';
import { addStepOptions } from './step-options.js';
import { addSynthesisOptions, type SynthesisOptions } from './synthesis-options.js';

/** Options of the commands that measure images over trials. */
export interface TrialOptions
  extends
    BackendOption,
    ClassProbabilityOption,
    PromptsOption,
    Omit<GuidanceCommandOptions, 'guidance'>,
    DetectorCommandOptions,
    NetworkOptions,
    SynthesisOptions {
  refMadeBy?: string;
  trials: number;
  batch: number;
  steps?: number;
  levels?: readonly number[];
  initSigma?: number;
  guidance?: number;
  json?: boolean;
}

/** Adds {@link TrialOptions} to a command, except for `--trials`, whose default is the command's own. */
export function addTrialOptions(command: Command): Command {
  addDetectorOptions(command, 'that of the reference; without one, fashion-mnist for 32x32 gray images, else color');
  addRefMadeBy(command)
    .option('--batch <n>', 'number of images that a network generates at a time', integer({ min: 1 }), 64)
    .option(
      '--init-sigma <sigma>',
      "noise level of a one-step generator's input (default: from its file; published .pkl files do not have it)",
      number({ above: 0 }),
    )
    .option(
      '--guidance <w>',
      'scale of guidance of a diffusion model, which doubles its network evaluations, or of a generator that takes it (default: the ' +
        'middle of its range)',
      number(),
    )
    .option('--json', 'print one line of JSON per metric and trial')
    .addOption(backendOption());
  addStepOptions(
    command,
    'steps of a generator that can refine its images, 1 network evaluation each (default: 1), or of the sampler of a diffusion ' +
      'model, 2n - 1 network evaluations (default: 18)',
  );
  addGuidanceOptions(command, { scale: false });
  addSynthesisOptions(command, 'random, as published');
  addClassProbabilities(command, '--data, else in ');
  addPromptsOption(command, 'each generated image draws one (default: the captions of --data, else those in its file)');
  return addNetworkOptions(command);
}
