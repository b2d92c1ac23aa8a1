import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findNonFinite } from '@onestep/checkpoint';
import { makeFolder, writeSafetensors } from '@onestep/checkpoint/node';
import type { Statistic } from '../training/moments.js';
import type { NamedSnapshot, NetworkSnapshot } from '../training/task.js';
import { parseRecord } from './json-record.js';
import { LineFile } from './line-file.js';
import { adviseOnFailure, RunError } from './run-error.js';
import type { FileLock } from './file-lock.js';
import { lockRun } from './run-lock.js';
import { startRun } from './run-progress.js';
import { parseSnapshotName, snapshotName } from './snapshot-name.js';
import { claimTrainingOptions, type TrainingOptions } from './training-options.js';
import { encodeTrainingState, readTrainingState, type TrainingState } from './training-state.js';

/** Arguments of {@link RunDirectory.open}. */
export interface OpenRunArgs {
  /** The run's folder, created if it is missing. */
  path: string;
  /** The run's options, or a function that builds them from the folder's path. */
  options: TrainingOptions | ((path: string) => TrainingOptions);
  /** Names of the options that may change when a run is resumed, such as its duration. `outer.inner` for nested ones. */
  mayChange?: readonly string[];
  /** Number of training states to keep (2). */
  keepStates?: number;
}

/** A line of stats.jsonl: statistics by name, whose numbers are null where there was no valid sample, and the time. */
export type RecordedTick = Record<string, { num: number; mean: number | null; std: number | null; nan?: number }>;

/**
 * Matches the name of a training state's file, and captures its thousands of images.
 *
 * @internal
 */
export const STATE_FILE = /^training-state-(\d{6,})\.safetensors$/;
const LEFTOVER = /^\..*\.tmp$/;

/**
 * The folder of a training run: options, log, statistics, snapshots and training states. A crash at any moment leaves a
 * folder from which the run resumes exactly.
 */
export class RunDirectory {
  readonly path: string;
  private readonly lock: FileLock;
  private readonly keepStates: number;
  private readonly logFile: LineFile;
  private readonly statsFile: LineFile;
  private statsBytes = 0;

  private constructor(path: string, lock: FileLock, keepStates: number) {
    this.path = path;
    this.lock = lock;
    this.keepStates = keepStates;
    this.logFile = new LineFile(join(path, 'log.txt'));
    this.statsFile = new LineFile(join(path, 'stats.jsonl'));
  }

