import { Option, type Command } from 'commander';
import type { MethodNeed, NoiseMode } from '@onestep/diffusion-core';
import { addDetectorOptions, addRefMadeBy, type DetectorCommandOptions } from '../options/detector-options.js';
import { metricList } from '../options/metric-list.js';
import type { GuidanceNetworkOption } from '../options/guidance-options.js';
import { addNetworkOptions, type NetworkOptions } from '../options/network-options.js';
import { addTextEncoderOptions, type TextEncoderOptions } from '../options/text-encoder-options.js';
import { noiseModeOption } from '../options/synthesis-options.js';
import {
  boolean,
  conditionChoice,
  flag,
  integer,
  integerList,
  number,
  type ConditionChoice,
} from '../options/parsers.js';
import type { AdversarialOptions } from './adversarial-options.js';
import { addPairOptions, type PairOptions } from './pair-options.js';
import { addRunOptions, type RunOptions, type RunPlace } from '../training/run-options.js';

/** Options that every `onestep distill` command has besides those of its method, with the published names. */
export interface DistillOptions
  extends
    RunOptions,
    RunPlace,
    AdversarialOptions,
    PairOptions,
    NetworkOptions,
    DetectorCommandOptions,
    GuidanceNetworkOption,
    TextEncoderOptions {
  /** Of the method, if it has micro-batches. */
  batchGpu?: number;
  edmModel?: string;
  transfer?: string;
  /** Noise in the layers of a GAN that is trained. */
  noiseMode?: NoiseMode;
  data?: string;
  prompts?: string;
  dataStat?: string;
  metrics: string[];
  metricsOptional?: boolean;
  refMadeBy?: string;
  cond?: ConditionChoice;
  arch?: string;
  cbase?: number;
  cres?: number[];
  dropout?: number;
  augment?: number;
  xflip: boolean;
  saveBestAndLast?: boolean;
  fp16: boolean;
  bench: boolean;
  cache: boolean;
  workers: number;
}

/** Defaults of a run where no preset says otherwise: those of the published scripts. */
const RUN_DEFAULTS = { duration: 200, tick: 50, snap: 50, dump: 200 };

/** Adds {@link DistillOptions}. @param needs what the method learns from by default */
export function addDistillOptions(command: Command, needs: readonly MethodNeed[]): Command {
  command
    .option(
      '--edm-model <source>',
      'the teacher, a diffusion model: a file, its URL, the name of a published one, or the folder of its run (also --teacher)',
    )
    .option(
      '--transfer <source>',
      'train this generator further, in place of a copy of the teacher: a student, a GAN, or pixels, which are pictures of noise ' +
        '(also --generator, and --sid-model, as published)',
    )
    .addOption(
      noiseModeOption('noise in the layers of a GAN while it is trained, and in its snapshots (default: random)'),
    )
    .option(
      '--data <zip>',
      needs.includes('images')
        ? 'the real images that the method learns from, a data set'
        : 'a data set of the same images, for reals.png, the reference of metrics, and the labels or captions that are drawn',
    )
    .option(
      '--prompts <file>',
      'what is drawn and made, for a teacher that takes captions: text with one prompt per line, .jsonl with "caption" or "prompt", or ' +
        "the captions of a data set (default: the captions of --data, else those in the teacher's file)",
    );
  addTextEncoderOptions(command, 'what encodes captions, for a teacher that was trained with a text encoder')
    .option(
      '--data-stat <file>',
      'reference statistics for FID (default: those of --data, else Fashion-MNIST, which comes with the program)',
    )
    .option(
      '--metrics <list>',
      'measured at snapshots: fid50k_full, is50k, kid50k_full, pr50k3_full, any count (fid2k_full), or none',
      metricList,
      [],
    )
    .addOption(flag('--metrics-optional', 'train without metrics, with a word about it, where they cannot be measured'))
    .option(
      '--cond <what>',
      'labels, captions, 1 for either, or 0; must agree with the teacher (default: whatever the teacher is)',
      conditionChoice,
    )
    .addOption(new Option('--arch <name>', "must be the teacher's").choices(['ddpmpp', 'ncsnpp', 'adm']))
    .addOption(
      new Option('--precond <name>', "must be the teacher's, if its file says it").choices([
        'edm',
        'vp',
        've',
        'iddpm',
      ]),
    )
    .option('--cbase <n>', "channels of the first level; must be the teacher's", integer({ min: 1 }))
    .option('--cres <list>', "channels of each level as multiples; must be the teacher's", integerList)
    .option('--dropout <rate>', "dropout rate (default: the teacher's)", number({ min: 0, max: 0.99 }))
    .option(
      '--augment <p>',
      'probability of each transform of the images that the fake score network learns (default: 0.12 if the teacher ' +
        'takes augmentation labels, else 0)',
      number({ min: 0, max: 1 }),
    )
    .option('--xflip <bool>', 'add every image of --data mirrored', boolean, false)
    .addOption(flag('--save-best-and-last', 'keep two snapshots: the best by the first of --metrics, and the last'))
    .option('--fp16 <bool>', 'half precision in the blocks of all networks, on engines that have it', boolean, false)
    .option('--bench <bool>', 'cuDNN benchmarking (no effect here)', boolean, true)
    .option('--cache <bool>', 'keep decoded images of --data in memory, up to 1 GiB', boolean, true)
    .option('--workers <n>', 'data loader processes (no effect here)', integer({ min: 1 }), 1);
  addPairOptions(command, needs);
  addDetectorOptions(
    command,
    "for --metrics, the reference's; without one, fashion-mnist for 32x32 gray images, else color",
  );
  addRefMadeBy(command);
  addRunOptions(command, RUN_DEFAULTS);
  return addNetworkOptions(command, { hasPrecond: true });
}
