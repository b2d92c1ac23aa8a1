import { Command, Option } from 'commander';
import type { SampleOptions } from 'onestep';
import { countEvaluations, EDM_SAMPLER_DEFAULTS, type AblationSamplerOptions } from '@onestep/diffusion-core';
import { startEngine } from '../engine.js';
import { writeSampleFiles } from '../images/sample-files.js';
import { withInterrupt } from '../interrupt.js';
import { loadTeacherModel } from '../networks/load-network.js';
import { currentPlace } from '../networks/network-source.js';
import { statedSettings } from '../options/network-options.js';
import { number } from '../options/parsers.js';
import { addPathOptions, pathOptions, type PathOptions } from '../options/path-options.js';
import { addSampleOptions, type SampleCommandOptions } from '../options/sample-options.js';

const DEFAULTS = EDM_SAMPLER_DEFAULTS;

interface EdmGenerateOptions extends SampleCommandOptions, PathOptions {
  SChurn: number;
  SMin: number;
  SMax: number;
  SNoise: number;
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
  return addPathOptions(addSampleOptions(command, 'the diffusion model'))
    .option('--S-churn <n>', 'amount of fresh noise', number({ min: 0 }), DEFAULTS.sChurn)
    .option('--S-min <sigma>', 'lowest noise level with fresh noise', number({ min: 0 }), DEFAULTS.sMin)
    .addOption(
      new Option('--S-max <sigma>', 'highest noise level with fresh noise')
        .argParser(number({ min: 0, infinite: true }))
        .default(DEFAULTS.sMax, 'inf'),
    )
    .option('--S-noise <n>', 'standard deviation of the fresh noise', number({ min: 0 }), DEFAULTS.sNoise)
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

function samplerOptions({ SChurn, SMin, SMax, SNoise, ...path }: EdmGenerateOptions): AblationSamplerOptions {
  return { ...pathOptions(path), sChurn: SChurn, sMin: SMin, sMax: SMax, sNoise: SNoise };
}
