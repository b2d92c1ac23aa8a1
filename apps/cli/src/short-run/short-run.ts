import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ALONE, onFirstRank, OtherRankError, type Communicator, type DenoiserNetwork } from '@onestep/diffusion-core';
import {
  FollowedRun,
  readTrainingOptions,
  RunDirectory,
  type TrainingOptions,
  type TrainingRun,
} from '@onestep/diffusion-core/node';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { writeSettings } from '../config/the-settings.js';
import { startEngine } from '../engine.js';
import { digestOf } from '../files/digest-of.js';
import { shippedEvaluator, type Evaluator } from '../evaluation/evaluator.js';
import { reportStopped, withInterrupt } from '../interrupt.js';
import { networkPath, shippedPlace } from '../networks/network-source.js';
import { loadTeacher } from '../networks/load-network.js';
import { statedSettings } from '../options/network-options.js';
import { LiveLine } from '../terminal/live-line.js';
import type { ShortRunOptions } from './options.js';

/** A run of minutes: what its parts work with. */
export interface ShortRun<T extends ShortRunOptions> {
  options: T;
  teacher: DenoiserNetwork;
  evaluator: Evaluator;
  /** Digests of what scores depend on: the teacher, the detector and the reference. */
  digests: Readonly<Record<string, string>>;
  /** The run folder. */
  folder: TrainingRun;
  /** The processes that share the run; process 0 has the folder. */
  communicator: Communicator;
  line: LiveLine;
  /** Prints a line, and appends it to log.txt. */
  log: (text: string) => Promise<void>;
  signal: AbortSignal;
}

/** What {@link runInFolder} opens. */
interface FolderArgs {
  /** The options for training_options.json, once `open` is done. */
  record: () => TrainingOptions;
  mayChange: readonly string[];
  files?: Readonly<Record<string, string>>;
  open?: (teacher: DenoiserNetwork, signal: AbortSignal) => Promise<Evaluator>;
  communicator?: Communicator;
}

/** Options that were recorded under another name. */
const RENAMED_OPTIONS: Readonly<Record<string, string>> = { emaHalflifeKimg: 'emaHalfLifeKimg' };

/**
 * Starts the engine, opens the teacher, the detector and the run folder, and runs `work` until it is done or interrupted.
 *
 * @param record returns the options for training_options.json, in addition to the teacher's digest
 * @param mayChange names of options that may differ when the run is continued
 * @param files digests of files that options name, in addition to the teacher, by the names of the options
 * @param open opens the detector and the reference; left out, those that come with the program
 * @param communicator the processes that share the run; left out, this one alone
 * @returns null if it was interrupted; a message says how to continue
 * @throws UserError if the teacher cannot be loaded or measured; RunError if the folder holds a run with other options
 */
export async function runInFolder<T extends ShortRunOptions, R>(
  options: T,
  { record, mayChange, files = {}, open = shippedEvaluator, communicator = ALONE }: FolderArgs,
  work: (run: ShortRun<T>) => Promise<R | null>,
): Promise<R | null> {
  await startEngine(options.backend);
  return withInterrupt(async (signal) => {
    const teacher = await loadTeacher(options.teacher, { settings: statedSettings(options) });
    const digest = await teacherDigest(options);
    const evaluator = await open(teacher, signal);
    const digests = { teacher: digest, ...evaluator.digests };
    const recorded = { ...record(), digests: { teacher: digest, ...files } };
    const folder = await openFolder(options.outdir, recorded, mayChange, communicator);
    if (folder instanceof RunDirectory) await writeSettings(folder.path);
    const line = new LiveLine();
    const log = async (text: string) => {
      line.print(text);
      await folder.log(text);
    };
    try {
      const result = await work({ options, teacher, evaluator, digests, folder, communicator, line, log, signal });
      if (result !== null) return result;
    } catch (error) {
      if (!signal.aborted && !(error instanceof OtherRankError && error.wasStopped)) throw error;
    } finally {
      line.clear();
      folder.close();
    }
    reportStopped(options.outdir, signal);
    return null;
  });
}

/**
 * Opens a run folder, also one that records options under earlier names: in process 0, which the others follow.
 *
 * @param mayChange see {@link runInFolder}
 * @param communicator left out, this process alone
 */
export async function openFolder(
  path: string,
  options: TrainingOptions,
  mayChange: readonly string[],
  communicator: Communicator = ALONE,
): Promise<TrainingRun> {
  let opened: RunDirectory | undefined;
  await onFirstRank(communicator, async () => {
    await migrateOptions(path, options);
    opened = await RunDirectory.open({ path, options, mayChange });
  });
  return opened ?? new FollowedRun(path);
}

/** The teacher's path as it is recorded: relative, so that a checkout can be moved together with its runs. */
export function recordedTeacher({ teacher }: ShortRunOptions): string {
  return relative('.', teacher);
}

/** Identifies the teacher by its contents. */
export async function teacherDigest({ teacher }: ShortRunOptions): Promise<string> {
  return digestOf(await networkPath(teacher, 'teacher'));
}

/** Brings the recorded options of a folder to the names and places that `options` has. */
async function migrateOptions(path: string, options: TrainingOptions): Promise<void> {
  const recorded = await readTrainingOptions(path);
  if (recorded === null) return;
  const isOutdated = (name: string) => name in RENAMED_OPTIONS && RENAMED_OPTIONS[name]! in options;
  const current = Object.entries(recorded).map(([name, value]) => [
    isOutdated(name) ? RENAMED_OPTIONS[name]! : name,
    // The shipped models have moved since the first runs.
    name === 'teacher' && typeof value === 'string' ? formerTeacher(value) : value,
  ]);
  const migrated: unknown = Object.fromEntries(current);
  if (isDeepStrictEqual(migrated, recorded)) return;
  await writeFileAtomically(join(path, 'training_options.json'), `${JSON.stringify(migrated, null, 2)}\n`);
}

/** Where a recorded teacher is now. */
function formerTeacher(path: string): string {
  return existsSync(path) ? relative('.', path) : relative('.', shippedPlace(path) ?? path);
}
