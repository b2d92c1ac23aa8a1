import { randomInt } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { onFirstRank } from '@onestep/diffusion-core';
import { NAN_PATIENCE, readTrainingOptions, STATE_FILE } from '@onestep/diffusion-core/node';
import { backendOption, type BackendOption } from '../options/backend-option.js';
import { boolean, flag, integer, number } from '../options/parsers.js';
import { theCommunicator } from '../processes/communicator.js';
import { UserError } from '../user-error.js';
import { newestRun, newestState, resumedRun, type IsOwnRun } from './newest-run.js';

/** Options of every training command, with the published names. */
export interface RunOptions extends BackendOption {
  outdir?: string;
  desc?: string;
  nosubdir?: boolean;
  resume?: string;
  /** Length of the training, in millions of images. */
  duration: number;
  /** Length of a tick, in thousands of images. */
  tick: number;
  /** Ticks between snapshots. */
  snap: number;
  /** Ticks between training states. */
  dump: number;
  seed: number;
  /** Whether pictures are drawn at each snapshot. */
  pictures: boolean;
  /** Whether event files for TensorBoard are written. */
  tensorboard?: boolean;
  /** What to do when every sample is NaN. */
  onNan: 'stop' | 'skip';
  /** Steps in a row without a valid sample that end the run. */
  nanPatience: number;
  dryRun?: boolean;
}

/** Where a run is, and what it starts from. */
export interface RunPlace {
  /** The run's own folder; null for a new numbered one. */
  folder: string | null;
  /** Path of another run's training state that this one starts from; null for none. */
  startFrom: string | null;
  /** Whether there is a training state to go on from, so that initial weights are not needed. */
  begun: boolean;
  /** Options with their default that the record of a resumed run lacks, because they are newer than the run. */
  unrecorded: string[];
}

/**
 * Adds {@link RunOptions} to a command.
 *
 * @param defaults `duration` is null where another option has the length
 */
export function addRunOptions(
  command: Command,
  defaults: { duration: number | null; tick: number; snap: number; dump: number },
): Command {
  command.option('--outdir <folder>', 'where run folders are created');
  if (defaults.duration !== null) {
    const help = 'length of the training, in millions of images';
    command.option('--duration <mimg>', help, number({ above: 0 }), defaults.duration);
  }
  return command
    .option('--desc <text>', "a word for the run folder's name")
    .addOption(flag('--nosubdir', 'use --outdir itself as the run folder; a run found there is resumed'))
    .option('--tick <kimg>', 'how often to report, in thousands of images', number({ above: 0 }), defaults.tick)
    .option('--snap <ticks>', 'how often to save the network, in ticks', integer({ min: 1 }), defaults.snap)
    .option('--dump <ticks>', 'how often to save the training state, in ticks', integer({ min: 1 }), defaults.dump)
    .option('--seed <n>', 'random seed (default: random)', integer())
    .option('--pictures <bool>', 'draw sample pictures (fakes*.png) at each snapshot', boolean, true)
    .addOption(flag('--tensorboard', 'also write event files in the run folder: tensorboard --logdir OUTDIR'))
    .addOption(
      new Option(
        '--on-nan <what>',
        'when every sample is NaN: stop with an error, or skip such steps and go on (as published)',
      )
        .choices(['stop', 'skip'])
        .default('stop'),
    )
    .option(
      '--nan-patience <steps>',
      'steps in a row without a valid sample that stop the run',
      integer({ min: 1 }),
      NAN_PATIENCE,
    )
    .addOption(backendOption())
    .option(
      '--resume <path>',
      'resume the run in this folder with its own options; latest, or a folder of runs: the newest one there; with --outdir: start a ' +
        'new run from its newest training state, or from the training state given; if it is the --outdir of all runs: resume the newest ' +
        'one there, or begin one',
    )
    .option('-n, --dry-run', 'print the options and stop');
}

/**
 * Decides the options of a run: those given and, for a run that is resumed, its own for those left out.
 *
 * Processes that share the run get those of process 0, which draws the seed and has the folder.
 *
 * @param isOwn tells the command's runs from others in a folder of runs; left out, by the recorded name of the command
 * @throws UserError if neither --outdir nor --resume is given, or there is no run to resume
 */
export function settleOptions<T extends RunOptions>(
  command: Command,
  isOwn: IsOwnRun = (recorded) => recorded.command === nameOf(command),
): Promise<T & RunPlace> {
  return onFirstRank(theCommunicator(), () => settleHere<T>(command, isOwn));
}

