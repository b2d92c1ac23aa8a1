import { Option, type Command } from 'commander';
import { DETECTOR_CHOICES } from '../evaluation/detector.js';
import { metricList } from '../options/metric-list.js';
import { boolean, integer, integerList, number, numberList } from '../options/parsers.js';
import { addRunOptions, type RunOptions, type RunPlace } from '../training/run-options.js';

/** Options that every `onestep distill` command has, with the published names. */
export interface DistillOptions extends RunOptions, RunPlace {
  edmModel?: string;
  transfer?: string;
  data?: string;
  dataStat?: string;
  metrics: string[];
  detector?: string;
  cond?: boolean;
  arch?: string;
  precond?: string;
  cbase?: number;
  cres?: number[];
  dropout?: number;
  augment?: number;
  xflip: boolean;
  batch: number;
  batchGpu?: number;
  ema: number;
  emaRamp?: number;
  emaMu: number;
  classProbabilities?: number[];
  clipGradNorm?: number;
  saveBestAndLast?: boolean;
  fp16: boolean;
  bench: boolean;
  cache: boolean;
  workers: number;
}

/** Adds them; a command adds those of its method. */
export function addDistillOptions(
  command: Command,
  defaults: { duration: number; tick: number; snap: number; dump: number; batch: number },
): Command {
  command
    .option('--edm-model <source>', 'the teacher, a diffusion model: a file, its URL, or the name of a published one')
    .option('--transfer <source>', 'start from this generator in place of the teacher')
    .option('--data <zip>', 'a data set, for reals.png and the reference of metrics only')
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
    .option(
      '--detector <source>',
      `what sees the images for --metrics: ${DETECTOR_CHOICES} (default: by the reference)`,
    )
    .option('--cond <bool>', 'must agree with the teacher (default: whatever the teacher is)', boolean)
    .addOption(new Option('--arch <name>', "must be the teacher's").choices(['ddpmpp', 'ncsnpp', 'adm']))
    .addOption(new Option('--precond <name>', "must be the teacher's").choices(['edm', 'vp', 've', 'iddpm']))
    .option('--cbase <n>', "channels of the first level; must be the teacher's", integer({ min: 1 }))
    .option('--cres <list>', "channels of each level as multiples; must be the teacher's", integerList)
    .option('--dropout <rate>', "dropout rate (default: the teacher's)", number({ min: 0, max: 0.99 }))
    .option(
      '--augment <p>',
      'probability of each transform of the images that the score network learns (default: 0.12 if the teacher takes ' +
        'augmentation labels, else 0)',
      number({ min: 0, max: 1 }),
    )
    .option('--xflip <bool>', 'add every image of --data mirrored', boolean, false)
    .option('--batch <n>', 'images in a step', integer({ min: 1 }), defaults.batch)
    .option('--batch-gpu <n>', 'images at once; gradients of a batch are accumulated', integer({ min: 1 }))
    .option('--ema <mimg>', 'half-life of the averaged weights, million images', number({ min: 0 }), 0.5)
    .option(
      '--ema-ramp <share>',
      'the half-life is at most this share of the images so far (default: 0.05; no bound with --transfer)',
      number({ above: 0 }),
    )
    .option('--ema-mu <decay>', 'above 0: decay of the averaged weights in each step, in place of --ema', number(), -1)
    .option('--class-probabilities <list>', 'of each class, up to a factor (default: uniform)', numberList)
    .option('--clip-grad-norm <norm>', 'scale gradients down to this norm (default: no bound)', number({ above: 0 }))
    .option('--save-best-and-last', 'keep two snapshots: the one best by the first of --metrics, and the last')
    .option('--fp16 <bool>', 'half precision (no effect here)', boolean, false)
    .option('--bench <bool>', 'cuDNN benchmarking (no effect here)', boolean, true)
    .option('--cache <bool>', 'keep decoded images of --data in memory, up to 1 GiB', boolean, true)
    .option('--workers <n>', 'data loader processes (no effect here)', integer({ min: 1 }), 1);
  return addRunOptions(command, defaults);
}

/** The options of `DistillationOptions`, as the command line states them. */
export function commonOptions(options: DistillOptions) {
  return {
    batch: options.batch,
    batchGpu: options.batchGpu,
    emaHalflifeKimg: options.ema * 1000,
    // As published, the average of weights that were trained before has no ramp.
    emaRampUpRatio: options.emaRamp ?? (options.transfer === undefined ? 0.05 : null),
    emaMu: options.emaMu > 0 ? options.emaMu : null,
    clipGradNorm: options.clipGradNorm ?? null,
    classProbabilities: options.classProbabilities ?? null,
    seed: options.seed,
  };
}
