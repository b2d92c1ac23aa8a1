import { Command, Option } from 'commander';
import type { SampleOptions } from 'onestep';
import {
  countEvaluations,
  EDM_SAMPLER_DEFAULTS,
  guidedEvaluations,
  SAMPLERS,
  type AblationSamplerOptions,
  type SamplerName,
} from '@onestep/diffusion-core';
import { startEngine } from '../engine.js';
import { writeSampleFiles } from '../images/sample-files.js';
import { withInterrupt } from '../interrupt.js';
import { loadTeacherModel } from '../networks/load-network.js';
import { currentPlace } from '../networks/network-source.js';
import { withPrompts } from '../networks/open-prompts.js';
import { supplyText } from '../networks/text-encoder.js';
import type { Typed } from '../options/label-options.js';
import { statedSettings } from '../options/network-options.js';
import { number } from '../options/parsers.js';
import {
  addGuidanceOptions,
  openGuidance,
  settleGuidance,
  type GuidanceCommandOptions,
} from '../options/guidance-options.js';
import { addPathOptions, pathOptions, type PathOptions } from '../options/path-options.js';
import { addSampleOptions, statedPrecision, type SampleCommandOptions } from '../options/sample-options.js';
import { agreeOnFiles } from '../processes/agree-on-files.js';
import { theCommunicator } from '../processes/communicator.js';
import { UserError } from '../user-error.js';
import { writeNote } from '../terminal/output-mode.js';

const DEFAULTS = EDM_SAMPLER_DEFAULTS;

interface EdmGenerateOptions extends SampleCommandOptions, PathOptions, GuidanceCommandOptions {
  SChurn: number;
  SMin: number;
  SMax: number;
  SNoise: number;
  sampler?: SamplerName;
}

/**
 * `onestep edm generate`: samples with the EDM sampler or, if one of its options is given, with the ablation sampler, as
 * the published generate.py.
 */
export function edmGenerateCommand(): Command {
  const command = new Command('generate').description(
    'sample a diffusion model with the EDM sampler (Heun, 2 * steps - 1 network evaluations), or with the ablation sampler ' +
      'if --solver, --disc, --schedule or --scaling is given, or with the one that --sampler names',
  );
  return addGuidanceOptions(addPathOptions(addSampleOptions(command, 'the diffusion model')))
    .option('--S-churn <n>', 'amount of fresh noise', number({ min: 0 }), DEFAULTS.sChurn)
    .option('--S-min <sigma>', 'lowest noise level with fresh noise', number({ min: 0 }), DEFAULTS.sMin)
    .addOption(
      new Option('--S-max <sigma>', 'highest noise level with fresh noise')
        .argParser(number({ min: 0, infinite: true }))
        .default(DEFAULTS.sMax, 'inf'),
    )
    .option('--S-noise <n>', 'standard deviation of the fresh noise', number({ min: 0 }), DEFAULTS.sNoise)
    .addOption(
      new Option(
        '--sampler <name>',
        'a sampler on the noise levels of the EDM sampler, with --steps network evaluations (heun: 2 * steps - 1); ddim and ' +
          'euler are the same (default: see above)',
      ).choices(Object.keys(SAMPLERS)),
    )
    .option('--json', 'print JSON')
    .action(async ({ json, ...typed }: Typed<EdmGenerateOptions> & { json?: boolean }) => {
      checkSampler(typed);
      const given = await withPrompts<EdmGenerateOptions>(typed);
      const guided = settleGuidance(given);
      const options = { ...given, network: await currentPlace(given.network) };
      const guidanceNetwork = given.guidanceNetwork && (await currentPlace(given.guidanceNetwork));
      await agreeOnFiles({
        network: options.network,
        'guidance-network': guidanceNetwork,
        prompts: typed.prompts,
        'text-encoder': options.textEncoder,
      });
      await startEngine(options.backend);
      const model = await loadTeacherModel(options.network, {
        settings: statedSettings(options),
        precision: statedPrecision(options),
      });
      await supplyText(model, options, [options.prompt, ...(options.prompts ?? []), guided.negativePrompt]);
      const { guidance, warning } = (await openGuidance(guided, { guidanceNetwork }, model.network)) ?? {};
      if (warning !== undefined) writeNote(warning);
      const settings = samplerOptions(options);
      const { sampler: name, steps } = options;
      const sample = (wanted: SampleOptions) => model.sample({ ...wanted, ...settings, sampler: name, guidance });
      const evaluations =
        guidedEvaluations(guidance) *
        (name === undefined ? countEvaluations(settings) : SAMPLERS[name].evaluations(steps));
      const { made } = await withInterrupt((signal) =>
        writeSampleFiles(options, { model, evaluations, sample }, signal, theCommunicator()),
      );
      if (json) console.log(JSON.stringify(made, null, 2));
    });
}

/** @throws UserError if another option chooses a sampler too */
function checkSampler({ sampler, ...options }: Typed<EdmGenerateOptions>): void {
  const others = {
    disc: '--disc',
    schedule: '--schedule',
    scaling: '--scaling',
    solver: '--solver',
    SChurn: '--S-churn',
  };
  const other = (Object.keys(others) as (keyof typeof others)[]).find((name) => (options[name] ?? 0) !== 0);
  if (sampler === undefined || other === undefined) return;
  throw new UserError(
    `--sampler ${sampler} has a path and noise of its own: leave ${others[other]} or --sampler out.`,
    2,
  );
}

function samplerOptions({ SChurn, SMin, SMax, SNoise, ...path }: EdmGenerateOptions): AblationSamplerOptions {
  return { ...pathOptions(path), sChurn: SChurn, sMin: SMin, sMax: SMax, sNoise: SNoise };
}
