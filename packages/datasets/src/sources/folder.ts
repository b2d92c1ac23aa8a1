import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isImageName } from '../decoding/decode-image.js';
import { parseSourceLabels, type SourceLabels } from '../labels.js';
import { openImageFiles, sortNames } from './image-files.js';
import type { SourceFormat } from './source.js';

/**
 * A folder of images, with all folders in it. Labels come from `dataset.json` in the folder. If that has
 * none, the folders at the top are the classes, in the order of their names, if there is more than one.
 */
export const folder: SourceFormat = {
  looksLike: 'a folder of PNG, JPEG or WebP images',
  matches: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  async open(path) {
    const names = listFiles(path, '', []);
    const json = join(path, 'dataset.json');
    const stated = existsSync(json) ? parseSourceLabels(readFileSync(json, 'utf8'), json) : null;
    const labels = stated ?? labelByFolder(names.filter(isImageName));
    const describe = (name: string) => join(path, name);
    // Not asynchronous, which takes longer than reading a small image.
    return openImageFiles({ path, names, labels, describe, read: (name) => readFileSync(describe(name)) });
  },
};

/** Paths of all files below a folder, relative to it, with slashes. Links are followed, but not in a circle. */
function listFiles(root: string, below: string, outer: readonly string[]): string[] {
  const here = realpathSync(join(root, below));
  if (outer.includes(here)) throw new Error(`${join(root, below)} is a link to a folder that contains it; remove it.`);
  return readdirSync(here).flatMap((entry) => {
    const name = below === '' ? entry : `${below}/${entry}`;
    const status = statSync(join(root, name), { throwIfNoEntry: false });
    if (status?.isDirectory()) return listFiles(root, name, [...outer, here]);
    return status?.isFile() ? [name] : [];
  });
}

/**
 * Images outside of all folders are a class of their own, the first, which has no name; then no class is
 * named.
 */
function labelByFolder(names: readonly string[]): SourceLabels | null {
  const folderOf = (name: string) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : '');
  const folders = sortNames([...new Set(names.map(folderOf))]);
  if (folders.length < 2) return null;
  const classes = new Map(folders.map((name, i) => [name, i]));
  return {
    byName: new Map(names.map((name) => [name, classes.get(folderOf(name))!])),
    classNames: folders.includes('') ? null : folders,
  };
}
