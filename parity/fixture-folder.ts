import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { belongsToAnother } from './fixture-file.js';

/** Lists the fixtures below a folder, by path relative to it, in order. Files that belong to another one are left out. */
export async function fixturesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() || entry.isSymbolicLink());
  const paths = files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
  return paths.filter((path) => !belongsToAnother(path, paths));
}
