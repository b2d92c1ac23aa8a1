import type { Command } from 'commander';
import { DETECTOR_CHOICES } from '../measuring/detector.js';
import { backendOption, type BackendOption } from './backend-option.js';
import { integer, number } from './parsers.js';

/** What the commands that measure a network's images have in common. */
export interface TrialOptions extends BackendOption {
  detector?: string;
  trials: number;
  batch: number;
  steps: number;
  initSigma?: number;
  guidance?: number;
  json?: boolean;
}

/** Adds {@link TrialOptions}, but `--trials`, of which each command has its own. */
export function addTrialOptions(command: Command): Command {
  return command
    .option('--detector <source>', `what sees the images: ${DETECTOR_CHOICES} (default: the reference's)`)
    .option('--batch <n>', 'images that a network makes at a time', integer({ min: 1 }), 64)
    .option('--steps <n>', 'sampler steps of a diffusion model (2n - 1 network evaluations)', integer({ min: 1 }), 18)
    .option(
      '--init-sigma <sigma>',
      "noise level of a one-step generator's input (default: what its file says; published .pkl files do not)",
      number({ above: 0 }),
    )
    .option(
      '--guidance <w>',
      'scale of guidance, for a generator that takes it (default: the middle of its range)',
      number(),
    )
    .option('--json', 'print a line of JSON for each metric and trial')
    .addOption(backendOption());
}
