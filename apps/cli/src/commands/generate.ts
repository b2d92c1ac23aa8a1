import { Command, Option } from 'commander';
import type { SampleOptions } from 'onestep';
import { onFirstRank } from '@onestep/diffusion-core';
import { startEngine } from '../engine.js';
import {
  describeSamples,
  measureSamples,
  MIN_IMAGES,
  namesShippedDetector,
  openSampleEvaluator,
} from '../evaluation/scores.js';
import { gatherImages } from '../images/gather-images.js';
import { packSamples } from '../images/pack-samples.js';
import { writeSampleFiles } from '../images/sample-files.js';
import { withInterrupt } from '../interrupt.js';
import { chosenLevels } from '../networks/chosen-levels.js';
import { loadGeneratorModel } from '../networks/load-network.js';
import { currentPlace } from '../networks/network-source.js';
import { withPrompts } from '../networks/open-prompts.js';
import { supplyText } from '../networks/text-encoder.js';
import { statedSettings } from '../options/network-options.js';
import type { Typed } from '../options/label-options.js';
import { addRefMadeBy } from '../options/detector-options.js';
import { flag, integer, number } from '../options/parsers.js';
import { addSynthesisOptions, type SynthesisOptions } from '../options/synthesis-options.js';
import { addStepOptions } from '../options/step-options.js';
import { addSampleOptions, statedPrecision, type SampleCommandOptions } from '../options/sample-options.js';
import { agreeOnFiles } from '../processes/agree-on-files.js';
import { theCommunicator } from '../processes/communicator.js';
import { UserError } from '../user-error.js';
import { writeLine, writeNote } from '../terminal/output-mode.js';

interface GenerateOptions extends SampleCommandOptions, SynthesisOptions {
  steps?: number;
  levels?: readonly number[];
  initSigma?: number;
  sigmaG?: number;
  guidance?: number;
  negativePrompt?: string;
  numpySeeds?: boolean;
  num?: number;
  ref?: string;
  detector?: string;
  refMadeBy?: string;
  dataStat?: string;
}

/** `onestep generate`: images from a one-step generator or a GAN, as the published sid_generate.py, generate_onestep.py and generate.py of StyleGAN2. */
export function generateCommand(): Command {
  const command = new Command('generate').description(
    'make images with a one-step generator: one network evaluation each, or one for each of --steps',
  );
  addRefMadeBy(command);
  addSampleOptions(command, 'the generator');
  addSynthesisOptions(command, 'const, as published').addOption(
    flag(
      '--numpy-seeds',
      'draw z of each seed as the published generate.py of StyleGAN2, so that a GAN makes its images',
    ),
  );
  return addStepOptions(
    command,
    'steps, for a generator that can refine its images: one network evaluation each (default: 1)',
  )
    .option(
      '--init-sigma <sigma>',
      "noise level of the generator's input (default: that of its file; 2.5 for a published student, whose file does not say it)",
      number({ above: 0 }),
    )
    .option('--sigma-G <sigma>', 'the same as --init-sigma', number({ above: 0 }))
    .option(
      '--guidance <w>',
      'scale of guidance, for a generator that takes it (default: the middle of its range)',
      number(),
    )
    .addOption(new Option('--negative-prompt <text>', 'of a diffusion model').hideHelp())
    .option('--num <n>', 'also pack the first so many images into one .npz file (arr_0)', integer({ min: 1 }))
    .option('--ref <file>', 'also measure FID against these reference statistics')
    .option(
      '--detector <source>',
      'weights of the Inception network, or a detector of your own, where --ref is of its features (default: that of --ref)',
    )
    .option('--data-stat <file>', 'no effect, as published: --ref is what is used')
    .option('--json', 'print JSON: with --ref the FID')
    .action(async ({ json, ...typed }: Typed<GenerateOptions> & { json?: boolean }) => {
      const given = await withPrompts<GenerateOptions>(typed);
      const options = { ...given, network: await currentPlace(given.network) };
      const initSigma = inputSigma(options);
      if (options.negativePrompt !== undefined) {
        throw new UserError(
          '--negative-prompt guides a diffusion model, and a one-step generator has learned what it moves away from: leave it out ' +
            'here, and give it to "onestep distill" or "onestep edm generate".',
          2,
        );
      }
      if (options.ref !== undefined && options.seeds.length < MIN_IMAGES) {
        throw new UserError(`--ref takes at least ${MIN_IMAGES} images: give more --seeds.`, 2);
      }
      const { network, ref, detector } = options;
      await agreeOnFiles({ network, ref, detector, prompts: typed.prompts, 'text-encoder': options.textEncoder });
      await startEngine(options.backend);
      const model = await loadGeneratorModel(options.network, {
        initSigma,
        guidance: options.guidance,
        psi: options.trunc,
        noise: options.noiseMode,
        numpySeeds: options.numpySeeds,
        settings: statedSettings(options),
        precision: statedPrecision(options),
      });
      await supplyText(model, options, [options.prompt, ...(options.prompts ?? [])]);
      const levels = chosenLevels(model, options);
      await withInterrupt(async (signal) => {
        const communicator = theCommunicator();
        const args = { format: model.generator, numImages: options.seeds.length, ...options, communicator };
        const evaluator = options.ref === undefined ? null : await openSampleEvaluator(options.ref, args, signal);
        for (const line of await withoutEffect(options)) writeNote(line);
        const keep = options.num !== undefined || options.grid !== undefined || evaluator !== null;
        const sample = (wanted: SampleOptions) => model.sample({ ...wanted, levels });
        const sampler = { model, evaluations: levels?.length ?? 1, sample };
        // The levels say all about the steps.
        const wanted = { ...options, steps: undefined, levels, keep };
        const { images, first, made } = await writeSampleFiles(wanted, sampler, signal, communicator);
        const { num, outdir } = options;
        if (num !== undefined) {
          const own = images.slice(0, Math.max(0, num - first));
          const packed = await gatherImages(communicator, own, model.resolution ** 2 * model.channels);
          writeLine(await onFirstRank(communicator, () => packSamples(outdir, packed, model.generator)));
        }
        if (evaluator !== null) {
          for (const remark of evaluator.remarks) writeNote(remark);
          const samples = { ...options, images, first, count: options.seeds.length, format: model.generator };
          const measured = await measureSamples({ ...samples, communicator }, evaluator, signal);
          console.log(json ? JSON.stringify({ ...made, ...measured }, null, 2) : describeSamples(measured));
        } else if (json) console.log(JSON.stringify(made, null, 2));
      });
    });
}

/** @throws UserError if both names of the option are given and differ */
function inputSigma({ initSigma, sigmaG }: GenerateOptions): number | undefined {
  if (initSigma !== undefined && sigmaG !== undefined && initSigma !== sigmaG) {
    throw new UserError(`--init-sigma ${initSigma} and --sigma-G ${sigmaG} mean the same: give one of them.`, 2);
  }
  return initSigma ?? sigmaG;
}

async function withoutEffect({ detector, ref, dataStat }: GenerateOptions): Promise<string[]> {
  const isUsed = ref !== undefined && !(await namesShippedDetector(ref));
  return [
    ...(detector === undefined || isUsed
      ? []
      : [
          ref === undefined
            ? '--detector has no effect without --ref.'
            : '--detector has no effect: the statistics of --ref name their detector.',
        ]),
    ...(dataStat === undefined ? [] : ['--data-stat has no effect here, as published: FID is measured against --ref.']),
  ];
}
