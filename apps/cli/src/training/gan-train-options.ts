import { Option, type Command } from 'commander';
import {
  AUGMENTATION_PRESETS,
  GAN_PRESETS,
  PUBLISHED_STARTS,
  type AugmentationPreset,
  type GanPresetName,
} from '@onestep/stylegan2';
import { addDetectorOptions, addRefMadeBy, type DetectorCommandOptions } from '../options/detector-options.js';
import { metricList } from '../options/metric-list.js';
import { boolean, flag, integer, number } from '../options/parsers.js';
import type { PresetValues } from '../options/preset.js';
import { addRunOptions, type RunOptions, type RunPlace } from './run-options.js';

/** Options of `onestep gan train`. */
export interface GanTrainOptions extends RunOptions, RunPlace, DetectorCommandOptions {
  data?: string;
  cond: boolean;
  subset?: number;
  mirror: boolean;
  /** A published file whose networks are trained further: `--resume FILE.pkl`. */
  resumePkl?: string;
  cfg: GanPresetName;
  gamma?: number;
  kimg?: number;
  batch?: number;
  lr?: number;
  aug?: 'noaug' | 'ada' | 'fixed';
  p?: number;
  target?: number;
  augpipe?: AugmentationPreset;
  freezed: number;
  fp32: boolean;
  nhwc: boolean;
  allowTf32: boolean;
  nobench: boolean;
  gpus?: number;
  cache: boolean;
  workers: number;
  metrics: string[];
  dataStat?: string;
  refMadeBy?: string;
}

/** How often presets of ours report and save. The published ones do so every 4 kimg, and every 200 kimg. */
export const RUNS_OF_PRESETS: Partial<Record<GanPresetName, PresetValues>> = {
  small: { tick: 4, snap: 10, dump: 5 },
  tiny: { tick: 0.1, snap: 1, dump: 1 },
};

/** Adds {@link GanTrainOptions} to a command, with the names and defaults of the published train.py. --lr is not published. */
export function addGanTrainOptions(command: Command): Command {
  command
    .option('--data <zip>', 'the data set')
    .option('--cond <bool>', 'condition both networks on the labels', boolean, false)
    .option('--subset <n>', 'train on this many images only, chosen at random (default: all)', integer({ min: 1 }))
    .option('--mirror <bool>', 'also train on every image mirrored', boolean, false)
    .addOption(
      new Option(
        '--cfg <name>',
        'settings of the networks and the training; small: 32x32 images and one machine without a GPU',
      )
        .choices(Object.keys(GAN_PRESETS))
        .default('auto'),
    )
    .option(
      '--gamma <weight>',
      "weight of the discriminator's R1 regularization (default: of --cfg)",
      number({ min: 0 }),
    )
    .option('--kimg <n>', 'length of the training, in thousands of images (default: of --cfg)', number({ above: 0 }))
    .option('--batch <n>', 'images per step (default: of --cfg)', integer({ min: 1 }))
    .option('--lr <rate>', 'learning rate of both networks (default: of --cfg)', number({ above: 0 }))
    .addOption(
      new Option(
        '--aug <mode>',
        'augmentation of what the discriminator sees: with an adaptive probability, with that of --p, or none ' +
          '(default: ada; noaug with --cfg small)',
      ).choices(['noaug', 'ada', 'fixed']),
    )
    .option('--p <p>', 'augmentation probability, for --aug fixed', number({ min: 0, max: 1 }))
    .option(
      '--target <value>',
      'mean sign of logits of real images to aim at, for --aug ada (default: 0.6)',
      number({ min: 0, max: 1 }),
    )
    .addOption(
      new Option('--augpipe <name>', 'transforms of the augmentation (default: bgc)').choices(
        Object.keys(AUGMENTATION_PRESETS),
      ),
    )
    .option('--freezed <n>', 'number of first layers of the discriminator that are not trained', integer(), 0)
    .option(
      '--metrics <list>',
      'measured at snapshots: fid50k_full, is50k, kid50k_full, pr50k3_full, any count (fid2k_full), or none',
      metricList,
      [],
    )
    .option('--data-stat <file>', 'reference statistics for FID (default: those of --data)')
    .addOption(flag('--fp32', 'no clamp of activations, which half precision needs; weights are float32 in any case'))
    .addOption(flag('--nhwc', 'memory format of half precision (no effect here)'))
    .addOption(flag('--nobench', 'cuDNN benchmarking off (no effect here)'))
    .option('--allow-tf32 <bool>', 'TensorFloat-32 (no effect here)', boolean, false)
    .option('--gpus <n>', 'number of GPUs (no effect here: start several processes with mpirun)', integer({ min: 1 }))
    .option('--cache <bool>', 'keep decoded images in memory, up to 1 GiB', boolean, true)
    .option('--workers <n>', 'number of threads that read and decode images', integer({ min: 1 }), 1);
  addDetectorOptions(
    command,
    "for --metrics, the reference's; without one, fashion-mnist for 32x32 gray images, else color",
  );
  addRefMadeBy(command);
  addRunOptions(command, { duration: null, tick: 4, snap: 50, dump: 50 });
  const resume = command.options.find(({ long }) => long === '--resume')!;
  resume.description =
    `a published file, NAME.pkl, its address, or one of ${Object.keys(PUBLISHED_STARTS).join(', ')}, which are downloaded: train its ` +
    `networks further in a new run, as published. Otherwise: ${resume.description}`;
  return command;
}

/** Lists the options that were given but have no effect, one line each. */
export function listWithoutEffect(command: Command): string[] {
  return ['nhwc', 'nobench', 'allowTf32', 'gpus'].flatMap((name) =>
    command.getOptionValueSource(name) === 'cli'
      ? [
          `--${name.replace('T', '-t')} has no effect${name === 'gpus' ? ': start several processes with mpirun' : ' here'}.`,
        ]
      : [],
  );
}
