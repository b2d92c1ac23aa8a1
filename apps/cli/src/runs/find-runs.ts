import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../user-error.js';

const OPTIONS = 'training_options.json';

/** Whether a folder is that of a run. */
export async function isRun(folder: string): Promise<boolean> {
  return (await stat(join(folder, OPTIONS)).catch(() => null)) !== null;
}

/** The runs in a folder, by name; the folder itself if it is one. @throws UserError if there is no such folder */
export async function findRuns(folder: string): Promise<string[]> {
  const status = await stat(folder).catch(() => null);
  if (status === null) throw new UserError(`There is no folder ${folder}: pass the --outdir of trainings.`);
  if (!status.isDirectory()) throw new UserError(`${folder} is a file: pass the --outdir of trainings.`);
  if (await isRun(folder)) return [folder];
  const names = (await readdir(folder)).sort();
  const found = await Promise.all(names.map((name) => isRun(join(folder, name))));
  return names.filter((_, i) => found[i]).map((name) => join(folder, name));
}

/**
 * The folder of a run by what is typed: the folder, `FOLDER/latest` for the newest run in a folder of runs, or `latest` for the newest
 * in the current folder and in `runs`.
 *
 * @throws UserError if there is no such run
 */
export async function findRun(path: string): Promise<string> {
  if (await isRun(path)) return path;
  const isLatest = basename(path) === 'latest' && (await stat(path).catch(() => null)) === null;
  if (!isLatest) {
    const runs = await findRuns(path);
    const advice =
      runs.length === 0 ? '' : ` It holds runs: ${runs.slice(0, 3).join(', ')}; ${join(path, 'latest')} is the newest.`;
    throw new UserError(`${path} is not the folder of a run: it has no ${OPTIONS}.${advice}`);
  }
  const folders = path === 'latest' ? ['.', 'runs'] : [dirname(path)];
  const runs = (await Promise.all(folders.map((folder) => findRuns(folder).catch(() => [])))).flat();
  const times = await Promise.all(runs.map(async (run) => (await stat(join(run, OPTIONS))).mtimeMs));
  const newest = runs[times.indexOf(Math.max(...times))];
  if (newest === undefined) throw new UserError(`There is no run in ${folders.join(' or ')}.`);
  return newest;
}