async function settleHere<T extends RunOptions>(command: Command, isOwn: IsOwnRun): Promise<T & RunPlace> {
  const given = await withNewestRun<T>(command, isOwn);
  const typed = Object.fromEntries(
    Object.entries(given).filter(([name]) => command.getOptionValueSource(name) === 'cli'),
  ) as Partial<T>;
  const target = given.nosubdir === true ? (given.outdir ?? null) : null;
  if (given.resume === undefined) {
    if (given.outdir === undefined)
      throw new UserError('Pass the folder of the run: --outdir FOLDER, or --resume FOLDER.', 2);
    // A run that is found is resumed, and its seed may have been a random one.
    const found = target === null ? null : await readOptions(target);
    return {
      ...given,
      seed: given.seed ?? found?.seed ?? randomInt(2 ** 31),
      folder: target,
      startFrom: null,
      begun: target !== null && (await newestState(target)) !== null,
      unrecorded: [],
    };
  }
  const { folder, state, newest } = await findRun(given.resume);
  const own = await readOptions(folder);
  if (own === null) throw new UserError(`There is no run to resume in ${folder}: it has no training_options.json.`);
  const options = { ...given, ...(own as Partial<T>), ...typed } as T;
  const isInPlace = given.outdir === undefined || (target !== null && resolve(target) === resolve(folder));
  if (isInPlace && state !== newest) {
    throw new UserError(
      `${given.resume} is not the newest training state of its run. Add --outdir to start a new run from it, or use ` +
        `--resume ${folder} to resume that run.`,
      2,
    );
  }
  const unrecorded = Object.keys(given).filter((name) => !(name in own) && !(name in typed));
  if (isInPlace) return { ...options, folder, startFrom: null, begun: newest !== null, unrecorded };
  if (state === null) throw new UserError(`There is no training state in ${folder} to start a new run from.`);
  return { ...options, folder: target, startFrom: join(folder, state), begun: true, unrecorded };
}

/** Whether --resume and --outdir are the same folder, as in published scripts: a run goes on there if there is one. */
export function resumesWhatIsThere({ resume, outdir }: Pick<RunOptions, 'resume' | 'outdir'>): boolean {
  return resume !== undefined && outdir !== undefined && resolve(resume) === resolve(outdir);
}

/** The command in words: `distill sid`. */
const nameOf = (command: Command): string => `${command.parent!.name()} ${command.name()}`;

/**
 * The options as they were typed, with --resume as a run or a training state. Where it is the --outdir of all runs, it becomes the newest
 * run there, if any.
 */
async function withNewestRun<T extends RunOptions>(command: Command, isOwn: IsOwnRun): Promise<T> {
  const given = command.opts<T>();
  if (given.resume === undefined) return given;
  if (!resumesWhatIsThere(given)) return { ...given, resume: await resumedRun(given.resume, nameOf(command), isOwn) };
  if ((await readTrainingOptions(given.outdir!)) !== null) return given;
  const { resume: _, ...others } = given;
  if (given.nosubdir) return others as T;
  const newest = await newestRun([given.outdir!], isOwn);
  return newest === null ? (others as T) : { ...given, outdir: undefined, resume: newest };
}

/** Reads the command-line options that the run in a folder was started with; null if there is no run. */
async function readOptions(folder: string): Promise<Partial<RunOptions> | null> {
  const saved = await readTrainingOptions(folder);
  if (saved === null) return null;
  if (typeof saved.command_line !== 'object' || saved.command_line === null) {
    throw new UserError(
      `${join(folder, 'training_options.json')} has no command_line: this run was not started by onestep.`,
    );
  }
  return saved.command_line as Partial<RunOptions>;
}

/** Finds the folder of a run to resume, the training state given (the newest if none is), and the newest. */
async function findRun(path: string): Promise<{ folder: string; state: string | null; newest: string | null }> {
  const info = await stat(path).catch(() => null);
  if (info === null) throw new UserError(`There is no ${path} to resume from.`);
  const folder = info.isDirectory() ? path : dirname(path);
  const newest = await newestState(folder);
  if (info.isDirectory()) return { folder, state: newest, newest };
  if (!STATE_FILE.test(basename(path))) {
    throw new UserError(
      `${path} is not a training state: pass a training-state-KIMG.safetensors, or the folder of a run.`,
    );
  }
  return { folder, state: basename(path), newest };
}
