import { Option, type Command } from 'commander';
import { edmLoss, TRAINING_LOSSES, type TrainingLoss } from '@onestep/edm';
import { hasHalfPrecision } from '@onestep/nn';
import { noHalfPrecision } from '../engine.js';
import { addTextEncoderOptions, type TextEncoderOptions } from '../options/text-encoder-options.js';
import {
  boolean,
  conditionChoice,
  integer,
  integerList,
  number,
  numbers,
  type ConditionChoice,
} from '../options/parsers.js';
import { EDM_PRESETS } from './edm-presets.js';
import { UserError } from '../user-error.js';
import { addRunOptions, type RunOptions, type RunPlace } from './run-options.js';

/** Options of `onestep edm train`. */
export interface EdmTrainOptions extends RunOptions, RunPlace, TextEncoderOptions {
  data?: string;
  cond: ConditionChoice;
  condDropout: number;
  captionSlots: number;
  captionChannels: number;
  arch: 'ddpmpp' | 'ncsnpp' | 'adm';
  precond: 'edm' | 'vp' | 've';
  PMean?: number;
  PStd?: number;
  batch: number;
  batchGpu?: number;
  cbase?: number;
  cres?: number[];
  blocks?: number;
  attn?: number[];
  lr: number;
  lrRamp: number;
  ema: number | readonly number[];
  emaRel?: number | readonly number[];
  dropout: number;
  augment: number;
  xflip: boolean;
  fp16: boolean;
  ls: number;
  bench: boolean;
  cache: boolean;
  workers: number;
  transfer?: string;
}

/**
 * Adds {@link EdmTrainOptions} to a command, with the names and defaults of the published train.py. --blocks, --attn,
 * --lr-ramp, --ema-rel, --P-mean and --P-std are not published.
 */
export function addEdmTrainOptions(command: Command): Command {
  command
    .option('--data <zip>', 'the data set')
    .addOption(
      new Option(
        '--preset <name>',
        'settings for options that are not given; small: a network of 3 million parameters and a length for one machine ' +
          'without a GPU (without a preset: those of the published script)',
      ).choices(Object.keys(EDM_PRESETS)),
    )
    .option(
      '--cond <what>',
      'labels, captions, 1 for the labels or, where there are none, the captions, or 0 for neither',
      conditionChoice,
      false,
    )
    .option(
      '--cond-dropout <rate>',
      'share of the images that are learned without their label or caption, which guidance needs',
      number({ min: 0, max: 0.99 }),
      0,
    )
    .option(
      '--caption-slots <n>',
      'things of a caption ("a red star", "a blue ring") that are told apart, and the ground; 0 for a bag of words',
      integer({ min: 0, max: 16 }),
      3,
    )
    .option(
      '--caption-channels <n>',
      'channels in which DDPM++ and NCSN++ add up noise levels and captions, at least; few mix captions up',
      integer({ min: 1 }),
      256,
    );
  addTextEncoderOptions(command, 'what encodes the captions of --cond, in place of their words')
    .addOption(
      new Option('--arch <name>', 'network architecture').choices(['ddpmpp', 'ncsnpp', 'adm']).default('ddpmpp'),
    )
    .addOption(new Option('--precond <name>', 'preconditioning and loss').choices(['edm', 'vp', 've']).default('edm'))
    .option(
      '--P-mean <n>',
      'with --precond edm: mean of ln sigma; higher where captions decide what is seen (default: -1.2)',
      number(),
    )
    .option('--P-std <n>', 'with --precond edm: standard deviation of ln sigma (default: 1.2)', number({ above: 0 }))
    .option('--batch <n>', 'images per step', integer({ min: 1 }), 512)
    .option(
      '--batch-gpu <n>',
      'images at once; gradients are accumulated over the batch (default: the whole batch, or what fits in memory)',
      integer({ min: 1 }),
    )
    .option('--cbase <n>', 'channels of the first level (default 128; adm 192)', integer({ min: 4 }))
    .option('--cres <list>', 'channels of each level as multiples, such as 1,2,2', integerList)
    .option('--blocks <n>', 'residual blocks per level (default 4; adm 3)', integer({ min: 1 }))
    .option('--attn <list>', 'resolutions with self-attention (default 16; adm 32,16,8)', integerList)
    .option('--lr <rate>', 'learning rate', number({ above: 0 }), 1e-3)
    .option(
      '--lr-ramp <kimg>',
      'the learning rate grows from 0 over this many thousands of images',
      number({ min: 0 }),
      10_000,
    )
    .option(
      '--ema <mimg>',
      'half-life of the EMA, in millions of images; of several, such as 0.5,0.1, the first is the network',
      numbers({ min: 0 }),
      0.5,
    )
    .option(
      '--ema-rel <sigma>',
      'relative widths of further EMAs, such as 0.05,0.1, for onestep ema (default: none)',
      numbers({ above: 0, max: 0.28 }),
    )
    .option('--dropout <rate>', 'dropout rate', number({ min: 0, max: 0.99 }), 0.13)
    .option(
      '--augment <p>',
      'probability of each transform of an image; 0 disables augmentation',
      number({ min: 0, max: 1 }),
      0.12,
    )
    .option('--xflip <bool>', 'also train on every image mirrored', boolean, false)
    .option('--fp16 <bool>', 'half precision in the blocks of the network, on engines that have it', boolean, false)
    .option('--ls <factor>', 'scale of the loss', number({ above: 0 }), 1)
    .option('--bench <bool>', 'cuDNN benchmarking (no effect here)', boolean, true)
    .option('--cache <bool>', 'keep decoded images in memory, up to 1 GiB', boolean, true)
    .option('--workers <n>', 'number of threads that read and decode images', integer({ min: 1 }), 1)
    .option('--transfer <file>', 'start from the weights of this network');
  return addRunOptions(command, { duration: 200, tick: 50, snap: 50, dump: 500 });
}