  /**
   * Opens the folder of a new run or of one to resume.
   *
   * @throws RunError if the folder cannot be written, is in use, or holds a run with other options
   */
  static async open({ path, options, mayChange = [], keepStates = 2 }: OpenRunArgs): Promise<RunDirectory> {
    await adviseOnFailure(path, () => makeFolder(path));
    const lock = await lockRun(path);
    try {
      await claimTrainingOptions(path, typeof options === 'function' ? options(path) : options, mayChange);
      for (const name of await readdir(path)) if (LEFTOVER.test(name)) await rm(join(path, name));
      const run = new RunDirectory(path, lock, keepStates);
      await run.logFile.repair();
      return run;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Creates and opens a folder `{outdir}/{id}-{desc}`, numbered after the highest number in use.
   *
   * @throws RunError if the folder cannot be written
   */
  static async create(args: Omit<OpenRunArgs, 'path'> & { outdir: string; desc: string }): Promise<RunDirectory> {
    const { outdir, desc, ...rest } = args;
    return RunDirectory.open({ ...rest, path: await createNumberedFolder(outdir, desc) });
  }

  /** Appends a line to log.txt. @throws RunError if it cannot be written */
  async log(line: string): Promise<void> {
    await this.logFile.append(line);
  }

  /**
   * Appends a line to stats.jsonl.
   *
   * @param timestamp seconds since 1970
   * @throws RunError if it cannot be written
   */
  async appendStats(stats: Record<string, Statistic>, timestamp: number): Promise<void> {
    this.statsBytes = await this.statsFile.append(JSON.stringify({ ...stats, timestamp }));
  }

  /** The records of the finished ticks, in order. @throws RunError if they are damaged */
  async readStats(): Promise<RecordedTick[]> {
    const lines = (await this.statsFile.readLines()).filter((line) => line !== '');
    return lines.map((line, i) => {
      const tick = parseRecord(line);
      if (tick !== null) return tick as RecordedTick;
      const { path } = this.statsFile;
      throw new RunError(`${path} is damaged: its line ${i + 1} is not an object of JSON. Restore it, or delete it.`);
    });
  }

  /**
   * Writes `network-snapshot-{kimg}.safetensors`, or `network-snapshot-{kimg}-{name}.safetensors` for a further average.
   *
   * @returns its path
   * @throws RunError if it cannot be written
   */
  async writeSnapshot(
    imagesSeen: number,
    { tensors, metadata, ...of }: NetworkSnapshot | NamedSnapshot,
  ): Promise<string> {
    const path = join(this.path, snapshotName(formatKimg(imagesSeen), 'name' in of ? of.name : undefined));
    await adviseOnFailure(path, () => writeSafetensors(path, { tensors, metadata }));
    return path;
  }

  /** Deletes all snapshots except those with these file names, and the further averages of the same moment. */
  async keepSnapshots(names: readonly string[]): Promise<void> {
    for (const name of await readdir(this.path)) {
      const snapshot = parseSnapshotName(name);
      if (snapshot === null || names.includes(snapshot.of)) continue;
      await rm(join(this.path, name), { force: true });
    }
  }

  /**
   * Writes `training-state-{kimg}.safetensors`, then deletes the oldest states beyond the number to keep.
   *
   * @returns its path
   * @throws RunError if it cannot be written
   */
  async writeState(state: Omit<TrainingState, 'statsBytes'>): Promise<string> {
    const path = join(this.path, `training-state-${formatKimg(state.progress.imagesSeen)}.safetensors`);
    const contents = encodeTrainingState({ ...state, statsBytes: this.statsBytes });
    await adviseOnFailure(path, () => writeSafetensors(path, contents));
    const old = (await this.listStates()).slice(this.keepStates);
    for (const name of old) await rm(join(this.path, name), { force: true });
    return path;
  }

  /**
   * Starts this run from the training state of another one, whose images count as seen. Ticks, statistics and the clock
   * start at zero, as in the published loops. Does nothing if this run has training states of its own.
   *
   * @throws RunError if the state cannot be written
   */
  async adopt({ task, progress }: TrainingState): Promise<void> {
    if ((await this.listStates()).length > 0) return;
    await this.writeState({ task, progress: startRun(progress.imagesSeen) });
  }

  /**
   * Reads the newest training state that is not damaged and that `restore` finds alive, and truncates stats.jsonl to what
   * it held then. Damaged states are renamed to `*.unreadable`, dead ones to `*.dead`, and the log says so.
   *
   * @param restore continues the task from a state. It returns false if the networks return NaN then
   * @returns null if there is no state: the run starts from the beginning
   * @throws RunError if the folder cannot be written, or all states are dead; whatever `restore` throws
   */
  async resume(restore?: (state: TrainingState) => Promise<boolean>): Promise<TrainingState | null> {
    let found: TrainingState | null = null;
    const dead: string[] = [];
    for (const name of await this.listStates()) {
      const path = join(this.path, name);
      const state = await readTrainingState(path).catch(async (error: Error) => {
        await rename(path, `${path}.unreadable`);
        await this.log(`${error.message} Renamed it to ${name}.unreadable; trying the previous state.`);
        return null;
      });
      if (state === null) continue;
      const isAlive = findNonFinite(state.task.tensors, { infinity: false }) === undefined;
      if (isAlive && (await restore?.(state)) !== false) {
        found = state;
        break;
      }
      dead.push(await this.setAside(path));
      await this.log(`The networks of ${name} return NaN. Renamed it to ${name}.dead; trying the previous state.`);
    }
    if (found === null && dead.length > 0) {
      throw new RunError(
        `There is nothing to resume in ${this.path}: its training states hold NaN (now ${dead.join(', ')}). ` +
          'Start a new run in another folder, with a lower learning rate.',
      );
    }
    this.statsBytes = await this.statsFile.truncate(found?.statsBytes ?? 0);
    return found;
  }

  /** Renames a training state or a snapshot whose networks return NaN to `*.dead`. @returns its new name */
  async setAside(path: string): Promise<string> {
    await adviseOnFailure(path, () => rename(path, `${path}.dead`));
    return `${basename(path)}.dead`;
  }

  /** Paths of the newest training state and of the newest snapshot; null where there is none. */
  async newestFiles(): Promise<{ state: string | null; snapshot: string | null }> {
    const [state, snapshot] = [await this.listStates(), await this.listSnapshots()].map(([newest]) =>
      newest === undefined ? null : join(this.path, newest),
    );
    return { state: state!, snapshot: snapshot! };
  }

  /** Unlocks the folder, so that other processes can use it. */
  close(): void {
    this.lock.release();
  }

  /** Lists the names of the state files, newest first. */
  private listStates(): Promise<string[]> {
    return this.listFiles((name) => STATE_FILE.exec(name)?.[1]);
  }

  /** Lists the names of the snapshots without further averages, newest first. */
  private listSnapshots(): Promise<string[]> {
    return this.listFiles((name) => {
      const snapshot = parseSnapshotName(name);
      return snapshot?.average === null ? snapshot.kimg : undefined;
    });
  }

  /** Lists the files whose name has a number, largest first. */
  private async listFiles(number: (name: string) => string | undefined): Promise<string[]> {
    const names = (await readdir(this.path)).filter((name) => number(name) !== undefined);
    return names.sort((a, b) => Number(number(b)) - Number(number(a)));
  }
}

/** Formats a number of images as thousands with six digits. */
function formatKimg(imagesSeen: number): string {
  return String(Math.floor(imagesSeen / 1000)).padStart(6, '0');
}

async function createNumberedFolder(outdir: string, desc: string): Promise<string> {
  await adviseOnFailure(outdir, () => makeFolder(outdir));
  for (;;) {
    const numbers = (await readdir(outdir)).map((name) => /^\d+/.exec(name)).filter((match) => match !== null);
    const id = Math.max(-1, ...numbers.map(([digits]) => Number(digits))) + 1;
    const path = join(outdir, `${String(id).padStart(5, '0')}-${desc}`);
    if (await createFolder(path)) return path;
  }
}

/** @returns false if another run created it in the meantime */
async function createFolder(path: string): Promise<boolean> {
  return adviseOnFailure(path, async () => {
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}
