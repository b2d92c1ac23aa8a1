import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readTrainingOptions, STATE_FILE, type TrainingOptions } from '@onestep/diffusion-core/node';
import { findRuns, isRun } from '../runs/find-runs.js';
import { writeNote } from '../terminal/output-mode.js';
import { UserError } from '../user-error.js';

/** Whether a run with these options is one of the command's. */
export type IsOwnRun = (recorded: TrainingOptions) => boolean;

/** Where `latest` looks: the current folder, and the one of the examples. */
const PLACES = ['.', 'runs'];

/**
 * The run that `--resume` stands for, if it names none itself: `latest` is the newest in the current folder and in `runs`;
 * `FOLDER/latest`, or a folder of runs, the newest there. Says on standard error which one it is.
 *
 * @param command in words, for messages: `distill sid`
 * @returns the path as it is, if it is something else
 * @throws UserError if there is no run of the command with a training state
 */
export async function resumedRun(path: string, command: string, isOwn: IsOwnRun): Promise<string> {
  const places = await placesOf(path);
  if (places === null) return path;
  const run = await newestRun(places, isOwn);
  if (run === null) throw await nothingToResume(places, command);
  writeNote(`--resume ${path}: ${run}, the newest run of ${command}`);
  return run;
}

/** The newest run of a command, in folders of runs, that has a training state; null if there is none. */
export async function newestRun(places: readonly string[], isOwn: IsOwnRun): Promise<string | null> {
  for (const run of await newestFirst(places)) {
    const recorded = await readTrainingOptions(run);
    if (recorded !== null && isOwn(recorded) && (await newestState(run)) !== null) return run;
  }
  return null;
}

/** Name of the newest training state in a folder; null if there is none. */
export async function newestState(folder: string): Promise<string | null> {
  const kimg = (name: string) => Number(STATE_FILE.exec(name)![1]);
  const names = await readdir(folder).catch(() => []);
  return (
    names
      .filter((name) => STATE_FILE.test(name))
      .sort((a, b) => kimg(a) - kimg(b))
      .at(-1) ?? null
  );
}

/** The folders of runs that a path stands for; null if it is a run, a file, or nothing. */
async function placesOf(path: string): Promise<readonly string[] | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) {
    if (path === 'latest') return PLACES;
    return basename(path) === 'latest' ? [dirname(path)] : null;
  }
  if (!found.isDirectory() || (await isRun(path))) return null;
  return (await findRuns(path)).length > 0 ? [path] : null;
}

/** Runs by when they were started or resumed. */
async function newestFirst(places: readonly string[]): Promise<string[]> {
  const runs = (await Promise.all(places.map((place) => findRuns(place).catch(() => [])))).flat();
  const dated = await Promise.all(
    runs.map(async (run) => ({ run, date: (await stat(join(run, 'training_options.json'))).mtimeMs })),
  );
  return dated.sort((a, b) => b.date - a.date || (a.run < b.run ? 1 : -1)).map(({ run }) => run);
}

async function nothingToResume(places: readonly string[], command: string): Promise<UserError> {
  const [newest] = await newestFirst(places);
  const recorded = newest === undefined ? null : await readTrainingOptions(newest);
  const other = newest === undefined ? '' : ` The newest run there is ${newest}, of ${String(recorded?.command)}.`;
  return new UserError(
    `There is no run of "onestep ${command}" with a training state in ${places.join(' or ')}.${other}`,
  );
}