/** Whether a resumed run began before grounds had a slot and captions had channels of their own: it goes on without. */
export function isOlderThanGrounds({ unrecorded }: Pick<RunPlace, 'unrecorded'>): boolean {
  return unrecorded.includes('captionChannels');
}

/** The loss: that of the preconditioning, with the noise levels that were asked for. */
export function chooseLoss({ precond, PMean: pMean, PStd: pStd }: EdmTrainOptions): TrainingLoss {
  return precond === 'edm' ? edmLoss({ pMean, pStd }) : TRAINING_LOSSES[precond]();
}

/** @throws UserError if noise levels are given for a loss that has others */
export function checkNoiseLevels({ precond, PMean, PStd }: EdmTrainOptions): void {
  if (precond === 'edm' || (PMean ?? PStd) === undefined) return;
  const flag = PMean === undefined ? '--P-std' : '--P-mean';
  throw new UserError(`${flag} has no effect with --precond ${precond}: leave it out.`, 2);
}

/** The half-lives of the EMAs, in thousands of images. */
export function emaHalfLivesKimg({ ema }: Pick<EdmTrainOptions, 'ema'>): number | readonly number[] {
  return typeof ema === 'number' ? ema * 1000 : ema.map((each) => each * 1000);
}

/** Lists the options that were given but have no effect on the engine that runs, one line each. */
export function listUnsupported(
  command: Command,
  { fp16, bench, cond, condDropout, textEncoder }: EdmTrainOptions,
): string[] {
  const lines: string[] = [];
  if (fp16 && !hasHalfPrecision()) lines.push(noHalfPrecision());
  if (condDropout > 0 && cond === false) lines.push(`--cond-dropout ${condDropout} has no effect without --cond 1.`);
  if (textEncoder !== undefined && command.getOptionValueSource('captionSlots') === 'cli')
    lines.push('--caption-slots has no effect with --text-encoder: a text encoder reads a caption as a whole.');
  if (command.getOptionValueSource('bench') === 'cli')
    lines.push(`--bench ${bench ? 1 : 0} has no effect: cuDNN is not used here.`);
  return lines;
}
