import { randomInt } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { readTrainingOptions, STATE_FILE } from '@onestep/diffusion-core/node';
import { backendOption, type BackendOption } from '../options/backend-option.js';
import { integer, number } from '../options/parsers.js';
import { UserError } from '../user-error.js';

/** Options that every training command has, with the published names. */
export interface RunOptions extends BackendOption {
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

/** Where a run works, and what it continues from. */
export interface RunPlace {
  /** The run's own folder; null for a new numbered one. */
  folder: string | null;
  /** A training state of another run that this one begins with. */
  startFrom: string | null;
  /** Options with their default that the record of a continued run lacks: they are newer than the run. */
  unrecorded: string[];
}

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
    .option('--seed <n>', 'of all random numbers (default: random)', integer())
    .addOption(backendOption())
    .option(
      '--resume <path>',
      'continue the run of this folder with its own options; with --outdir: a new run that begins with its newest state, or ' +
        'with the training state named',
    )
    .option('-n, --dry-run', 'print the options and stop');
}

/**
 * Options a run will use: those given, and when a run is continued, its own for those left out.
 *
 * @throws UserError if neither --outdir nor --resume says where to work, or there is no run to continue
 */
export async function settleOptions<T extends RunOptions>(command: Command): Promise<T & RunPlace> {
  const given = command.opts<T>();
  const typed = Object.fromEntries(
    Object.entries(given).filter(([name]) => command.getOptionValueSource(name) === 'cli'),
  ) as Partial<T>;
  const target = given.nosubdir === true ? (given.outdir ?? null) : null;
  if (given.resume === undefined) {
    if (given.outdir === undefined)
      throw new UserError('Say where the run goes: --outdir FOLDER, or --resume FOLDER.', 2);
    // A run that is found is continued, and its seed may have been a random one.
    const found = target === null ? null : await optionsOf(target);
    return {
      ...given,
      seed: given.seed ?? found?.seed ?? randomInt(2 ** 31),
      folder: target,
      startFrom: null,
      unrecorded: [],
    };
  }
  const { folder, state, newest } = await runToResume(given.resume);
  const own = await optionsOf(folder);
  if (own === null) throw new UserError(`There is no run to resume in ${folder}: it has no training_options.json.`);
  const options = { ...given, ...(own as Partial<T>), ...typed } as T;
  const inPlace = given.outdir === undefined || (target !== null && resolve(target) === resolve(folder));
  if (inPlace && state !== newest) {
    throw new UserError(
      `${given.resume} is not the newest training state of its run. Give --outdir too, to begin a new run with it, or ` +
        `--resume ${folder} to continue that run.`,
      2,
    );
  }
  const unrecorded = Object.keys(given).filter((name) => !(name in own) && !(name in typed));
  if (inPlace) return { ...options, folder, startFrom: null, unrecorded };
  if (state === null) throw new UserError(`There is no training state in ${folder} to begin a new run with.`);
  return { ...options, folder: target, startFrom: join(folder, state), unrecorded };
}

/** The command-line options that the run of a folder was started with; null if there is none. */
async function optionsOf(folder: string): Promise<Partial<RunOptions> | null> {
  const saved = await readTrainingOptions(folder);
  if (saved === null) return null;
  if (typeof saved.command_line !== 'object' || saved.command_line === null) {
    throw new UserError(`The training_options.json of ${folder} has no command_line: it is no run of this program.`);
  }
  return saved.command_line as Partial<RunOptions>;
}

/** The folder of a run to continue, the state named (the newest if none is), and its newest. */
async function runToResume(path: string): Promise<{ folder: string; state: string | null; newest: string | null }> {
  const info = await stat(path).catch(() => null);
  if (info === null) throw new UserError(`There is no ${path} to resume from.`);
  const folder = info.isDirectory() ? path : dirname(path);
  const kimg = (name: string) => Number(STATE_FILE.exec(name)![1]);
  const states = (await readdir(folder)).filter((name) => STATE_FILE.test(name)).sort((a, b) => kimg(a) - kimg(b));
  const newest = states.at(-1) ?? null;
  if (info.isDirectory()) return { folder, state: newest, newest };
  if (!STATE_FILE.test(basename(path))) {
    throw new UserError(
      `${path} is no training state: give a training-state-KIMG.safetensors, or the folder of a run.`,
    );
  }
  return { folder, state: basename(path), newest };
}
