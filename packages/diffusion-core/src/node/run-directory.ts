import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@onestep/checkpoint/node';
import type { Statistic } from '../training/moments.js';
import type { NetworkSnapshot } from '../training/task.js';
import { LineFile } from './line-file.js';
import { writing } from './run-error.js';
import { RunLock } from './run-lock.js';
import { claimTrainingOptions, type TrainingOptions } from './training-options.js';
import { beginningAt, encodeTrainingState, readTrainingState, type TrainingState } from './training-state.js';

/** How to open a {@link RunDirectory}. */
export interface OpenRunArgs {
  /** The run's folder; made if it is missing. */
  path: string;
  /** The run's options; where they mention the folder, a function of its path. */
  options: TrainingOptions | ((path: string) => TrainingOptions);
  /** Names of the options that may differ when a run goes on, such as its duration; `outer.inner` for one inside. */
  mayChange?: readonly string[];
  /** Number of training states kept. */
  keepStates?: number;
}

/** The name of a training state's file, with its thousand images. */
export const STATE_FILE = /^training-state-(\d{6,})\.safetensors$/;
const SNAPSHOT_FILE = /^network-snapshot-.*\.safetensors$/;
const LEFTOVER = /^\..*\.tmp$/;

/**
 * The folder of a training run: options, log, statistics, snapshots and training states. Every file is written so
 * that a crash at any moment leaves a folder from which the run continues exactly.
 */
export class RunDirectory {
  readonly path: string;
  private readonly lock: RunLock;
  private readonly keepStates: number;
  private readonly logFile: LineFile;
  private readonly statsFile: LineFile;
  private statsBytes = 0;

  private constructor(path: string, lock: RunLock, keepStates: number) {
    this.path = path;
    this.lock = lock;
    this.keepStates = keepStates;
    this.logFile = new LineFile(join(path, 'log.txt'));
    this.statsFile = new LineFile(join(path, 'stats.jsonl'));
  }

  /**
   * Opens a run's folder, new or to go on in.
   *
   * @throws RunError if the folder cannot be written, is in use, or holds a run with other options
   */
  static async open({ path, options, mayChange = [], keepStates = 2 }: OpenRunArgs): Promise<RunDirectory> {
    await writing(path, () => mkdir(path, { recursive: true }));
    const lock = await RunLock.acquire(path);
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

  /** Opens a new folder `{outdir}/{id}-{desc}`, numbered after the highest number in use. */
  static async create(args: Omit<OpenRunArgs, 'path'> & { outdir: string; desc: string }): Promise<RunDirectory> {
    const { outdir, desc, ...rest } = args;
    return RunDirectory.open({ ...rest, path: await makeNumberedFolder(outdir, desc) });
  }

  /** Appends a line to log.txt. */
  async log(line: string): Promise<void> {
    await this.logFile.append(line);
  }

  /** Appends a line to stats.jsonl. @param timestamp seconds since 1970 */
  async appendStats(stats: Record<string, Statistic>, timestamp: number): Promise<void> {
    this.statsBytes = await this.statsFile.append(JSON.stringify({ ...stats, timestamp }));
  }

  /** Writes `network-snapshot-{kimg}.safetensors`, or `network-snapshot-{tag}-{kimg}.safetensors`. @returns its path */
  async writeSnapshot(imagesSeen: number, { tensors, metadata, tag }: NetworkSnapshot): Promise<string> {
    const name = [...(tag === undefined ? [] : [tag]), kimgName(imagesSeen)].join('-');
    const path = join(this.path, `network-snapshot-${name}.safetensors`);
    await writing(path, () => writeSafetensors(path, { tensors, metadata }));
    return path;
  }

  /** Deletes all snapshots but those of these names. */
  async keepSnapshots(names: readonly string[]): Promise<void> {
    for (const name of await readdir(this.path)) {
      if (SNAPSHOT_FILE.test(name) && !names.includes(name)) await rm(join(this.path, name), { force: true });
    }
  }

  /** Writes `training-state-{kimg}.safetensors`, then deletes the oldest states beyond the number to keep. */
  async writeState(state: Omit<TrainingState, 'statsBytes'>): Promise<string> {
    const path = join(this.path, `training-state-${kimgName(state.progress.imagesSeen)}.safetensors`);
    const contents = encodeTrainingState({ ...state, statsBytes: this.statsBytes });
    await writing(path, () => writeSafetensors(path, contents));
    const old = (await this.stateFiles()).slice(this.keepStates);
    for (const name of old) await rm(join(this.path, name), { force: true });
    return path;
  }

  /**
   * Makes this run begin with the state of another one, whose images count as seen; ticks, statistics and the clock start
   * anew, as in the published loops. A run that has states of its own is left alone: it has begun already.
   */
  async adopt({ task, progress }: TrainingState): Promise<void> {
    if ((await this.stateFiles()).length > 0) return;
    await this.writeState({ task, progress: beginningAt(progress.imagesSeen) });
  }

  /**
   * Finds the newest training state that can be read and puts stats.jsonl back to that moment. States that cannot be
   * read are renamed to `*.unreadable`, which the log mentions.
   *
   * @returns null if there is none: the run begins
   */
  async resume(): Promise<TrainingState | null> {
    let state: TrainingState | null = null;
    for (const name of await this.stateFiles()) {
      const path = join(this.path, name);
      try {
        state = await readTrainingState(path);
        break;
      } catch (error) {
        await rename(path, `${path}.unreadable`);
        await this.log(`${(error as Error).message} It was set aside; the run goes on from the state before.`);
      }
    }
    this.statsBytes = await this.statsFile.truncate(state?.statsBytes ?? 0);
    return state;
  }

  /** Lets other processes use the folder. */
  close(): void {
    this.lock.release();
  }

  /** Names of the state files, newest first. */
  private async stateFiles(): Promise<string[]> {
    const number = (name: string) => Number(STATE_FILE.exec(name)![1]);
    const names = (await readdir(this.path)).filter((name) => STATE_FILE.test(name));
    return names.sort((a, b) => number(b) - number(a));
  }
}

function kimgName(imagesSeen: number): string {
  return String(Math.floor(imagesSeen / 1000)).padStart(6, '0');
}

async function makeNumberedFolder(outdir: string, desc: string): Promise<string> {
  await writing(outdir, () => mkdir(outdir, { recursive: true }));
  for (;;) {
    const numbers = (await readdir(outdir)).map((name) => /^\d+/.exec(name)).filter((match) => match !== null);
    const id = Math.max(-1, ...numbers.map(([digits]) => Number(digits))) + 1;
    const path = join(outdir, `${String(id).padStart(5, '0')}-${desc}`);
    if (await makeFolder(path)) return path;
  }
}

/** @returns false if another run took the name in the meantime */
async function makeFolder(path: string): Promise<boolean> {
  return writing(path, async () => {
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}
