import type { Command } from 'commander';
import { addDetectorOptions, addRefMadeBy, type DetectorCommandOptions } from './detector-options.js';
import { addImageMakingOptions, type ImageMakingOptions } from './image-maker-options.js';
import {
  addClassProbabilities,
  addPromptsOption,
  type ClassProbabilityOption,
  type PromptsOption,
} from './label-options.js';
import { addNetworkOptions } from './network-options.js';
import { addSynthesisOptions, type SynthesisOptions } from './synthesis-options.js';

/** Options of the commands that measure images over trials. */
export interface TrialOptions
  extends ImageMakingOptions, ClassProbabilityOption, PromptsOption, DetectorCommandOptions, SynthesisOptions {
  refMadeBy?: string;
  trials: number;
  json?: boolean;
}

/** Adds {@link TrialOptions} to a command, except for `--trials`, whose default is the command's own. */
export function addTrialOptions(command: Command): Command {
  addDetectorOptions(command, 'that of the reference; without one, fashion-mnist for 32x32 gray images, else color');
  addRefMadeBy(command);
  addImageMakingOptions(command).option('--json', 'print one line of JSON per metric and trial');
  addSynthesisOptions(command, 'random, as published');
  addClassProbabilities(command, '--data, else in ');
  addPromptsOption(command, 'each generated image draws one (default: the captions of --data, else those in its file)');
  return addNetworkOptions(command);
}
