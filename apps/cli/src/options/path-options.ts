import { Option, type Command } from 'commander';
import { EDM_SAMPLER_DEFAULTS as DEFAULTS, type AblationSamplerOptions } from '@onestep/diffusion-core';
import { integer, number } from './parsers.js';

/** Options of the samplers that choose the path from noise to image, with the published names. */
export interface PathOptions {
  steps: number;
  sigmaMin?: number;
  sigmaMax?: number;
  rho: number;
  solver?: AblationSamplerOptions['solver'];
  disc?: AblationSamplerOptions['discretization'];
  schedule?: AblationSamplerOptions['schedule'];
  scaling?: AblationSamplerOptions['scaling'];
}

/** Adds {@link PathOptions} to a command. */
export function addPathOptions(command: Command): Command {
  return command
    .option('--steps <n>', 'number of noise levels', integer({ min: 1 }), DEFAULTS.steps)
    .option(
      '--sigma-min <sigma>',
      'lowest noise level (default: 0.002; ablation sampler: by --disc)',
      number({ above: 0 }),
    )
    .option(
      '--sigma-max <sigma>',
      'highest noise level (default: 80; ablation sampler: by --disc)',
      number({ above: 0 }),
    )
    .option('--rho <n>', 'curvature of the schedule', number({ above: 0 }), DEFAULTS.rho)
    .addOption(new Option('--solver <name>', 'ablation sampler: solver (default: heun)').choices(['euler', 'heun']))
    .addOption(
      new Option('--disc <name>', 'ablation sampler: time steps (default: edm)').choices(['vp', 've', 'iddpm', 'edm']),
    )
    .addOption(
      new Option('--schedule <name>', 'ablation sampler: noise schedule sigma(t) (default: linear)').choices([
        'vp',
        've',
        'linear',
      ]),
    )
    .addOption(
      new Option('--scaling <name>', 'ablation sampler: signal scaling s(t) (default: none)').choices(['vp', 'none']),
    );
}

/** The options of the samplers that they stand for. */
export function pathOptions({ disc, ...options }: PathOptions) {
  const { steps, sigmaMin, sigmaMax, rho, solver, schedule, scaling } = options;
  return { steps, sigmaMin, sigmaMax, rho, solver, discretization: disc, schedule, scaling };
}
