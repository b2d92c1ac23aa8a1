import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError, parseJson } from '@onestep/checkpoint';
import { readRegularFile } from '@onestep/checkpoint/node';

/** The snapshot that stands for a run folder. */
export interface RunSnapshot {
  path: string;
  /** Which one it is: `the newest of 5 snapshots`. */
  choice: string;
}

/** Matches a snapshot of a run of this program, or of the published scripts, and captures its thousands of images. */
const SNAPSHOT = /^network-snapshot-(?:.*-)?(\d+)\.(?:safetensors|pkl)$/;
/** What `onestep quickstart` and `onestep compare` leave in a run folder. */
const STUDENT = 'student.safetensors';
const OPTIONS = 'training_options.json';
/** Where `latest` looks besides the current folder: the folder of the examples. */
const RUNS = 'runs';

/**
 * Finds the snapshot that a run folder stands for: the newest or, in a run with `--save-best-and-last`, the best.
 * `FOLDER/latest` is the newest run in a folder of runs, or that folder itself if it is a run; `latest` alone is the newest run in the
 * current folder and in `runs`.
 *
 * @returns null if the path is something else
 * @throws CheckpointError if it is a run without a snapshot, or a folder of several runs
 */
export async function findRunSnapshot(path: string): Promise<RunSnapshot | null> {
  if (await isFolder(path)) return snapshotOfFolder(path);
  if (basename(path) !== 'latest' || (await stat(path).catch(() => null)) !== null) return null;
  const folders = path === 'latest' ? ['.', RUNS] : [dirname(path)];
  const runs = await Promise.all(folders.map(async (folder) => ((await isRun(folder)) ? [folder] : runsIn(folder))));
  for (const run of await newestFirst(runs.flat())) {
    const snapshot = await snapshotOfRun(run);
    if (snapshot !== null) return snapshot;
  }
  throw new CheckpointError(path, `there is no run with a snapshot in ${folders.join(' or ')}`);
}

async function snapshotOfFolder(path: string): Promise<RunSnapshot | null> {
  const snapshot = await snapshotOfRun(path);
  if (snapshot !== null) return snapshot;
  const runs = await runsIn(path);
  if (runs.length > 0) {
    const named = runs.slice(0, 3).join(', ') + (runs.length > 3 ? ', ...' : '');
    throw new CheckpointError(path, `it is a folder of runs; name one of them (${named}), or ${join(path, 'latest')}`);
  }
  if (!(await isRun(path))) return null;
  throw new CheckpointError(path, 'this run has no snapshot yet; wait for its first one, or name another file');
}

async function snapshotOfRun(folder: string): Promise<RunSnapshot | null> {
  const names = await readdir(folder);
  const kimg = (name: string) => Number(SNAPSHOT.exec(name)![1]);
  const snapshots = names.filter((name) => SNAPSHOT.test(name)).sort((a, b) => kimg(b) - kimg(a));
  if (names.includes(STUDENT)) return { path: join(folder, STUDENT), choice: 'the finished student' };
  if (snapshots.length === 0) return null;
  const keepsBest = snapshots.length === 2 && recordsBest(folder);
  const choice = keepsBest ? 'the best of its run' : `the newest of ${snapshots.length} snapshots`;
  return {
    path: join(folder, snapshots[keepsBest ? 1 : 0]!),
    choice: snapshots.length === 1 ? 'the only snapshot' : choice,
  };
}

/** Whether a run keeps two snapshots, the best and the last: if they differ, the older one is the best. */
function recordsBest(folder: string): boolean {
  try {
    const options = parseJson(readRegularFile(join(folder, OPTIONS)).toString('utf8')) as {
      command_line?: { saveBestAndLast?: boolean };
    };
    return options.command_line?.saveBestAndLast === true;
  } catch {
    return false;
  }
}

/** The runs among the subfolders of a folder. */
async function runsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const found = await Promise.all(folders.map(isRun));
  return folders.filter((_, i) => found[i]).sort();
}

async function newestFirst(runs: readonly string[]): Promise<string[]> {
  const dated = await Promise.all(runs.map(async (run) => ({ run, date: await dateOf(run) })));
  return dated.sort((a, b) => b.date - a.date || (a.run < b.run ? 1 : -1)).map(({ run }) => run);
}

/** When a run was started or resumed. */
async function dateOf(run: string): Promise<number> {
  return stat(join(run, OPTIONS)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

async function isRun(folder: string): Promise<boolean> {
  return stat(join(folder, OPTIONS)).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
