import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { readTrainingOptions, RunDirectory, type TrainingOptions } from '@onestep/diffusion-core/node';
import { integer, number } from '../options/parsers.js';
import { UserError } from '../user-error.js';

/** Options that every training command has, with the published names. */
export interface RunOptions {
  outdir?: string;
  desc?: string;
  nosubdir?: boolean;
  resume?: string;
  /** Million images. */
  duration: number;
  /** Thousand images. */
  tick: number;
  /** Ticks. */
  snap: number;
  /** Ticks. */
  dump: number;
  seed: number;
  dryRun?: boolean;
}

/** Options that say where a run is, not what it is: they are not recorded with it. */
const NOT_OF_THE_RUN = ['outdir', 'desc', 'nosubdir', 'resume', 'dryRun'] as const;
/** Recorded options that may differ when a run is continued. */
const MAY_CHANGE = ['duration', 'snap', 'dump'];

/** Adds {@link RunOptions} to a command. */
export function addRunOptions(
  command: Command,
  defaults: { duration: number; tick: number; snap: number; dump: number },
): Command {
  return command
    .option('--outdir <folder>', 'where run folders are made')
    .option('--duration <mimg>', 'length of the training, million images', number({ above: 0 }), defaults.duration)
    .option('--desc <text>', "a word for the run folder's name")
    .option('--nosubdir', 'use --outdir itself as the run folder; a run found there is continued')
    .option('--tick <kimg>', 'how often to report, thousand images', number({ above: 0 }), defaults.tick)
    .option('--snap <ticks>', 'how often to save the network', integer({ min: 1 }), defaults.snap)
    .option('--dump <ticks>', 'how often to save the training state', integer({ min: 1 }), defaults.dump)
    .option('--seed <n>', 'of all random numbers', integer(), 0)
    .option('--resume <path>', 'continue the run of this folder (or training state) with its own options')
    .option('-n, --dry-run', 'print the options and stop');
}

/**
 * Options a run will use: those given, and when a run is continued, its own for those left out.
 *
 * @throws UserError if neither --outdir nor --resume says where to work, or there is no run to continue
 */
export async function settleOptions<T extends RunOptions>(command: Command): Promise<T & { folder: string | null }> {
  const given = command.opts<T>();
  if (given.resume === undefined) {
    if (given.outdir === undefined)
      throw new UserError('Say where the run goes: --outdir FOLDER, or --resume FOLDER.', 2);
    return { ...given, folder: given.nosubdir ? given.outdir : null };
  }
  const folder = await folderOf(given.resume);
  const saved = await readTrainingOptions(folder);
  if (saved === null) throw new UserError(`There is no run to resume in ${folder}: it has no training_options.json.`);
  const typed = Object.entries(given).filter(([name]) => command.getOptionValueSource(name) === 'cli');
  return { ...given, ...(saved as Partial<T>), ...Object.fromEntries(typed), folder };
}

/** Opens the run's folder: the one to continue, or a new numbered one. */
export async function openRun(
  options: RunOptions & { folder: string | null },
  recorded: TrainingOptions,
  desc: string,
): Promise<RunDirectory> {
  if (options.folder !== null) {
    return RunDirectory.open({ path: options.folder, options: recorded, mayChange: MAY_CHANGE });
  }
  const name = options.desc === undefined ? desc : `${desc}-${options.desc}`;
  return RunDirectory.create({ outdir: options.outdir!, desc: name, options: recorded, mayChange: MAY_CHANGE });
}

/** The options that define a run, as training_options.json records them. */
export function recordedOptions(options: RunOptions & { folder: string | null }): TrainingOptions {
  const { folder: _folder, ...rest } = options;
  return Object.fromEntries(
    Object.entries(rest).filter(([name]) => !(NOT_OF_THE_RUN as readonly string[]).includes(name)),
  );
}

const STATE = /^training-state-\d+\.safetensors$/;

/** The folder of a run to continue; a training state may be named if it is the one the run continues from. */
async function folderOf(path: string): Promise<string> {
  const info = await stat(path).catch(() => null);
  if (info === null) throw new UserError(`There is no ${path} to resume from.`);
  if (info.isDirectory()) return path;
  const folder = dirname(path);
  const states = (await readdir(folder)).filter((name) => STATE.test(name)).sort();
  if (basename(path) !== states.at(-1)) {
    throw new UserError(
      `A run continues from its newest training state, and ${path} is not that: give --resume ${folder}.`,
    );
  }
  return folder;
}
