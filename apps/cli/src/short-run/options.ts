import { Option, type Command } from 'commander';
import { TEACHER_PATH } from '../assets.js';
import { MIN_IMAGES } from '../evaluation/scores.js';
import { backendOption, type BackendOption } from '../options/backend-option.js';
import { addNetworkOptions, type NetworkOptions } from '../options/network-options.js';
import { integer, number } from '../options/parsers.js';

/** Default number of generated images behind each FID. */
const NUM_IMAGES = 2000;
/** Number of measurements of a student, at equal distances. */
export const MEASUREMENTS = 5;
/** Default batch size of a short run. */
export const BATCH = 64;

/** Options of the commands that distill in minutes and measure along the way. */
export interface ShortRunOptions extends BackendOption, NetworkOptions {
  /** The run folder. */
  outdir: string;
  /** Path of the teacher. */
  teacher: string;
  /** Length of a distillation, in thousands of images. */
  kimg: number;
  /** Number of generated images behind each FID. */
  num: number;
  seed: number;
}

/**
 * Adds {@link ShortRunOptions} to a command.
 *
 * @param defaults `outdir` is the run folder, `kimg` the length of a distillation
 * @param teacher what the teacher has to be
 */
export function addShortRunOptions(
  command: Command,
  { outdir, kimg }: Pick<ShortRunOptions, 'outdir' | 'kimg'>,
  teacher = 'diffusion model',
): Command {
  command
    .option('--outdir <folder>', 'run folder; the same command continues the run in it', outdir)
    .addOption(
      new Option('--teacher <source>', `${teacher}: a file, a run folder, a URL or a name`).default(
        TEACHER_PATH,
        'the Fashion-MNIST teacher that comes with the program',
      ),
    )
    .option('--kimg <n>', 'length of a distillation, in thousands of images', number({ min: 0.001 }), kimg)
    .option('--num <n>', 'number of generated images behind each FID', integer({ min: MIN_IMAGES }), NUM_IMAGES)
    .option('--seed <n>', 'seed of all random numbers', integer(), 0)
    .addOption(backendOption());
  return addNetworkOptions(command);
}
