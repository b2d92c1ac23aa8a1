import { Command, Option } from 'commander';
import type { SampleOptions } from 'onestep';
import { countEvaluations, EDM_SAMPLER_DEFAULTS, type AblationSamplerOptions } from '@onestep/diffusion-core';
import { startEngine } from '../engine.js';
import { writeSampleFiles } from '../images/sample-files.js';
import { withInterrupt } from '../interrupt.js';
import { loadTeacherModel } from '../networks/load-network.js';
import { currentPlace } from '../networks/network-source.js';
import { statedSettings } from '../options/network-options.js';
import { integer, number } from '../options/parsers.js';
import { addSampleOptions, type SampleCommandOptions } from '../options/sample-options.js';

const DEFAULTS = EDM_SAMPLER_DEFAULTS;

interface EdmGenerateOptions extends SampleCommandOptions {
  steps: number;
  sigmaMin?: number;
  sigmaMax?: number;
  rho: number;
  SChurn: number;
  SMin: number;
  SMax: number;
  SNoise: number;
  solver?: AblationSamplerOptions['solver'];
  disc?: AblationSamplerOptions['discretization'];
  schedule?: AblationSamplerOptions['schedule'];
  scaling?: AblationSamplerOptions['scaling'];
}

/**
 * `onestep edm generate`: samples with the EDM sampler or, if one of its options is given, with the ablation sampler, as
 * the published generate.py.
 */
export function edmGenerateCommand(): Command {
  const command = new Command('generate').description(
    'sample a diffusion model with the EDM sampler (Heun, 2 * steps - 1 network evaluations), or with the ablation sampler ' +
      'if --solver, --disc, --schedule or --scaling is given',
  );
  return addSampleOptions(command, 'the diffusion model')
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
    .option('--S-churn <n>', 'amount of fresh noise', number({ min: 0 }), DEFAULTS.sChurn)
    .option('--S-min <sigma>', 'lowest noise level with fresh noise', number({ min: 0 }), DEFAULTS.sMin)
    .addOption(
      new Option('--S-max <sigma>', 'highest noise level with fresh noise')
        .argParser(number({ min: 0, infinite: true }))
        .default(DEFAULTS.sMax, 'inf'),
    )
    .option('--S-noise <n>', 'standard deviation of the fresh noise', number({ min: 0 }), DEFAULTS.sNoise)
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
    )
    .action(async (given: EdmGenerateOptions) => {
      const options = { ...given, network: await currentPlace(given.network) };
      await startEngine(options.backend);
      const model = await loadTeacherModel(options.network, { settings: statedSettings(options) });
      const settings = samplerOptions(options);
      const sample = (wanted: SampleOptions) => model.sample({ ...wanted, ...settings });
      const sampler = { model, evaluations: countEvaluations(settings), sample };
      await withInterrupt((signal) => writeSampleFiles(options, sampler, signal));
    });
}

function samplerOptions({ steps, sigmaMin, sigmaMax, rho, ...options }: EdmGenerateOptions): AblationSamplerOptions {
  const { SChurn: sChurn, SMin: sMin, SMax: sMax, SNoise: sNoise } = options;
  const { solver, disc: discretization, schedule, scaling } = options;
  return { steps, sigmaMin, sigmaMax, rho, sChurn, sMin, sMax, sNoise, solver, discretization, schedule, scaling };
}
